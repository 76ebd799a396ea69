"""The Python interface of ``import fem_lumbar as fl``, documented in docs/python.md."""

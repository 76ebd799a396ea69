"""The program from Python: what ``import fem_lumbar as fl`` offers, documented in docs/python.md."""

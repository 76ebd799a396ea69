"""A kind of load that the program does not have, added as any other: a file and an entry in a list, twice.

``python -m tests.model.one_more_load ARGUMENTS`` is the program with this load.
"""

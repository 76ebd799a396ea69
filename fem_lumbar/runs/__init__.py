"""Execution of runs and the store of their results: where tasks are worked on, which results are current."""

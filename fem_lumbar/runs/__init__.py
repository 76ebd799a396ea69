"""Execution of runs and the store of their results: executors, current results, writing and reading run folders."""

"""Execution of runs and the store of their results: where tasks are worked on, what is current, how it is read back."""

"""Runs: what is stored of a scenario that was run, and how it is read back."""

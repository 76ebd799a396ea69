"""Differences between runs and between left and right, with their numerical error."""

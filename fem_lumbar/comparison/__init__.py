"""Differences between runs, left and right, and how sure they are."""

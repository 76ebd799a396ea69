"""Kinds of loads on a segment, one file each: their items, resultant and entry in results."""

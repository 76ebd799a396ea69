"""Calibration: parameters fitted to measurements within their published ranges, and their identifiability."""

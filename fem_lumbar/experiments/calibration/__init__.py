"""Calibration: parameters fitted to measurements within their published ranges, with what the fit can tell."""

"""Finite element biomechanics of the lumbar segment L3-L5 with the mamillo-accessory ligament."""

__version__ = "0.1.0"

"""Tests of tissue samples at one material point: the laws of a parameter set compared with measured moduli."""

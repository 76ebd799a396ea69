"""Comparison with experiments: targets and protocols are data; runs are measured and held against published bands."""

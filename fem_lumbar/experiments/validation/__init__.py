"""Comparison with experiments: targets and protocols are data; runs are compared with published bands."""

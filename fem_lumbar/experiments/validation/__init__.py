"""Comparison with experiments: targets and protocols are data; runs are evaluated and compared with published bands."""

"""max(x, 0) with its kink rounded, for tension-only and compression-only laws."""

from __future__ import annotations

import numpy as np


def rounded_ramp(x: np.ndarray, width: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Integral, value and slope of max(x, 0) with its kink replaced by a parabola over [-width/2, width/2]."""
    inside = np.clip(x + width / 2, 0, width)
    above = np.maximum(x - width / 2, 0)
    value = inside**2 / (2 * width) + above
    integral = inside**3 / (6 * width) + above * (width / 2) + above**2 / 2
    return integral, value, inside / width

"""Quantiles of values that stand for different amounts of volume, area or length."""

from __future__ import annotations

import numpy as np

PERCENTILE = 95.0
"""By volume. Where tissues meet at an edge the peak grows without limit as cells shrink; this does not."""


def weighted_quantile(values: np.ndarray, weights: np.ndarray, fraction: float) -> float:
    """Smallest of values (n,) such that it and those below have at least a fraction of all weights (n,).

    It is one of the values (inverted distribution function), so that limits on points apply to it as they do to points.
    """
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, fraction * below[-1])])


def percentile_by_volume(values: np.ndarray, volumes: np.ndarray, percentile: float = PERCENTILE) -> float:
    """Value below which a percentage of the volume lies, for values (n,) of cells of given volumes (n,).

    It is interpolated between the cells, so that it changes smoothly with the state.
    """
    order = np.argsort(values, kind="stable")
    filled = np.cumsum(volumes[order])
    return float(np.interp(percentile / 100.0, (filled - 0.5 * volumes[order]) / filled[-1], values[order]))

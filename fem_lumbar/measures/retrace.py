"""Whether unloading retraces the loading path, as it must without friction and plasticity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

RETRACE_LIMIT_DEG = 0.01
"""Largest difference of a rotation between the branches: what the solver leaves, with room for sliding contact."""


def retrace_error_deg(loading: Sequence[dict[str, Any]], unloading: Sequence[dict[str, Any]]) -> float | None:
    """Largest difference of a joint rotation between the branches at equal load factor, deg; None without unloading.

    Parameters
    ----------
    loading, unloading : sequence of dict
        Rows of ``curves.csv`` in the order of the path. Where a level of unloading was not met in loading, that
        branch is interpolated linearly.
    """
    if not unloading:
        return None
    loads = [row["load_fraction"] for row in loading]
    levels = [row["load_fraction"] for row in unloading]
    names = [name for name in loading[0] if name.startswith("rotation_deg.")]
    return max(
        float(np.abs(np.interp(levels, loads, [row[name] for row in loading]) - [row[name] for row in unloading]).max())
        for name in names
    )

"""Change of volume of the tissues: how it is distributed over their volume, and what of that is possible."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.foundation.parameters import read_data
from fem_lumbar.measures.entries import VolumeRatio
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.segment import Segment

QUANTILES = {"quantile_01": 0.01, "median": 0.5, "quantile_99": 0.99}
"""Parts of the unloaded volume of a tissue that have at most the ratio reported under each name."""

Ratios = dict[str, dict[str, VolumeRatio]]
"""By tissue, then joint or level."""


@cache
def volume_limits() -> dict[str, dict[str, float]]:
    """Lower limits of volume ratios by tissue and measure (``smallest``, ``quantile_01``, ``mean``)."""
    return read_data(Path(str(resources.files("fem_lumbar.measures") / "data" / "volume_limits.yaml")))["limits"]


def volume_ratios(segment: Segment, x: np.ndarray) -> Ratios:
    """Distribution of det F over the unloaded volume, by tissue, then joint or level.

    ``smallest`` is over all quadrature points and lies in the cell at ``smallest_at_mm`` (unloaded); ``mean`` is the
    volume of the whole tissue over its unloaded volume.
    """
    groups: dict[tuple[str, str], list[Solid | MixedSolid]] = {}
    for region, items in segment.solids.items():
        name = PartName(region)
        groups.setdefault((name.part, name.place), []).extend(items)
    found: Ratios = {}
    for (tissue, place), items in groups.items():
        ratios = [item.volume_ratio(x) for item in items]
        cells = np.concatenate([segment.space.nodes[item.nodes[:, :4]].mean(axis=1) for item in items])
        of_cell = np.concatenate([ratio.min(axis=1) for ratio in ratios])
        flat, volume = (
            np.concatenate([part.ravel() for part in parts]) for parts in (ratios, [item.weights for item in items])
        )
        parts = {name: quantile(flat, volume, part) for name, part in QUANTILES.items()}
        found.setdefault(tissue, {})[place] = {
            "smallest": float(flat.min()),
            "smallest_at_mm": [float(v) for v in cells[of_cell.argmin()]],
            "quantile_01": parts["quantile_01"],
            "median": parts["median"],
            "quantile_99": parts["quantile_99"],
            "mean": float(flat @ volume / volume.sum()),
        }
    return found


def quantile(values: np.ndarray, weights: np.ndarray, part: float) -> float:
    """Smallest of values (n,) such that it and those below have at least a part of all weights (n,)."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, part * below[-1])])

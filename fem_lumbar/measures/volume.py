"""Change of volume of the tissues: how it is distributed over their volume, and what of that is possible."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.foundation.parameters import read_data
from fem_lumbar.foundation.quantiles import weighted_quantile
from fem_lumbar.measures.entries import VolumeRatio
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.segment import Segment

QUANTILES = {"quantile_01": 0.01, "median": 0.5, "quantile_99": 0.99}
"""Parts of the unloaded volume of a tissue that have at most the ratio reported under each name."""

UPPER = ("largest", "quantile_99")
"""Measures with an upper limit."""

Ratios = dict[str, dict[str, VolumeRatio]]
"""By tissue, then joint or level."""


@cache
def volume_limits() -> dict[str, dict[str, float]]:
    """Limits of volume ratios by tissue and measure: upper ones for those in ``UPPER``, lower ones for the others."""
    return read_data(Path(str(resources.files("fem_lumbar.measures") / "data" / "volume_limits.yaml")))["limits"]


def volume_ratios(segment: Segment, x: np.ndarray) -> Ratios:
    """Distribution of det F over the unloaded volume, by tissue, then joint or level.

    ``smallest`` and ``largest`` are over all quadrature points and lie in the cells at ``…_at_mm`` (unloaded); ``mean``
    is the volume of the whole tissue over its unloaded volume. Where a pressure field carries the change of volume,
    ``rms_error`` is the root mean square of det F - 1 - s - p/K (s: swelling), zero in the exact solution.
    """
    groups: dict[tuple[str, str], list[Solid | MixedSolid]] = {}
    for region, items in segment.solids.items():
        name = PartName(region)
        groups.setdefault((name.part, name.place), []).extend(items)
    found: Ratios = {}
    for (tissue, place), items in groups.items():
        ratios = [item.volume_ratio(x) for item in items]
        cells = np.concatenate([segment.space.nodes[item.nodes[:, :4]].mean(axis=1) for item in items])
        low, high = (np.concatenate([end(ratio, axis=1) for ratio in ratios]) for end in (np.min, np.max))
        flat, volume = (
            np.concatenate([part.ravel() for part in parts]) for parts in (ratios, [item.weights for item in items])
        )
        parts = {name: weighted_quantile(flat, volume, part) for name, part in QUANTILES.items()}
        found.setdefault(tissue, {})[place] = {
            "smallest": float(flat.min()),
            "smallest_at_mm": [float(v) for v in cells[low.argmin()]],
            "largest": float(flat.max()),
            "largest_at_mm": [float(v) for v in cells[high.argmax()]],
            "quantile_01": parts["quantile_01"],
            "median": parts["median"],
            "quantile_99": parts["quantile_99"],
            "mean": float(flat @ volume / volume.sum()),
        }
        if mixed := [item for item in items if isinstance(item, MixedSolid)]:
            found[tissue][place]["rms_error"] = _rms_error(mixed, x)
    return found


def _rms_error(items: list[MixedSolid], x: np.ndarray) -> float:
    """Root mean square over the volume of det F - 1 - s - p/K."""
    off = [
        np.linalg.det(item.deformation(x)) - 1.0 - item.swelling[:, None] - item.pressure(x) / item.bulk_modulus
        for item in items
    ]
    squares = sum(float(np.sum(item.weights * one**2)) for item, one in zip(items, off, strict=True))
    return float(np.sqrt(squares / sum(float(item.weights.sum()) for item in items)))

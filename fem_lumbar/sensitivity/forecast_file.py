"""File of the forecasts for the points of a sweep: one row per point, load case and result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import write_table
from fem_lumbar.sensitivity.forecast import Forecast

TABLE = "forecast.csv"
VARIED = "set:"
"""Prefix of the key path of a swept value, as in the table of a sweep."""
_COLUMNS = ("case", "quantity", "unit", "base", "forecast", "change", "error", "kink")


def write_forecast(folder: Path, points: Sequence[Mapping[str, str]], found: Sequence[Sequence[Forecast]]) -> Path:
    """Write the forecasts of every point; the cell is empty for a result that appears or disappears.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.
    points : sequence of mapping
        Swept values by key path.
    found : sequence of sequences of Forecast
        Forecasts of each point.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keys = list(dict.fromkeys(key for point in points for key in point))
    rows = (
        {VARIED + key: point[key] for key in keys} | cells
        for point, results in zip(points, found, strict=True)
        for cells in _rows(results)
    )
    return write_table(folder / TABLE, (*(VARIED + key for key in keys), *_COLUMNS), rows)


def _rows(results: Sequence[Forecast]) -> Iterator[dict[str, Any]]:
    for one in results:
        known = math.isfinite(one.change)
        yield {
            "case": one.case,
            "quantity": ".".join(one.path),
            "unit": one.unit,
            "base": one.base,
            "forecast": one.value if known else None,
            "change": one.change if known else None,
            "error": one.error if known else None,
            "kink": one.kink,
        }

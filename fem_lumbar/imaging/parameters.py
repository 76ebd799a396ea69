"""Parameters of the reading of a person's own bone."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from fem_lumbar.foundation.parameters import read_quantities, values


@cache
def reading_values() -> dict[str, float]:
    """Distances (mm) and angles (deg) by name; sources are beside them in ``imaging/data/reading.yaml``."""
    return values(read_quantities(Path(str(files("fem_lumbar.imaging") / "data" / "reading.yaml"))))

"""Extent of the cartilage on an endplate."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fem_lumbar.foundation.parameters import read_quantities, values


@cache
def cartilage_site() -> dict[str, float]:
    """Border and taper of the cartilage, as fractions of the width of the annulus or of the height of a disc.

    Sources are beside the values in ``anatomy/data/cartilage_endplates.yaml``. The result is cached: do not modify it.
    """
    return values(read_quantities(Path(__file__).parent / "data" / "cartilage_endplates.yaml"))

"""Where on an endplate its cartilage lies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fem_lumbar.foundation.parameters import read_quantities, values


@cache
def cartilage_site() -> dict[str, float]:
    """Border of the cartilage and how it thins out, as parts of the annulus or of the height of a disc.

    Sources are beside the values in ``anatomy/data/cartilage_endplates.yaml``. Not to be changed.
    """
    return values(read_quantities(Path(__file__).parent / "data" / "cartilage_endplates.yaml"))

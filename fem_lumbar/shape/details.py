"""Details of the template that mean surfaces do not show: knobs, ends of the arch, bone around facets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values


@cache
def detail_quantities() -> QuantityTree:
    """Every detail with unit, source and confidence."""
    return read_quantities(Path(__file__).parent / "data" / "details.yaml")


@cache
def details() -> dict[str, Any]:
    """Bare values, in the units of their keys."""
    return values(detail_quantities())

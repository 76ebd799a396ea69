"""Defaults, ranges and limits of the scenario's own sections, and model fields with them."""

from __future__ import annotations

from functools import cache, reduce
from importlib.resources import files
from operator import getitem
from pathlib import Path
from typing import Any

from pydantic import Field

from fem_lumbar.foundation.parameters import QuantityTree, read_quantities


@cache
def settings_quantities() -> QuantityTree:
    """Defaults, ranges and limits of the scenario's own sections, one entry per section and key."""
    return read_quantities(Path(str(files("fem_lumbar.scenario") / "data" / "settings.yaml")))


def setting(section: str, *key: str) -> Any:
    """Model field with the default and the description of a settings entry."""
    quantity = reduce(getitem, key, settings_quantities()[section])
    return Field(default=quantity.value, description=quantity.note or quantity.source)

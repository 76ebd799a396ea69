"""A commented scenario as a starting point."""

from __future__ import annotations

import re
from importlib.resources import files

_TEMPLATE = "starter.yaml"


def starter(name: str) -> str:
    """Text of a scenario; other characters in its name than letters, digits and ``_ . -`` are replaced."""
    text = (files("fem_lumbar.scenario") / "data" / _TEMPLATE).read_text(encoding="utf-8")
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).lstrip("_.-") or "my_scenario"
    return text.replace("name: starter", f"name: {plain}", 1)

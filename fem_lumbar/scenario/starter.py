"""A commented scenario to start from."""

from __future__ import annotations

import re
from importlib.resources import files

_TEMPLATE = "starter.yaml"


def starter(name: str) -> str:
    """Text of a scenario with a name made of letters, digits and ``_ . -`` from the one given."""
    text = (files("fem_lumbar.scenario") / "data" / _TEMPLATE).read_text(encoding="utf-8")
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).lstrip("_.-") or "my_scenario"
    return text.replace("name: starter", f"name: {plain}", 1)

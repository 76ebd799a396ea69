"""Expected duration of a stage: the last one on this computer, or else one measured on another, scaled by cells."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.meshing.cache import cache_folder

SHIPPED = Path(str(files("fem_lumbar.simulation") / "data" / "expected_times.json"))
NAME = "expected_times.json"


def expected_s(what: str, cells: int) -> float | None:
    """Expected seconds of ``compilation``, ``condensation`` or ``load_case`` on a mesh; None if unknown.

    Times stored with a number of cells are scaled in proportion to it.
    """
    known = _read(cache_folder() / NAME).get(what) or _read(SHIPPED).get(what) or {}
    try:
        return known["seconds"] * (cells / known["cells"] if known["cells"] else 1.0)
    except (TypeError, KeyError):
        return None


def keep_time(what: str, seconds: float, cells: int | None) -> None:
    """Store how long something took; if the cache cannot be written, only the forecast is lost."""
    path = cache_folder() / NAME
    times = _read(path) | {what: {"seconds": round(seconds, 2), "cells": cells}}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(times, indent=1))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

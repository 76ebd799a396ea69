"""How long a stage should take: what it took last on this computer, else what was measured on another, by cells."""

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
    """Seconds that something (``compilation``, ``condensation``, ``load_case``) should take on a mesh; None if unknown.

    Time grows with the number of cells, except where no number is stored beside it.
    """
    known = _read(cache_folder() / NAME).get(what) or _read(SHIPPED).get(what) or {}
    try:
        return known["seconds"] * (cells / known["cells"] if known["cells"] else 1.0)
    except (TypeError, KeyError):
        return None


def keep_time(what: str, seconds: float, cells: int | None) -> None:
    """Remember how long something took; a cache that cannot be written costs only the forecast."""
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

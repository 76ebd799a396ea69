"""JSON values: plain types and finite numbers only."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.foundation.atomic_files import write_text


def plain(value: Any) -> Any:
    """NumPy values and tuples as JSON types; numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def not_finite(value: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Key paths of the numbers that are not finite."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from not_finite(item, (*key, str(name)))
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from not_finite(item, (*key, str(i)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield key


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file atomically."""
    write_text(path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

"""Files of stored mesh errors, read and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError


def read_stored(path: Path, schema_version: int) -> dict[str, Any]:
    """Content of a file of stored errors; empty without a file.

    Raises
    ------
    InputError
        When the file is not JSON, or of another version.
    """
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name} is not valid JSON (line {error.lineno}): {error.msg}") from error
    if data.get("schema_version") != schema_version:
        raise InputError(f"{path.name}: schema_version is {data.get('schema_version')!r}, not {schema_version}")
    return data

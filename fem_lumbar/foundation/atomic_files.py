"""Files that are whole or absent: written beside their place under a temporary name, then renamed."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PART = ".part"
"""Suffix of a file that is being written; one that is left over belongs to a killed process."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which takes the place of ``path`` at the end of the block.

    After an error in the block the temporary file is removed, and what was at ``path`` is still there.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> Path:
    """Write a text file (UTF-8), whole or not at all; returns its path."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a CSV file with a line for each row, whole or not at all; returns its path.

    A cell is empty where a row has no value for the column.
    """
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path

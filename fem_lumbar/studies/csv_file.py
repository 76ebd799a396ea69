"""CSV files named in a study: a header and rows."""

from __future__ import annotations

import csv
from pathlib import Path

Row = tuple[int, dict[str, str]]
"""Line number in the file, and cells by column; a missing cell is empty."""


def read_csv(file: Path) -> tuple[list[str], list[Row]]:
    """Columns and rows of a CSV file; blank lines are skipped.

    Raises
    ------
    ValueError
        When the file is invalid; the message begins with its name.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            table = csv.reader(text)
            columns = next(table, [])
            lines = [(table.line_num, cells) for cells in table if not _is_blank(cells)]
    except UnicodeDecodeError:
        raise ValueError(f"{file.name} is not a text file in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise ValueError(f"{file.name} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    for name in columns:
        if columns.count(name) > 1:
            raise ValueError(f"{file.name} has two columns '{name}'")
    for number, cells in lines:
        if len(cells) > len(columns):
            raise ValueError(f"{file.name} line {number}: {len(cells)} cells below {len(columns)} columns")
    padding = [""] * len(columns)
    return columns, [(number, dict(zip(columns, cells + padding))) for number, cells in lines]


def _is_blank(cells: list[str]) -> bool:
    return not cells or (len(cells) == 1 and cells[0].isspace())

"""The tidy table of a study, one row per point and load case, and its columns; complete after every point."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import write_table
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.nested import elements
from fem_lumbar.runs.outputs import column_definition
from fem_lumbar.runs.paths import unwritable
from fem_lumbar.runs.points import Point

HEAD = {
    "run": "name of the run folder",
    "status": "completed or failed",
    "reason": "why the case or the run failed",
    "scenario_sha256": "hash of the resolved scenario",
}
CASE = {
    "case": "load case",
    "case_status": "converged or failed",
    "load_fraction": "fraction of the load that was reached",
}
COLUMN = ("column", "unit", "sign", "definition")
VARIED = "set:"
"""Prefix of the key path of a varied value, to distinguish it from a result of the same name."""


class StudyTable:
    """``table.csv`` of a study folder; rows of points from earlier calls are kept.

    ``table.columns.csv`` beside it has a row per column: unit, sign, definition.

    Parameters
    ----------
    path : Path
        CSV file; existing rows are kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, list[dict[str, Any]]] = {}
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                if reader.fieldnames is None or "run" not in reader.fieldnames:
                    raise InputError(f"{path} is not the table of a study: move it or choose another --out folder")
                for row in reader:
                    self._rows.setdefault(row["run"], []).append(row)

    def forget(self, run: str) -> None:
        """Drop the rows of a point that has a new name, with the next :meth:`put`."""
        self._rows.pop(run, None)

    def put(self, run: str, rows: list[dict[str, Any]]) -> None:
        """Set the rows of one point and write the file atomically."""
        self._rows[run] = rows
        every = [row for rows in self._rows.values() for row in rows]
        columns = _columns(every)
        try:
            write_table(self.path, columns, every)
            write_table(self.path.with_suffix(".columns.csv"), COLUMN, map(column_row, columns))
        except OSError as error:
            raise unwritable(self.path.parent, error) from error


def column_row(column: str) -> dict[str, str]:
    """Description of a column of the table: a row of ``table.columns.csv``."""
    if column in HEAD | CASE:
        cells = ("", "", (HEAD | CASE)[column])
    elif column.startswith(VARIED):
        cells = ("", "", f"value of the scenario key {column.removeprefix(VARIED)}, which was varied")
    else:
        found = column_definition(column)
        cells = ("", "", "not defined") if found is None else (found.unit, found.sign, found.what)
    return dict(zip(COLUMN, (column, *cells), strict=True))


def point_rows(run: str, point: Point, summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a completed point: one per load case, with its summary numbers flattened to columns."""
    head = {
        "run": run,
        "status": summary["status"],
        "reason": summary.get("reason"),
        "scenario_sha256": summary["provenance"]["scenario_sha256"],
        **_varied(point),
    }
    return [
        {
            **head,
            "case": case,
            "case_status": entry["status"],
            "load_fraction": entry.get("load_fraction"),
            "reason": entry.get("reason") or summary.get("reason"),
            **_numbers(entry),
        }
        for case, entry in summary["load_cases"].items()
    ]


def failed_row(run: str, point: Point, sha256: str, reason: str) -> dict[str, Any]:
    """Row of a point that could not be run."""
    return {"run": run, "status": "failed", "reason": reason, "scenario_sha256": sha256, **_varied(point)}


def _varied(point: Point) -> dict[str, str]:
    return {VARIED + key: value for key, value in point.items()}


def _numbers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of a load case by dotted key, without the columns common to all rows and without histories."""
    own = {key: item for key, item in entry.items() if key not in ("status", *HEAD, *CASE)}
    for timed in own.keys() & {"held", "cycle"}:
        own[timed] = {key: item for key, item in own[timed].items() if key != "history"}
    return {".".join(key): item for key, item in elements(own)}


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Columns: run, varied values, load case, then numbers in the order of first occurrence."""
    found = dict.fromkeys(key for row in rows for key in row)
    varied = [name for name in found if name.startswith(VARIED)]
    first = dict.fromkeys([*HEAD, *varied, *CASE])
    return [*(name for name in first if name in found), *(name for name in found if name not in first)]

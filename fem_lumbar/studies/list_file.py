"""Points of a study that are listed in a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from fem_lumbar.scenario.document import parse_yaml
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.problems import Origin, listed, nearest_names
from fem_lumbar.studies.factors import Factor, Values
from fem_lumbar.studies.faults import Faults

_PLACE = ("design", "file")


def listed_points(file: Path, factors: Sequence[Factor], faults: Faults) -> list[Values]:
    """Points of a file with a column for each factor, a row for each point; cells are read like values in YAML."""
    if not is_file(file):
        near = nearest_names(file.name, [name for name in names_beside(file) if name.endswith(".csv")])
        faults.note(_PLACE, f"no such file: {file.name}", "a CSV file, relative to this one", near)
        return []
    names = [factor.name for factor in factors]
    with file.open(encoding="utf-8-sig", newline="") as text:
        table = csv.DictReader(text)
        columns = list(table.fieldnames or ())
        for name in names:
            if name not in columns:
                message = f"{file.name} has no column '{name}'"
                faults.note(_PLACE, message, listed(columns, 12) or None, nearest_names(name, columns))
        for column in columns:
            if column not in names:
                message = f"{file.name} has a column '{column}', which is no factor"
                faults.note(_PLACE, message, listed(names, 12), nearest_names(column, names))
        if faults.problems:
            return []
        rows = []
        for number, row in enumerate(table, start=2):
            point: Values = {}
            for name in names:
                value, _, problems = parse_yaml(row[name] or "", Origin(file, number))
                if problems or value is None:
                    faults.note(_PLACE, f"{file.name} line {number}: no value of '{name}'", "a value in every cell")
                point[name] = value
            rows.append(point)
    if not rows:
        faults.note(_PLACE, f"{file.name} has no row below its head", "a row for each point")
    return rows

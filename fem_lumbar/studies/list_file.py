"""Points of a study listed in a CSV file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.scenario.document import describe, parse_yaml
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.problems import KeyPath, Origin, listed, nearest_names
from fem_lumbar.studies.csv_file import read_csv
from fem_lumbar.studies.factors import Factor, Values
from fem_lumbar.studies.faults import Faults
from fem_lumbar.studies.words import as_word, is_number

_PLACE = ("design", "file")
Check = Callable[[Factor, Iterable[Any], KeyPath, str], None]
"""Notes impossible values of a factor (see `fem_lumbar.studies.factor_reading.FactorReader.check_values`)."""


def listed_points(file: Path, factors: Sequence[Factor], faults: Faults, check: Check) -> list[Values]:
    """Points of a file with one column per factor and one row per point; cells are parsed as YAML."""
    if not is_file(file):
        near = nearest_names(file.name, [name for name in names_beside(file) if name.endswith(".csv")])
        faults.note(_PLACE, f"no such file: {file.name}", "a CSV file, relative to this one", near)
        return []
    names = [factor.name for factor in factors]
    try:
        columns, lines = read_csv(file)
    except ValueError as error:
        faults.note(_PLACE, str(error), "a CSV file with a column for each factor")
        return []
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
    for number, cells in lines:
        point: Values = {}
        for factor in factors:
            value, _, problems = parse_yaml(cells[factor.name], Origin(file, number))
            where = f"{file.name} line {number}: "
            if problems or not cells[factor.name].strip():
                faults.note(_PLACE, f"{where}no value of '{factor.name}'", "a value in every cell")
            else:
                known = len(faults.problems)
                check(factor, [value], _PLACE, where)
                if len(faults.problems) == known and (fault := _fault(factor, value)):
                    faults.note(_PLACE, f"{where}{factor.name}: {fault[0]}", *fault[1:])
            point[factor.name] = value
        rows.append(point)
    if not rows:
        faults.note(_PLACE, f"{file.name} has no row below its head", "a row for each point")
    return rows


def _fault(factor: Factor, value: Any) -> tuple[str, str, str | None] | None:
    """Problem of a value of a factor: not a number, or not one of its words; None if there is none."""
    words = factor.categories
    if words is None:
        return None if is_number(value) and math.isfinite(value) else (f"got {describe(value)}", "a number", None)
    word = as_word(value)
    return None if word in words else (f"got {describe(value)}", listed(words, 12), nearest_names(word, words))

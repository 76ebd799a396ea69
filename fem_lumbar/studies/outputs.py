"""Outputs of a study: results of a load case by path, with their errors.

A path is relative to ``load_cases.<case>`` of the summary; ``*`` stands for any one name. The prefix
``asymmetry_index.`` before the path of a left number denotes its asymmetry index: (left - right) / (|left| + |right|),
where right is its mirror image (in the mirrored load case, if there is one).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fem_lumbar.comparison.asymmetry import side_pairs
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.measures.quantities import RESULTS, unit
from fem_lumbar.runs.outputs import definition
from fem_lumbar.runs.values import values
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.studies.manifest import OutputColumn

ASYMMETRY = "asymmetry_index."


@dataclass(frozen=True)
class OutputValue:
    """One output of a load case.

    Attributes
    ----------
    value : float
        The number, in the unit at the end of its name.
    floor, mesh_error : float or None
        Its errors due to the solver tolerance and due to the mesh, in the same unit; None if unknown.
    """

    value: float
    floor: float | None = None
    mesh_error: float | None = None


def output_fault(path: str) -> tuple[str, str | None, str | None] | None:
    """Message, allowed values and suggestion for a path that is not a result; None for a valid one."""
    parts = path.removeprefix(ASYMMETRY).split(".")
    if parts[0] not in RESULTS:
        known = (*RESULTS, ASYMMETRY.rstrip("."))
        return f"'{parts[0]}' is no result of a load case", listed(known, 20), nearest_names(parts[0], known)
    named = tuple("<name>" if part == "*" else part for part in parts)
    if "*" not in path and definition(("load_cases", "<case>", *named)) is None and parts[0] != "muscles":
        return f"no result {path}", "a path below load_cases.<case> of docs/outputs.md", None
    return None


def outputs_of(
    summary: Mapping[str, Any], patterns: Sequence[str], bars: DiscretisationBars
) -> dict[str, dict[str, OutputValue]]:
    """Outputs by load case and name, ordered by the patterns."""
    cases = {name: entry for name, entry in summary["load_cases"].items() if entry["status"] == "converged"}
    density = summary["model"].get("density")
    found: dict[str, dict[str, OutputValue]] = {name: {} for name in cases}
    plain = [one for one in patterns if not one.startswith(ASYMMETRY)]
    for one in values(cases):
        if is_kept(one.quantity, plain):
            error = bars.error(one.case, cases[one.case].get("applied", {}), density, one.path, one.value)
            found[one.case][one.quantity] = OutputValue(one.value, one.floor, error)
    if len(plain) < len(patterns):
        for case, name, index in _indices(summary):
            if is_kept(name, patterns):
                found[case][name] = index
    return {
        case: dict(sorted(given.items(), key=lambda item: _first(item[0], patterns) or 0))
        for case, given in found.items()
    }


def is_kept(name: str, patterns: Sequence[str]) -> bool:
    """Whether an output of this name matches one of the patterns."""
    return _first(name, patterns) is not None


def output_column(name: str) -> OutputColumn:
    """Manifest entry of an output."""
    told = "" if name.startswith(ASYMMETRY) else unit(tuple(name.split(".")))
    return OutputColumn(name, name, told.replace("-", ""))


def _indices(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, OutputValue]]:
    """Load case, name and value of every asymmetry index, with the propagated floors of both sides."""
    floors = {(one.case, one.path): one.floor for one in values(summary["load_cases"])}
    for pair in side_pairs(summary):
        if pair.index is None:
            continue
        floor_left = floors.get((pair.case, pair.path))
        floor_right = floors.get((pair.mirrored_case, pair.mirrored_path))
        floor = None
        if floor_left is not None and floor_right is not None:
            slope = 2.0 / (abs(pair.left) + abs(pair.right)) ** 2
            floor = slope * math.hypot(pair.right * floor_left, pair.left * floor_right)
        yield pair.case, ASYMMETRY + ".".join(pair.path), OutputValue(pair.index, floor)


def _first(name: str, patterns: Sequence[str]) -> int | None:
    """Index of the first matching pattern; None without one."""
    return next((i for i, pattern in enumerate(patterns) if _fitting(pattern).fullmatch(name)), None)


@cache
def _fitting(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\.".join("[^.]+" if part == "*" else re.escape(part) for part in pattern.split(".")))

"""Two scenarios on the same meshes: every difference between them as a sequence over cell size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fem_lumbar.comparison.asymmetry import side_pairs
from fem_lumbar.comparison.compare import same_cells, why_not_compared
from fem_lumbar.comparison.differences import REPRODUCIBLE, ROUND_OFF
from fem_lumbar.comparison.discretisation import estimate_errors
from fem_lumbar.comparison.mesh_convergence import Convergence, MeshLevel, Series
from fem_lumbar.measures.quantities import Path, is_input, kind, numbers

Reader = Callable[["PairLevel", str], dict[Path, tuple[float, float]]]
"""Reads the differences of a load case by path, each with its resolution (numerical floor)."""


@dataclass(frozen=True)
class PairLevel:
    """Both runs on one mesh, with their resolved scenarios."""

    first: MeshLevel
    second: MeshLevel
    resolved: tuple[Mapping[str, Any], Mapping[str, Any]]

    @property
    def runs(self) -> tuple[MeshLevel, MeshLevel]:
        """First and second."""
        return self.first, self.second

    def has(self, case: str) -> bool:
        """Whether a load case can be compared in both runs."""
        return why_not_compared(case, *(run.summary["load_cases"] for run in self.runs)) is None


@dataclass(frozen=True)
class PairConvergence:
    """All differences between two scenarios on all meshes.

    Attributes
    ----------
    first, second : str
        Names of the scenarios; differences are second minus first.
    changes : dict
        Scenario keys that differ, with both values.
    differences : Convergence
        Differences of every result available in both on at least two meshes; its levels are those of the first
        scenario.
    sides : tuple of Series
        Changes of left − right, under the path of the left number.
    """

    first: str
    second: str
    changes: dict[str, tuple[Any, Any]]
    differences: Convergence
    sides: tuple[Series, ...]


def converge_pair(
    names: tuple[str, str], changes: dict[str, tuple[Any, Any]], levels: Iterable[PairLevel]
) -> PairConvergence:
    """Combine the runs of two scenarios on several meshes: value and error of every difference.

    Error bars are those of :func:`fem_lumbar.comparison.discretisation.estimate_errors`, applied to the difference on
    each mesh: errors common to both values cancel by measurement, not by assumption.

    Parameters
    ----------
    names : tuple of str
        Names of the first and second scenario.
    changes : dict
        Changes between them.
    levels : iterable of PairLevel
        Both runs on each mesh.

    Raises
    ------
    ValueError
        When the two runs of a level have different cells, or two meshes have the same cell size.
    """
    ordered = tuple(sorted(levels, key=lambda level: -level.first.size_mm))
    for level in ordered:
        if not same_cells(*(run.summary for run in level.runs)):
            raise ValueError(f"at {level.first.density} the two scenarios are not on the same cells")
    cases = dict.fromkeys(case for level in ordered for case in level.first.converged)
    differences = Convergence(
        f"{names[1]} against {names[0]}",
        tuple(level.first for level in ordered),
        tuple(item for case in cases for item in _of_case(case, ordered, _differences)),
    )
    sides = tuple(item for case in cases for item in _of_case(case, ordered, _side_changes))
    return PairConvergence(*names, changes, differences, sides)


def _of_case(case: str, levels: Sequence[PairLevel], read: Reader) -> list[Series]:
    comparable = [
        why_not_compared(case, *(run.summary["load_cases"] for run in level.runs)) is None for level in levels
    ]
    found = [read(level, case) if fits else {} for level, fits in zip(levels, comparable, strict=True)]
    finest = next((values for values in reversed(found) if values), {})
    largest: dict[tuple[str, ...], float] = {}
    for path, (value, _) in finest.items():
        largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(value))
    series = []
    for path in dict.fromkeys(path for values in found for path in values):
        there = [i for i, values in enumerate(found) if path in values]
        if len(there) < 2:
            continue
        estimate = estimate_errors(
            [levels[i].first.size_mm for i in there],
            [found[i][path][0] for i in there],
            resolution=max(found[i][path][1] for i in there),
            family=[levels[i].first.in_family for i in there],
        )
        values = tuple(one[path][0] if path in one else None for one in found)
        series.append(Series(case, path, values, largest.get(kind(path), 0.0), estimate))
    return series


def _differences(level: PairLevel, case: str) -> dict[Path, tuple[float, float]]:
    entries = [run.summary["load_cases"][case] for run in level.runs]
    (first, second), floors = map(numbers, entries), _floors(entries)
    put_in = [
        {path for path in first if is_input(path, entry["applied"], resolved)}
        for entry, resolved in zip(entries, level.resolved, strict=True)
    ]
    return {
        path: (second[path] - a, _resolution(path, floors, a, second[path]))
        for path, a in first.items()
        if path in second and path not in put_in[0] & put_in[1]
    }


def _side_changes(level: PairLevel, case: str) -> dict[Path, tuple[float, float]]:
    first, second = ({pair.path: pair for pair in side_pairs(run.summary) if pair.case == case} for run in level.runs)
    floors = _floors([run.summary["load_cases"][case] for run in level.runs])
    return {
        path: (
            second[path].difference - a.difference,
            _resolution(path, floors, a.left, a.right, second[path].left, second[path].right),
        )
        for path, a in first.items()
        if path in second
    }


def _floors(entries: Sequence[Mapping[str, Any]]) -> list[dict[Path, float]]:
    return [numbers(entry.get("numerical_floor", {})) for entry in entries]


def _resolution(path: Path, floors: Sequence[Mapping[Path, float]], *values: float) -> float:
    """Resolution of a difference: combined floors of the runs and repeatability of the values."""
    size = max(map(abs, values))
    return max(math.hypot(*(floor.get(path, 0.0) for floor in floors), REPRODUCIBLE * size), ROUND_OFF * size)

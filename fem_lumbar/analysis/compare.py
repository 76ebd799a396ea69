"""Two runs side by side: every difference beside its numerical floor, and what may be claimed from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fem_lumbar.analysis.asymmetry import SidePair, asymmetry_floor, side_pairs
from fem_lumbar.analysis.discretisation_bars import DiscretisationBars, density_of
from fem_lumbar.analysis.quantities import Path, kind, numbers, prescribed

NEGLIGIBLE = 0.01
"""Relative size below which an effect is called negligible even when it is resolved."""
SMALL_VALUE = 0.01
"""A value below this part of the largest of its kind in its load case is related to that largest one."""
ROUND_OFF = 1e-9
"""Part of the largest value of a kind that round-off in the linear solves can change; the least floor there is."""

MESH_FACTOR = 3.0
"""How many combined discretisation errors a difference between runs on different meshes must exceed."""


class Verdict(Enum):
    """What may be said of a difference."""

    NOT_RESOLVED = "not resolved"
    NEGLIGIBLE = "negligible"
    RESOLVED = "resolved"
    NO_FLOOR = "floor unknown"
    MESH_NOISE = "includes mesh noise"


@dataclass(frozen=True)
class Difference:
    """One number in both runs.

    Attributes
    ----------
    case : str
        Load case.
    path : Path
        Where the number stands in the summary entry of the case.
    a, b : float
        Its values in the first and the second run, in the unit of the path.
    floor : float or None
        Largest known numerical error of the two, in the same unit; None when none is known. On different meshes three
        times the combined discretisation error is added, where it is known.
    scale : float
        What the relative size refers to: for a rotation the largest rotation component of that joint in that case
        (its range of motion), otherwise the larger of the two values or, for values near zero, the largest of its kind.
    verdict : Verdict
        What may be said of it.
    discretisation : pair of float or None
        Stored discretisation error of each of the two values, in the same unit; None where it is not known.
    """

    case: str
    path: Path
    a: float
    b: float
    floor: float | None
    scale: float
    verdict: Verdict
    discretisation: tuple[float | None, float | None] = (None, None)

    @property
    def delta(self) -> float:
        """Second minus first run."""
        return self.b - self.a

    @property
    def relative(self) -> float:
        """Difference over scale; 0 when everything of its kind is zero."""
        return self.delta / self.scale if self.scale > 0.0 else 0.0


@dataclass(frozen=True)
class Comparison:
    """All differences between two runs and the ground they stand on.

    Attributes
    ----------
    name_a, name_b : str
        What the two runs are called.
    differences : list of Difference
        Every number that both runs have, case by case.
    sides : list of pairs of SidePair
        Left and right in the first and in the second run, where the applied loads agree.
    changes : dict
        Scenario keys that differ, with both values.
    same_mesh : bool
        Without it the discretisation error is part of the floor; a difference for which it is not known includes mesh
        noise, and nothing can be claimed from it.
    not_compared : dict
        Load cases left out, with the reason.
    failures : dict
        Why a run failed, by its name; its numbers may be wrong.
    bars_from : str
        Where the stored discretisation errors come from; empty when there are none.
    """

    name_a: str
    name_b: str
    differences: list[Difference]
    sides: list[tuple[SidePair, SidePair]]
    changes: dict[str, tuple[Any, Any]]
    same_mesh: bool
    not_compared: dict[str, str]
    failures: dict[str, str]
    bars_from: str = ""

    @property
    def identical_input(self) -> bool:
        """Whether nothing but the name and the description differs between the scenarios, on the same mesh."""
        return self.same_mesh and not self.changes

    @property
    def only_mesh_differs(self) -> bool:
        """Whether the scenarios differ in nothing but the mesh."""
        return not self.same_mesh and all(key.split(".")[0] == "mesh" for key in self.changes)

    def largest(self, *sections: str, verdicts: tuple[Verdict, ...] | None = None) -> Difference | None:
        """The relatively largest difference in some sections, among those of the given verdicts; None without any."""
        found = [
            difference
            for difference in self.differences
            if difference.path[0] in sections and (verdicts is None or difference.verdict in verdicts)
        ]
        return max(found, key=lambda difference: abs(difference.relative), default=None)


def compare(
    summary_a: Mapping[str, Any],
    resolved_a: Mapping[str, Any],
    summary_b: Mapping[str, Any],
    resolved_b: Mapping[str, Any],
    names: tuple[str, str] = ("first run", "second run"),
    bars: DiscretisationBars | None = None,
) -> Comparison:
    """Compare two runs number by number.

    The floor of a number is the largest of the algebraic errors both runs report for it and of the left/right
    differences of its kind in whichever run is symmetric. Differences at or below it are not resolved. On the same mesh
    the discretisation error stands beside the difference and is not in the floor: most of it is common to both runs. On
    different meshes three times the root of the sum of the squares of the two errors is added to the floor.

    Parameters
    ----------
    summary_a, summary_b : mapping
        Summaries of the two runs.
    resolved_a, resolved_b : mapping
        Their resolved scenarios.
    names : tuple of str
        What the two runs are called.
    bars : DiscretisationBars, optional
        Stored discretisation errors; none are known when not given.
    """
    bars = bars or DiscretisationBars()
    densities = density_of(summary_a, resolved_a), density_of(summary_b, resolved_b)
    same_mesh = summary_a["provenance"]["mesh_sha256"] == summary_b["provenance"]["mesh_sha256"]
    asymmetry = [asymmetry_floor(summary_a, resolved_a), asymmetry_floor(summary_b, resolved_b)]
    differences: list[Difference] = []
    not_compared: dict[str, str] = {}
    cases_a, cases_b = summary_a["load_cases"], summary_b["load_cases"]
    for case in dict.fromkeys([*cases_a, *cases_b]):
        reason = _why_not(case, cases_a, cases_b)
        if reason is not None:
            not_compared[case] = reason
            continue
        measured = [floor.get(case, {}) for floor in asymmetry]

        def error(run: int, path: Path, value: float, case: str = case) -> float | None:
            return bars.error(case, (cases_a, cases_b)[run][case]["applied"], densities[run], path, value)

        differences += _of_case(case, cases_a[case], cases_b[case], measured, same_mesh, error)
    there = {(pair.case, pair.path): pair for pair in side_pairs(summary_b)}
    sides = [
        (pair, there[pair.case, pair.path])
        for pair in side_pairs(summary_a)
        if (pair.case, pair.path) in there and pair.case not in not_compared
    ]
    return Comparison(
        name_a=names[0],
        name_b=names[1],
        differences=differences,
        sides=sides,
        changes=scenario_changes(resolved_a, resolved_b),
        same_mesh=same_mesh,
        not_compared=not_compared,
        failures={
            name: summary.get("reason") or "no reason given"
            for name, summary in zip(names, (summary_a, summary_b), strict=True)
            if summary["status"] != "completed"
        },
        bars_from=bars.origin,
    )


def scenario_changes(resolved_a: Any, resolved_b: Any) -> dict[str, tuple[Any, Any]]:
    """Keys whose values differ between two resolved scenarios, name and description aside."""
    flat_a, flat_b = _flat(resolved_a), _flat(resolved_b)
    keys = [key for key in dict.fromkeys([*flat_a, *flat_b]) if key not in ("name", "description")]
    return {key: (flat_a.get(key), flat_b.get(key)) for key in keys if flat_a.get(key) != flat_b.get(key)}


def _why_not(case: str, cases_a: Mapping[str, Any], cases_b: Mapping[str, Any]) -> str | None:
    for place, cases in (("first", cases_a), ("second", cases_b)):
        if case not in cases:
            return f"not in the {place} run"
        if cases[case]["status"] != "converged":
            return f"did not converge in the {place} run"
    if prescribed(cases_a[case]["applied"]) != prescribed(cases_b[case]["applied"]):
        return "the applied loads differ"
    return None


def _of_case(
    case: str,
    entry_a: Mapping[str, Any],
    entry_b: Mapping[str, Any],
    measured: list[dict[tuple[str, ...], float]],
    same_mesh: bool,
    error: Callable[[int, Path, float], float | None],
) -> list[Difference]:
    values_a, values_b = numbers(entry_a), numbers(entry_b)
    algebraic = [numbers(entry.get("numerical_floor", {})) for entry in (entry_a, entry_b)]
    largest: dict[tuple[str, ...], float] = {}
    for path, value in [*values_a.items(), *values_b.items()]:
        largest[kind(path)] = max(largest.get(kind(path), 0.0), abs(value))
    found = []
    for path in (path for path in values_a if path in values_b):
        known = [floor[path] for floor in algebraic if path in floor]
        known += [floor[kind(path)] for floor in measured if kind(path) in floor]
        a, b = values_a[path], values_b[path]
        floor = max([*known, ROUND_OFF * largest[kind(path)]]) if known else None
        scale = _scale(path, values_a, values_b, largest[kind(path)])
        mesh_errors = error(0, path, a), error(1, path, b)
        includes_mesh_noise = not same_mesh and None in mesh_errors
        if not same_mesh and not includes_mesh_noise and floor is not None:
            floor += MESH_FACTOR * math.hypot(*mesh_errors)
        verdict = Verdict.MESH_NOISE if includes_mesh_noise else _verdict(b - a, floor, scale)
        found.append(Difference(case, path, a, b, floor, scale, verdict, mesh_errors))
    return found


def _scale(path: Path, values_a: Mapping[Path, float], values_b: Mapping[Path, float], largest: float) -> float:
    if path[0] == "rotation_deg":
        joint = [other for other in values_a if other[:2] == path[:2] and other in values_b]
        return max(max(abs(values_a[other]), abs(values_b[other])) for other in joint)
    own = max(abs(values_a[path]), abs(values_b[path]))
    return own if own >= SMALL_VALUE * largest else largest


def _verdict(delta: float, floor: float | None, scale: float) -> Verdict:
    if floor is None:
        return Verdict.NO_FLOOR
    if abs(delta) <= floor:
        return Verdict.NOT_RESOLVED
    return Verdict.NEGLIGIBLE if abs(delta) < NEGLIGIBLE * scale else Verdict.RESOLVED


def _flat(node: Any, path: str = "") -> dict[str, Any]:
    if isinstance(node, Mapping):
        return {
            key: value
            for name, item in node.items()
            for key, value in _flat(item, f"{path}.{name}" if path else str(name)).items()
        }
    return {path: node}

"""Evaluation of each difference between two runs: its errors, its scale and its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fem_lumbar.comparison.asymmetry import SidePair
from fem_lumbar.comparison.difference_bars import SIDES
from fem_lumbar.comparison.differences import (
    NEGLIGIBLE,
    REPRODUCIBLE,
    RESOLVED_AT,
    ROUND_OFF,
    SMALL_VALUE,
    Difference,
    MeshGround,
    SideDifference,
    Verdict,
)
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.comparison.effect_error import EffectErrors
from fem_lumbar.measures.quantities import Path, is_input, kind, numbers

Floors = Mapping[str, Mapping[tuple[str, ...], float]]
"""Left/right differences by load case and kind of number."""


@dataclass(frozen=True)
class Judge:
    """Evaluates the differences between two runs; pairs are ordered first run, second run.

    Attributes
    ----------
    cases : pair of mapping
        Summary entries of the load cases.
    resolved : pair of mapping
        Resolved scenarios.
    bars : pair of DiscretisationBars
        Stored discretisation errors of the values.
    densities : pair of str or None
        Mesh densities.
    effects : EffectErrors or None
        Discretisation errors of the differences if both runs have the same cells, else None.
    asymmetry : pair of mapping
        Left/right differences of the symmetric runs, by load case and kind.
    """

    cases: tuple[Mapping[str, Any], Mapping[str, Any]]
    resolved: tuple[Mapping[str, Any], Mapping[str, Any]]
    bars: tuple[DiscretisationBars, DiscretisationBars]
    densities: tuple[str | None, str | None]
    effects: EffectErrors | None
    asymmetry: tuple[Floors, Floors]

    def differences(self, case: str) -> list[Difference]:
        """Differences of all results of a load case, without inputs."""
        values_a, values_b = (numbers(cases[case]) for cases in self.cases)
        largest = _largest_of_kinds([*values_a.items(), *values_b.items()])
        changed = _largest_of_kinds((path, values_b[path] - a) for path, a in values_a.items() if path in values_b)
        reported = [numbers(cases[case].get("numerical_floor", {})) for cases in self.cases]
        measured = _largest(floors.get(case, {}) for floors in self.asymmetry)
        ratios = self._value_ratios(case)
        found = []
        for path, a in values_a.items():
            if path not in values_b or self._is_input(case, path):
                continue
            b, most = values_b[path], largest[kind(path)]
            least = max(ROUND_OFF * most, REPRODUCIBLE * max(abs(a), abs(b)))
            algebraic = _algebraic(path, reported, measured, least)
            errors = self._error(0, case, path, a), self._error(1, case, path, b)
            if self.effects is None:
                mesh_error, ground = _of_values(*errors)
            else:
                ratio = ratios.get(path, ratios.get(kind(path)))
                mesh_error, ground = self.effects.of(case, self._applied(case), path, b - a, changed[kind(path)], ratio)
            error = None if algebraic is None or mesh_error is None else math.hypot(algebraic, mesh_error)
            scale, near_zero = _scale(path, values_a, most)
            verdict = _verdict(b - a, error, scale) if mesh_error is not None else Verdict.MESH_NOISE
            found.append(
                Difference(
                    case=case,
                    path=path,
                    a=a,
                    b=b,
                    algebraic=algebraic,
                    error=error,
                    scale=scale,
                    verdict=verdict,
                    mesh_error=mesh_error,
                    mesh_ground=ground,
                    near_zero=near_zero,
                    joint_scale=self._joint_scales.get(path[:2]),
                    discretisation=errors,
                )
            )
        return found

    def sides(
        self, differences: Iterable[Difference], pairs_a: Iterable[SidePair], pairs_b: Iterable[SidePair]
    ) -> list[SideDifference]:
        """Change of left − right for every pair whose two numbers have been evaluated."""
        judged = {(item.case, item.path): item for item in differences}
        there = {(pair.case, pair.path): pair for pair in pairs_b}
        found: dict[str, list[tuple[SidePair, SidePair, Difference, Difference]]] = {}
        for a in pairs_a:
            b = there.get((a.case, a.path))
            left, right = judged.get((a.case, a.path)), judged.get((a.mirrored_case, a.mirrored_path))
            if b is not None and left is not None and right is not None:
                found.setdefault(a.case, []).append((a, b, left, right))
        sides = []
        for of_case in found.values():
            changed = _largest_of_kinds((a.path, b.difference - a.difference) for a, b, *_ in of_case)
            sides += [self._side(*one, changed[kind(one[0].path)]) for one in of_case]
        return sides

    def _side(self, a: SidePair, b: SidePair, left: Difference, right: Difference, largest: float) -> SideDifference:
        delta = b.difference - a.difference
        mesh_error, ground = self._side_error(a, delta, left, right, largest)
        algebraic = error = None
        if left.algebraic is not None and right.algebraic is not None:
            algebraic = math.hypot(left.algebraic, right.algebraic)
            error = None if mesh_error is None else math.hypot(algebraic, mesh_error)
        scale = max(abs(a.left) + abs(a.right), left.scale, right.scale)
        noise = mesh_error is None and algebraic is not None
        return SideDifference(
            a=a,
            b=b,
            algebraic=algebraic,
            error=error,
            scale=scale,
            verdict=Verdict.MESH_NOISE if noise else _verdict(delta, error, scale),
            mesh_error=mesh_error,
            mesh_ground=ground,
            near_zero=left.near_zero and right.near_zero,
            joint_scale=left.joint_scale,
        )

    def _side_error(
        self, a: SidePair, delta: float, left: Difference, right: Difference, largest: float
    ) -> tuple[float | None, MeshGround | None]:
        """Mesh error of a change of left − right; uses the larger relative error of the values of the two sides."""
        if self.effects is None:
            return _of_values(left.mesh_error, right.mesh_error)
        ratios = []
        for case, path in ((a.case, a.path), (a.mirrored_case, a.mirrored_path)):
            of_case = self._value_ratios(case)
            ratios.append(of_case.get(path, of_case.get(kind(path))))
        known = [ratio for ratio in ratios if ratio is not None]
        ratio = max(known) if len(known) == len(ratios) else None
        return self.effects.of(a.case, self._applied(a.case), a.path, delta, largest, ratio, SIDES)

    def _is_input(self, case: str, path: Path) -> bool:
        both = zip(self.cases, self.resolved, strict=True)
        return all(is_input(path, cases[case]["applied"], resolved) for cases, resolved in both)

    def _applied(self, case: str) -> Mapping[str, Any]:
        return self.cases[0][case]["applied"]

    def _error(self, run: int, case: str, path: Path, value: float) -> float | None:
        """Discretisation error of a value of a run; None if unknown."""
        return self.bars[run].error(case, self.cases[run][case]["applied"], self.densities[run], path, value)

    @cached_property
    def _joint_scales(self) -> dict[Path, float]:
        """Largest facet force of each joint in the first run over all load cases, N."""
        found: dict[Path, float] = {}
        for entry in self.cases[0].values():
            for path, force in numbers(entry, ("facet_force_N",)).items():
                found[path[:2]] = max(found.get(path[:2], 0.0), force)
        return found

    def _value_ratios(self, case: str) -> dict[Path | tuple[str, ...], float]:
        """Relative discretisation error of each first value that is not near zero, and the largest of each kind."""
        if case not in self._ratios:
            values = numbers(self.cases[0][case])
            largest = _largest_of_kinds(values.items())
            ratios: dict[Path | tuple[str, ...], float] = {}
            worst: dict[tuple[str, ...], float] = {}
            for path, value in values.items():
                error = self._error(0, case, path, value)
                if error is not None and value and abs(value) >= SMALL_VALUE * largest[kind(path)]:
                    ratios[path] = error / abs(value)
                    worst[kind(path)] = max(worst.get(kind(path), 0.0), ratios[path])
            self._ratios[case] = {**worst, **ratios}
        return self._ratios[case]

    _ratios: dict[str, dict[Path | tuple[str, ...], float]] = field(default_factory=dict, init=False)


def _largest_of_kinds(values: Iterable[tuple[Path, float]]) -> dict[tuple[str, ...], float]:
    """Largest magnitude of each kind of number."""
    found: dict[tuple[str, ...], float] = {}
    for path, value in values:
        found[kind(path)] = max(found.get(kind(path), 0.0), abs(value))
    return found


def _largest(floors: Iterable[Mapping[tuple[str, ...], float]]) -> dict[tuple[str, ...], float]:
    """Largest left/right difference of each kind over the symmetric runs; it is used for both runs."""
    found: dict[tuple[str, ...], float] = {}
    for floor in floors:
        for key, value in floor.items():
            found[key] = max(found.get(key, 0.0), value)
    return found


def _of_values(a: float | None, b: float | None) -> tuple[float | None, MeshGround | None]:
    """Mesh error of a difference from the independent errors of two values."""
    return (None, None) if a is None or b is None else (math.hypot(a, b), MeshGround.VALUES)


def _algebraic(
    path: Path,
    reported: Sequence[Mapping[Path, float]],
    measured: Mapping[tuple[str, ...], float],
    least: float,
) -> float | None:
    """Combined algebraic error of both runs; an error known for only one run is used for both."""
    told = [floor[path] for floor in reported if path in floor]
    if not told and kind(path) not in measured:
        return None
    least = max(measured.get(kind(path), 0.0), least)
    return math.hypot(*(max(floor.get(path, max(told, default=0.0)), least) for floor in reported))


def _scale(path: Path, values: Mapping[Path, float], largest: float) -> tuple[float, bool]:
    """Scale of a change, and whether the number is near zero, so that the scale is the largest of its kind."""
    own = abs(values[path])
    if path[0] == "rotation_deg":
        own = max(abs(value) for other, value in values.items() if other[:2] == path[:2])
    elif path[-1].isdigit():  # of a component: the magnitude of its vector
        own = math.hypot(*(value for other, value in values.items() if other[:-1] == path[:-1]))
    return (own, False) if own > 0.0 and own >= SMALL_VALUE * largest else (largest, True)


def _verdict(delta: float, error: float | None, scale: float) -> Verdict:
    if error is None:
        return Verdict.NO_FLOOR
    if abs(delta) <= RESOLVED_AT * error:
        return Verdict.NOT_RESOLVED
    return Verdict.NEGLIGIBLE if abs(delta) < NEGLIGIBLE * scale else Verdict.RESOLVED

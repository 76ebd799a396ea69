"""The scenario at each point of a sweep, and problems of the swept values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.points import Point, overrides
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError


def swept_scenario(
    file: Path, sets: Sequence[str], cases: Sequence[str] | None, density: str | None, point: Point
) -> Scenario:
    """The scenario of a file at a point; errors in swept values refer to ``--sweep``.

    The other parameters are those of :func:`fem_lumbar.scenario.loader.load_scenario`.
    """
    swept = overrides(point)
    given = {f"--set {text}": Origin(option=f"--sweep {text}") for text in swept}
    try:
        return load_scenario(file, [*sets, *swept], cases, density)
    except ScenarioError as error:
        told = [replace(one, origin=given.get(one.origin.option or "", one.origin)) for one in error.problems]
        raise ScenarioError(file, told) from None


def check_values(file: Path, points: Sequence[Point], scenario_at: Callable[[Point], Scenario]) -> None:
    """Reject a sweep with values for which no combination is a valid scenario, with all their problems.

    Invalid combinations of values that are valid in other combinations become failed rows of the table.
    """
    faults: dict[str, list[list[Problem]]] = {
        f"--sweep {key}={value}": [] for point in points for key, value in point.items()
    }
    for point in points:
        untried = [option for option in (f"--sweep {key}={value}" for key, value in point.items()) if option in faults]
        if not untried:
            continue
        try:
            scenario_at(point)
        except InputError as error:
            problems = getattr(error, "problems", None) or [Problem(Origin(), (), str(error))]
            for option in untried:
                faults[option].append(list(problems))
        else:
            for option in untried:
                del faults[option]
    if faults:
        raise ScenarioError(file, _of_values(faults), "sweep")


def _of_values(faults: dict[str, list[list[Problem]]]) -> list[Problem]:
    """Problems of each value that occur in all of its combinations, or else in the first one, without duplicates."""
    told: dict[tuple, Problem] = {}
    for option, combinations in faults.items():
        others = [{(one.key, one.message) for one in problems} for problems in combinations]
        first = combinations[0]
        for one in [one for one in first if all((one.key, one.message) in other for other in others)] or first:
            origin = one.origin if one.origin.option in faults else Origin(option=option)
            told.setdefault((origin, one.key, one.message), replace(one, origin=origin))
    return list(told.values())

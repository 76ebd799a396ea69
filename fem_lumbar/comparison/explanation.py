"""First-order contributions of changed inputs to the differences between two runs, and the remainder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fem_lumbar.comparison.differences import Comparison, Difference
from fem_lumbar.runs.run import Run
from fem_lumbar.runs.stored_sensitivity import is_of
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import ScenarioError, dotted
from fem_lumbar.sensitivity.budget import main_results
from fem_lumbar.sensitivity.files import read_sensitivity
from fem_lumbar.sensitivity.forecast import Forecast, forecasts
from fem_lumbar.sensitivity.parameters import Parameter, parameters, place_of_all
from fem_lumbar.sensitivity.table import Derivatives

Derive = Callable[[Sequence[Parameter]], Derivatives]
"""Computes derivatives of the results of the first run with respect to some parameters."""

_RECORDS = ("parameter_set", "schema_version")
"""Sections of a scenario that document the origin of values."""


@dataclass(frozen=True)
class Explained:
    """A difference of a main result, and its linear forecast from the changed inputs."""

    difference: Difference
    forecast: Forecast

    @property
    def remainder(self) -> float:
        """The remainder: curvature, interaction of inputs, and inputs without a derivative."""
        return self.difference.delta - self.forecast.change


@dataclass(frozen=True)
class Explanation:
    """First-order contributions to the main results of two runs.

    Attributes
    ----------
    results : tuple of Explained
    not_covered : dict of str
        Why a key or load case has no contribution, by its name; its effect is in the remainder.
    """

    results: tuple[Explained, ...]
    not_covered: dict[str, str]


def explain(first: Run, second: Run, comparison: Comparison, derive: Derive | None = None) -> Explanation | None:
    """Split the differences between two runs into contributions of the inputs.

    Parameters
    ----------
    first, second : Run
        The runs.
    comparison : Comparison
        Comparison of the two.
    derive : callable, optional
        Computes derivatives that the stored sensitivity of the first run lacks.

    Returns
    -------
    explanation : Explanation or None
        None if the stored sensitivity of the first run is insufficient and ``derive`` is not given.
    """
    covered, not_covered = _parameters(first, second, comparison.changes)
    wanted = [one for one, _ in covered.values()]
    table = read_sensitivity(first.folder)
    if table is not None and not _serves(table, wanted, first):
        table = None
    if table is None and derive is None:
        return None
    if not wanted:
        return Explanation((), not_covered)
    if table is None and derive is not None:
        table = derive(wanted)
    assert table is not None
    not_covered |= {name: why for name, why in table.left_out.items() if name in covered or name in first.converged}
    values = {key: value for key, (_, value) in covered.items() if table.has(key)}
    return Explanation(tuple(_explained(comparison, table, values)), not_covered)


def _parameters(
    first: Run, second: Run, changes: Mapping[str, tuple[Any, Any]]
) -> tuple[dict[str, tuple[Parameter, float]], dict[str, str]]:
    """Changed numeric keys with their parameter in the first run and second value; reasons why others have none.

    Kinks are predicted between the two values.
    """
    covered: dict[str, tuple[Parameter, float]] = {}
    not_covered: dict[str, str] = {}
    for key, (before, after) in changes.items():
        if key.split(".")[0] in _RECORDS:
            continue
        if not all(value is None or _is_number(value) for value in (before, after)):
            not_covered[key] = f"{_told(before)} → {_told(after)} is no change of a number, which a derivative needs"
            continue
        try:
            scenarios = first.scenario, second.scenario
        except ScenarioError:
            not_covered[key] = "the scenario of a run has values that this version no longer takes"
            continue
        above = dotted(place_of_all(scenarios[0], split_key(key)))
        if above in changes:
            not_covered[key] = f"it stands in for {above}, which differs as well"
            continue
        try:
            (here,), (there,) = (parameters(scenario, [key]) for scenario in scenarios)
        except (ScenarioError, ValueError):  # a mesh or solver setting; or more than one number
            not_covered[key] = "no number that results can be derived with respect to"
            continue
        reach = min(here.value, there.value), max(here.value, there.value)
        covered[key] = replace(here, reach=reach), there.value
    return covered, not_covered


def _serves(table: Derivatives, wanted: Sequence[Parameter], run: Run) -> bool:
    """Whether stored derivatives belong to a run and cover all parameters and load cases."""
    if not all(table.has(one.key) for one in wanted):
        return False
    if not all(name in table.cases or name in table.left_out for name in run.converged):
        return False
    return is_of(table, run)


def _explained(comparison: Comparison, table: Derivatives, values: Mapping[str, float]) -> Iterator[Explained]:
    """Main results of the load cases with derivatives; without contributions if no number acts on them."""
    found = {(one.case, ".".join(one.path)): one for one in forecasts(table, values)}
    for case in table.cases:
        differences = [one for one in comparison.differences if one.case == case]
        for place in main_results([one.path for one in differences], [one.a for one in differences]):
            one = differences[place]
            yield Explained(one, found.get((case, ".".join(one.path)), Forecast(case, one.path, one.a, ())))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(value: Any) -> str:
    return "not given" if value is None else str(value)

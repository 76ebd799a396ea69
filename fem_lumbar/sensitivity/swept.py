"""Swept keys as parameters with derivatives, and reasons why some have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.overrides import split_key
from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError, dotted
from fem_lumbar.sensitivity.parameters import Parameter, parameters, place_of_all
from fem_lumbar.sensitivity.table import Derivatives

_WITH = "single numbers of tissues, ligaments, MALs, muscles, loads and anatomy; run the sweep without --forecast"


def swept_parameters(scenario: Scenario, file: Path, points: Sequence[Mapping[str, str]]) -> list[Parameter]:
    """One parameter per swept key; kinks are predicted between its value and the swept ones.

    Parameters
    ----------
    scenario : Scenario
        The base.
    file : Path
        Its file.
    points : sequence of mapping
        Swept values (YAML text) by key path.

    Raises
    ------
    ScenarioError
        Lists all keys without a derivative: a state, a list, a numerical setting.
    """
    swept: dict[str, list[str]] = {}
    for point in points:
        for key, text in point.items():
            swept.setdefault(key, []).append(text)
    found, problems = [], []
    for key, texts in swept.items():
        told = _refusal(scenario, key, texts, swept)
        if told is None:
            (one,) = parameters(scenario, [key])
            ends = [one.value, *map(_number, texts)]
            found.append(replace(one, reach=(min(ends), max(ends))))
        else:
            origin = Origin(option=f"--sweep {key}={','.join(dict.fromkeys(texts))}")
            problems.append(Problem(origin, split_key(key), f"no forecast: {told}", _WITH))
    if problems:
        raise ScenarioError(file, problems, "forecast")
    return found


def refuse_left_out(table: Derivatives, keys: Sequence[str]) -> None:
    """Reject swept keys that turned out to have no derivative.

    Raises
    ------
    InputError
        Lists them with their reasons.
    """
    told = [f"--sweep {key}: no forecast: {table.left_out[key]}" for key in keys if key in table.left_out]
    if told:
        raise InputError("\n".join([*told, "    run the sweep without --forecast"]))


def numbers_of(point: Mapping[str, str]) -> dict[str, float]:
    """The values of a point as numbers."""
    return {key: _number(text) for key, text in point.items()}


def _refusal(scenario: Scenario, key: str, texts: Sequence[str], swept: Mapping[str, object]) -> str | None:
    """Reason why a key has no derivative; None if it may have one."""
    for text in texts:
        value = yaml.safe_load(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{text} is not a number, so nothing can be derived with respect to it"
    try:
        found = parameters(scenario, [key])
    except ScenarioError:
        return "no number of this scenario that results can be derived with respect to"
    if [one.key for one in found] != [key]:
        return "more than one number"
    above = dotted(place_of_all(scenario, split_key(key)))
    if above in swept:
        return f"it stands in for {above}, which is swept as well"
    return None


def _number(text: str) -> float:
    return float(yaml.safe_load(text))

"""Validation of scenario values against model, limits and one another; all problems are reported at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fem_lumbar.foundation.parameters import values
from fem_lumbar.materials.parameters import material_set_names
from fem_lumbar.scenario.bounds import numbers, outside_limits, scenario_quantities
from fem_lumbar.scenario.contradictions import contradictions
from fem_lumbar.scenario.defaults import completed, known_material_set
from fem_lumbar.scenario.document import Document, Hidden, describe
from fem_lumbar.scenario.earlier_keys import taken_out, taken_out_value
from fem_lumbar.scenario.inheritance import unresolved_cases
from fem_lumbar.scenario.keys import choices_at, in_another_unit, keys_at, suggestion, type_at
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import (
    KeyPath,
    Problem,
    ScenarioError,
    in_reading_order,
    listed,
    nearest_names,
    place_of,
)
from fem_lumbar.scenario.spelling import number_meant, truth_meant

_KINDS = {
    "float_type": "a number", "int_type": "a whole number", "int_from_float": "a whole number",
    "bool_type": "true or false", "string_type": "text", "dict_type": "a map of keys", "model_type": "a map of keys",
    "model_attributes_type": "a map of keys", "list_type": "a list", "tuple_type": "a list",
}  # fmt: skip

_BOUNDS = {
    "greater_than": "above", "greater_than_equal": "at least", "less_than": "below", "less_than_equal": "at most",
}  # fmt: skip


def validated(path: Path, document: Document) -> Scenario:
    """The typed scenario of a document.

    Parameters
    ----------
    path : Path
        Scenario file, for messages.
    document : Document
        Values as written, with origins.

    Raises
    ------
    ScenarioError
        With all problems: unknown keys, wrong types, limits, contradictions.
    """
    problems: dict[KeyPath, Problem] = {}

    def note(key: KeyPath, message: str, allowed: str | None = None, nearest: str | None = None) -> None:
        if not any(key[: len(above)] == above for above in problems):
            problems[key] = Problem(document.origin(key), key, message, allowed, nearest)

    for hidden in document.hidden:
        problems |= {problem.key: problem for problem in _if_it_stood(path, document, hidden)}
    for problem in unresolved_cases(document):
        problems[problem.key] = problem
    data = completed(document.data)
    material_set = known_material_set(data)
    given_set = data["materials"].get("set", material_set) if isinstance(data["materials"], dict) else material_set
    if isinstance(given_set, str) and given_set != material_set:
        names = material_set_names()
        note(("materials", "set"), f"no parameter set '{given_set}'", listed(names), nearest_names(given_set, names))
    for key, names in _unknown_names(data["materials"], _known_materials(material_set), ("materials",)):
        note(key, *_unknown(key, names))
    if isinstance(data.get("schema_version"), bool):  # equal to 1 in Python
        note(("schema_version",), f"got {describe(data['schema_version'])}", "1")
    scenario, errors = _typed(data)
    for error in errors:
        if error["type"] not in _BOUNDS:
            note(*_explained(error, data))
    for key, value, quantity in numbers(data, scenario_quantities(material_set)):
        if outside := outside_limits(value, quantity):
            note(key, *outside)
    for error in errors:
        if error["type"] in _BOUNDS:
            note(*_explained(error, data))
    if scenario is None:
        scenario, _ = _typed(completed(_without(document.data, problems)))
    if scenario is not None:
        for clash in contradictions(scenario):
            if not any(key[: len(clash.key)] == clash.key for key in problems):
                note(*clash)
    if problems or scenario is None:
        raise ScenarioError(path, in_reading_order(problems.values()))
    return scenario


def _if_it_stood(path: Path, document: Document, hidden: Hidden) -> list[Problem]:
    """Problems of a value that a map replaced in a merge, as if it had not been replaced."""
    try:
        validated(path, document.with_hidden(hidden))
    except ScenarioError as error:
        return [problem for problem in error.problems if problem.key == hidden.key]
    return []


@cache
def _known_materials(material_set: str) -> dict[str, Any]:
    """Values of a parameter set, for the names of tissues. The result is cached: do not modify it."""
    return values(scenario_quantities(material_set)["materials"])


def _typed(data: dict[str, Any]) -> tuple[Scenario | None, list[ErrorDetails]]:
    try:
        return Scenario.model_validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        return None, [one for one in error.errors(include_url=False) if not _is_echo(one)]


def _is_echo(error: ErrorDetails) -> bool:
    """Whether an error only follows from others: a list or map too short due to faulty items, a map not a choice."""
    if error["type"] == "literal_error" and isinstance(error["input"], dict):
        return str(error["loc"][-1]).startswith("literal[")  # that branch of a choice or a map
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _explained(error: ErrorDetails, data: dict[str, Any]) -> tuple[KeyPath, str, str | None, str | None]:
    """Key path, message, allowed values and nearest name of a pydantic error."""
    key, value = _place(error, data)
    kind = error["type"]
    if kind == "extra_forbidden" or error["loc"][-1] == "[key]":
        if once := taken_out(key, data):
            return key, *once
        return key, *_unknown(key, keys_at(Scenario, key[:-1]))
    if kind == "missing":
        return key, "required, but not given", _expected(key), None
    if kind == "too_long":
        most = error["ctx"]["max_length"]
        whole = all(isinstance(item, int) for item in value)
        comma = " (a comma ends a value: decimals follow a point)" if whole and len(value) == 2 * most else ""
        return key, f"needs {most} values, got a list of {len(value)}{comma}", None, None
    if kind == "too_short":
        least = error["ctx"]["min_length"]
        return key, f"needs at least {'one' if least == 1 else least}, got {describe(value)}", _expected(key), None
    choices = choices_at(Scenario, key)
    if removed := taken_out_value(key, value):
        return key, *removed, None
    if choices:
        or_number = float in get_args(type_at(Scenario, key))
        near = nearest_names(value, map(str, choices)) if isinstance(value, str) else None
        if or_number and isinstance(value, str):
            near = number_meant(value) or near
        number = "a number or " if or_number else ""
        return key, f"got {describe(value)}", number + listed(choices), near
    if kind in _KINDS:
        meant = number_meant if kind in ("float_type", "int_type") else truth_meant if kind == "bool_type" else None
        near = meant(value) if meant and isinstance(value, str) else None
        return key, f"expected {_KINDS[kind]}, got {describe(value)}", None, near
    if kind in _BOUNDS:
        return (
            key,
            f"{value:g} is outside the accepted range",
            f"{_BOUNDS[kind]} {next(iter(error['ctx'].values())):g}",
            None,
        )
    if key == ("name",):
        return key, f"got {describe(value)}", "up to 80 letters, digits, . _ + - (it names a folder)", None
    return key, f"{error['msg']}, got {describe(value)}", None, None


def _unknown(key: KeyPath, allowed: tuple[str, ...]) -> tuple[str, str | None, str | None]:
    """Message, allowed keys and the one probably meant, for a key that does not exist."""
    if meant := in_another_unit(key[-1], allowed):
        name, unit = meant
        return f"unknown key: the unit is in the name, and this value is in {unit}", None, f"{name} ({unit})"
    return "unknown key", listed(allowed) or None, suggestion(Scenario, key) or nearest_names(key[-1], allowed)


def _unknown_names(given: Any, known: Any, key: KeyPath) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    """Unknown keys below maps with free names, each with the known names."""
    if isinstance(given, dict) and isinstance(known, dict):
        for name, item in given.items():
            if name in known:
                yield from _unknown_names(item, known[name], (*key, name))
            elif not keys_at(Scenario, key):
                yield (*key, name), tuple(known)


def _place(error: ErrorDetails, data: Any) -> tuple[KeyPath, Any]:
    """Key path of a pydantic error and the value there."""
    location = [part for part in error["loc"] if part != "[key]"]
    return place_of(location, error["type"] == "missing", data)


def _expected(key: KeyPath) -> str | None:
    if key == ("load_cases",):
        return "at least one load case, e.g. flexion: {moment_Nm: 7.5}"
    choices = choices_at(Scenario, key) or choices_at(Scenario, (*key, "0"))
    if choices:
        return listed(choices)
    names = keys_at(Scenario, key)
    return f"a map with {listed(names)}" if names else getattr(type_at(Scenario, key), "__name__", None)


def _without(data: dict[str, Any], faulty: Iterable[KeyPath]) -> dict[str, Any]:
    """A copy without the faulty keys, so that the rest can be checked further."""
    data = copy.deepcopy(data)
    for key in faulty:
        here: Any = data
        for part in key:
            if not isinstance(here, dict) or part not in here:
                break
            if part == key[-1] or not isinstance(here[part], dict):
                del here[part]
                break
            here = here[part]
    return {"schema_version": 1, "name": "unnamed", **data}

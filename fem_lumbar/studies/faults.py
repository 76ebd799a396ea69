"""Readable messages on problems of a study file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.scenario.document import Document, describe
from fem_lumbar.scenario.keys import choices_at, keys_at
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
from fem_lumbar.studies.design import SHORT_NAMES
from fem_lumbar.studies.distributions import Simple
from fem_lumbar.studies.study_file import StudyFile

WHAT = "study"
DISTRIBUTIONS: dict[str, type[BaseModel]] = {
    kind: model for model in get_args(Simple) for kind in get_args(model.model_fields["kind"].annotation)
}
_KINDS = {
    "float_type": "a number", "int_type": "a whole number", "int_from_float": "a whole number",
    "bool_type": "true or false", "string_type": "text", "dict_type": "a map of keys", "model_type": "a map of keys",
    "model_attributes_type": "a map of keys", "list_type": "a list", "tuple_type": "a list",
    "float_parsing": "a number", "int_parsing": "a whole number", "bool_parsing": "true or false",
    "finite_number": "a finite number",
}  # fmt: skip
_BOUNDS = {
    "greater_than": "above", "greater_than_equal": "at least", "less_than": "below", "less_than_equal": "at most",
}  # fmt: skip


class Faults:
    """Collects problems of a study file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def note(self, key: KeyPath, message: str, allowed: str | None = None, nearest: str | None = None) -> None:
        """Record a problem at a key path."""
        self.problems.append(Problem(self.document.origin(key), key, message, allowed, nearest))

    def stop(self, path: Path) -> None:
        """Raise all recorded problems, if any, in reading order."""
        if self.problems:
            raise ScenarioError(path, in_reading_order(self.problems), WHAT)


def parsed(path: Path, document: Document) -> StudyFile:
    """The validated content of a study file.

    Raises
    ------
    ScenarioError
        With every key that is unknown, missing or of the wrong type.
    """
    faults = Faults(document)
    if isinstance(document.data.get("schema_version"), bool):  # equal to 1 in Python
        faults.note(("schema_version",), f"got {describe(document.data['schema_version'])}", "1")
    try:
        study = StudyFile.model_validate(document.data)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            faults.note(*_explained(one, document.data))
        faults.stop(path)
        raise
    faults.stop(path)
    return study


def _explained(error: ErrorDetails, data: Any) -> tuple[KeyPath, str, str | None, str | None]:
    """Key path, message, allowed values and suggestion."""
    key, value, kind = *_place(error, data), error["type"]
    if kind == "extra_forbidden":
        names = _names(key[:-1], data)
        return key, "unknown key", listed(names, 16) or None, nearest_names(key[-1], names)
    if kind == "missing" and isinstance(error["loc"][-1], int):
        return key[:-1], "too short", _example(key[:-1]), None
    if kind == "missing":
        return key, "required, but not given", _expected(key), None
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        if not isinstance(value, dict):
            return key, f"expected a map of keys, got {describe(value)}", "e.g. {kind: normal, mean: 0, sd: 1}", None
        given = value.get("kind")
        message = "required, but not given" if given is None else f"got {describe(given)}"
        near = nearest_names(given, DISTRIBUTIONS) if isinstance(given, str) else None
        return (*key, "kind"), message, listed(DISTRIBUTIONS, 12), near
    if choices := choices_at(StudyFile, key):
        near = SHORT_NAMES.get(value) or nearest_names(value, map(str, choices)) if isinstance(value, str) else None
        return key, f"got {describe(value)}", listed(choices, 12), near
    if kind in _KINDS:
        meant = truth_meant if kind.startswith("bool") else number_meant
        near = meant(value) if isinstance(value, str) and _KINDS[kind] != "a list" else None
        return key, f"expected {_KINDS[kind]}, got {describe(value)}", _example(key), near
    if kind in _BOUNDS:
        bound = f"{_BOUNDS[kind]} {next(iter(error['ctx'].values())):g}"
        return key, f"{value:g} is outside the accepted range", bound, None
    if kind in ("too_short", "too_long"):
        return key, f"got {describe(value)}", _example(key) or "at least one", None
    if key == ("name",):
        return key, f"got {describe(value)}", "up to 80 letters, digits, . _ + - (it names a folder)", None
    return key, f"got {describe(value)}", error["msg"].removeprefix("Input ").removeprefix("should be "), None


def _place(error: ErrorDetails, data: Any) -> tuple[KeyPath, Any]:
    """Key path of a pydantic error and the value there."""
    return place_of(error["loc"], error["type"] == "missing", data, _is_mark)


def _is_mark(part: Any, data: Mapping[str, Any]) -> bool:
    return part in DISTRIBUTIONS and data.get("kind") == part


def _names(key: KeyPath, data: Any) -> tuple[str, ...]:
    """Allowed keys at a path; in a distribution those of its kind."""
    for part in key:
        data = data[int(part)] if isinstance(data, list) else data.get(part) if isinstance(data, dict) else None
    if isinstance(data, dict) and data.get("kind") in DISTRIBUTIONS and key[-1:] == ("distribution",):
        return tuple(DISTRIBUTIONS[data["kind"]].model_fields)
    return keys_at(StudyFile, key)


def _expected(key: KeyPath) -> str | None:
    if choices := choices_at(StudyFile, key):
        return listed(choices, 12)
    return _example(key) or listed(keys_at(StudyFile, key), 16) or None


_EXAMPLES: dict[KeyPath, str] = {
    ("range",): "[lowest, highest], or text: 10:1000 log",
    ("within",): "[lowest, highest], null for none",
    ("factors",): f"at least one factor, e.g. state: {{key: mal.{LEVELS[-1]}.left.state, values: [absent, fibrous]}}",
    ("outputs",): "at least one path of a result, e.g. facet_force_N.*.left",
    ("design",): "e.g. {kind: latin_hypercube, points: 64, seed: 1}",
    ("scenario",): "a scenario file, e.g. ../scenarios/baseline.yaml",
    ("values",): "a list of values, e.g. [absent, fibrous]",
    ("keys",): "a list of scenario keys, or a map with {times, plus} of each",
}


def _example(key: KeyPath) -> str | None:
    return _EXAMPLES.get(key[-1:])

"""The JSON Schema of ``summary.json`` and validation against it."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from fem_lumbar.errors import PhysicsError

SCHEMA_VERSION = 1


@cache
def summary_schema() -> dict[str, Any]:
    """The JSON Schema of ``summary.json`` (schema_version 1)."""
    text = resources.files("fem_lumbar.report").joinpath("data/summary.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


def validate_summary(summary: dict[str, Any]) -> None:
    """Refuse a summary that does not follow the schema.

    Raises
    ------
    PhysicsError
        Naming each key path and what is wrong with it.
    """
    _validate(summary, _validator(), "summary.json")


def validate_case(name: str, entry: dict[str, Any]) -> None:
    """Refuse the entry of one load case that does not follow the schema (see :func:`validate_summary`)."""
    _validate(entry, _case_validator(), f"summary of load case {name!r}")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(summary_schema())


@cache
def _case_validator() -> Draft202012Validator:
    return Draft202012Validator(summary_schema()["$defs"]["load_case"])


def _validate(data: dict[str, Any], validator: Draft202012Validator, what: str) -> None:
    errors = sorted(validator.iter_errors(data), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        lines = [f"  {'.'.join(map(str, error.absolute_path)) or '(top)'}: {error.message}" for error in errors[:10]]
        raise PhysicsError(
            f"{what} does not follow the results schema (version {SCHEMA_VERSION}):\n" + "\n".join(lines)
        )

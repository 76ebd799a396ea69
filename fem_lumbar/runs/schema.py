"""The JSON Schema of ``summary.json`` and validation against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.errors import PhysicsError

SCHEMA_VERSION = 1
_BY_JOINT = (
    "idp_MPa", "disc_shortening_mm", "disc_bulge_mm", "facet_force_N", "facet", "load_path", "ligament_force_N",
    "ligament_strain",
)  # fmt: skip
"""Sections of a load case whose keys are joints, except for the load share, which has all joints of the segment."""


@cache
def summary_schema() -> dict[str, Any]:
    """The JSON Schema of ``summary.json`` (schema_version 1)."""
    text = resources.files("fem_lumbar.runs").joinpath("data/summary.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


def validate_summary(summary: dict[str, Any]) -> None:
    """Raise an error for a summary that does not conform to the schema.

    Raises
    ------
    PhysicsError
        With each key path and its problem.
    """
    _validate(summary, _validator(), "summary.json")


def validate_case(name: str, entry: dict[str, Any]) -> None:
    """Raise an error for the entry of a load case that does not conform to the schema (see :func:`validate_summary`).

    The schema checks the form of joint names; this function also checks that all sections have joints of one segment.
    """
    what = f"summary of load case {name!r}"
    _validate(entry, _case_validator(), what)
    joints = entry.get("load_share", {})
    bodies = {body for joint in joints for body in joint_levels(joint)}
    strangers = [
        f"  rotation_deg.{joint}: not between bodies of the segment"
        for joint in entry.get("rotation_deg", {})
        if joints and not bodies.issuperset(joint_levels(joint))
    ]
    strangers += [
        f"  {section}.{joint}: no such joint in the segment"
        for section in _BY_JOINT
        for joint in entry.get(section, {})
        if joints and joint not in joints
    ]
    if strangers:
        raise _refused(what, strangers)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(summary_schema())


@cache
def _case_validator() -> Draft202012Validator:
    return Draft202012Validator(summary_schema()["$defs"]["LoadCase"])


def _validate(data: dict[str, Any], validator: Draft202012Validator, what: str) -> None:
    errors = sorted(validator.iter_errors(data), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        lines = [f"  {'.'.join(map(str, error.absolute_path)) or '(top)'}: {error.message}" for error in errors[:10]]
        raise _refused(what, lines)


def _refused(what: str, lines: Sequence[str]) -> PhysicsError:
    return PhysicsError(f"{what} does not follow the results schema (version {SCHEMA_VERSION}):\n" + "\n".join(lines))

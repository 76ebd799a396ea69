"""The schema of the summary follows from its types, and takes what older versions stored."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from fem_lumbar.runs.outputs import definition, entries
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.schema import summary_schema, validate_summary
from fem_lumbar.runs.summary_schema import schema_text

STORED = Path(__file__).parent / "data" / "stored"
"""A run folder written before checks had a direction, shortened to one load case; fields and pictures left out."""


def test_schema_in_the_package_is_the_generated_one():
    there = resources.files("fem_lumbar.runs").joinpath("data/summary.schema.json").read_text(encoding="utf-8")
    remedy = "python -m fem_lumbar.runs.summary_schema > fem_lumbar/runs/data/summary.schema.json"
    assert there == schema_text(), remedy


def test_every_number_of_the_schema_is_defined():
    """A leaf without a description would be a number without a line in outputs.yaml."""

    def leaves(node, path):
        for key in ("properties", "patternProperties"):
            for name, below in node.get(key, {}).items():
                yield from leaves(below, (*path, name))
        if isinstance(node.get("additionalProperties"), dict):
            yield from leaves(node["additionalProperties"], (*path, "<key>"))
        if node.get("type") in ("number", "integer", "boolean", "string") or "anyOf" in node:
            yield path, node

    schema = summary_schema()
    found = [*leaves(schema, ()), *leaves(schema["$defs"]["LoadCase"], ("load_cases", "<case>"))]
    assert len(found) > 100
    assert [path for path, node in found if "description" not in node] == []


def test_stored_summary_of_an_older_version_follows_the_schema():
    summary = load_run(STORED).summary
    assert "direction" not in summary["load_cases"]["standing"]["checks"]["force_residual"]
    validate_summary(summary)
    assert [path for path in entries(summary) if definition(path) is None] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("direction", "sideways"), ("margin", "wide"), ("at_least", False), ("passed", 1), ("limit", None)],
)
def test_a_check_that_says_something_else_is_refused(key, value):
    summary = json.loads((STORED / "summary.json").read_text(encoding="utf-8"))
    summary["load_cases"]["standing"]["checks"]["force_residual"][key] = value
    assert list(Draft202012Validator(summary_schema()).iter_errors(summary))

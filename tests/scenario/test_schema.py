"""JSON Schema of scenario files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from fem_lumbar.scenario.schema import scenario_schema

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenarios_follow_the_schema(path):
    Draft202012Validator(scenario_schema()).validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"schema_version": 1, "mash": {}},
        {"schema_version": 1, "mal": {"L2": {}}},
        {"schema_version": 1, "mal": {"L5": {"left": {"state": "bony"}}}},
        {"schema_version": 1, "load_cases": {"flexion": {"moment_Nm": "large"}}},
        {"schema_version": 1, "load_cases": {"flexion": {"moment_Nmm": 1}}},
        {"schema_version": 1, "extends": []},
    ],
)
def test_wrong_scenarios_do_not(wrong):
    assert not Draft202012Validator(scenario_schema()).is_valid(wrong)


def test_schema_states_units():
    moment = scenario_schema()["$defs"]["LoadCase"]["properties"]["moment_Nm"]
    assert moment["unit"] == "N·m"

"""JSON Schema of scenario files: complete, as strict as the program, shipped and up to date."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from fem_lumbar.scenario.bounds import numbers, scenario_quantities
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.schema import FILE_NAME, scenario_schema

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SCHEMA = scenario_schema()
ALL = sorted(
    [*SCENARIOS.glob("*.yaml"), *(SCENARIOS / "mal").glob("*.yaml"), *SCENARIOS.glob("calibration/*_protocol.yaml")]
)
HEAD = {"schema_version": 1}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_shipped_scenarios_follow_the_schema(path):
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(path.read_text()))


def test_resolved_scenarios_follow_the_schema():
    Draft202012Validator(SCHEMA).validate(load_scenario(SCENARIOS / "baseline.yaml").resolved())


WRONG = [
    {},
    {**HEAD, "mash": {}},
    {**HEAD, "mal": {"L2": {}}},
    {**HEAD, "mal": {"L5": {"lift": {}}}},
    {**HEAD, "mal": {"L5": {"left": {"state": "bony"}}}},
    {**HEAD, "mal": {"L5": {"left": {"modulus_MPa": 100}}}},
    {**HEAD, "load_cases": {"flexion": {"moment_Nm": "large"}}},
    {**HEAD, "load_cases": {"flexion": {"moment_Nmm": 1}}},
    {**HEAD, "load_cases": {"flexion": {"moment_Nm": 26}}},
    {**HEAD, "load_cases": {"flexion": {"moment_Nm": -1}}},
    {**HEAD, "load_cases": {"mixed": {"moment_vector_Nm": [0, 26, 0]}}},
    {**HEAD, "load_cases": {"press": {"follower_N": 6001}}},
    {**HEAD, "load_cases": {"press": {"extends": 3}}},
    {**HEAD, "extends": []},
    {**HEAD, "materials": {"cortical": {"modulus_MPa": 99}}},
    {**HEAD, "materials": {"ligaments": {"ALLL": {}}}},
    {**HEAD, "materials": {"nucleus": {"c10_MPa": 11}}},
    {**HEAD, "anatomy": {"joints": {"L4-L5": {"disc_height_anterior_mm": 19}}}},
    {**HEAD, "anatomy": {"left": {"joints": {"L4-L5": {"disc_height_anterior_mm": 10}}}}},
    {**HEAD, "solver": {"maximum_iterations": 2}},
    {**HEAD, "mesh": {"disc_mm": 0.1}},
    {**HEAD, "muscles": {"scale": {"L5": {"left": 6}}}},
    {**HEAD, "muscles": {"fascicles": {"multifidus.m1s": {"left": {"force_N": -1}}}}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_scenarios_do_not(wrong):
    assert not Draft202012Validator(SCHEMA).is_valid(wrong)


RIGHT = [
    {**HEAD, "load_cases": {"flexion": None, "standing": {"extends": "standing", "follower_N": 3}}},
    {**HEAD, "load_cases": {"standing": {"muscle_activation": "balanced", "upper_body": {}}}},
    {**HEAD, "materials": {"endplate": {"modulus_MPa": 99}}},
    {**HEAD, "anatomy": {"left": {"joints": {"L4-L5": {"facet_gap_mm": 0.3}}}}},
    {**HEAD, "extends": ["a.yaml", "b.yaml"]},
]


@pytest.mark.parametrize("right", RIGHT, ids=str)
def test_right_scenarios_do(right):
    Draft202012Validator(SCHEMA).validate(right)


def properties(node, place="scenario"):
    """Every property below a node of a schema, with its place."""
    if isinstance(node, dict):
        for name, item in node.get("properties", {}).items():
            yield f"{place}.{name}", item
        for name, item in node.items():
            yield from properties(item, f"{place}.{name}")
    elif isinstance(node, list):
        for item in node:
            yield from properties(item, place)


def test_every_property_has_a_description():
    found = list(properties(SCHEMA))
    assert len(found) > 250
    assert [place for place, item in found if len(item.get("description", "")) < 8] == []


def test_limits_go_by_names_that_editors_know():
    text = json.dumps(SCHEMA)
    assert '"limits"' not in text and '"usual_range"' not in text
    moment = SCHEMA["$defs"]["LoadCase"]["properties"]["moment_Nm"]
    assert {"type": "number", "minimum": 0.0, "maximum": 25.0} in moment["anyOf"]
    assert moment["unit"] == "N·m" and moment["x-usual-range"] == [0.5, 10.0]
    assert moment["description"].endswith("usual 0.5 to 10 N·m")


def test_every_limit_of_the_program_is_in_the_schema():
    """A value just outside the limits of any number of a resolved scenario is refused by the schema too."""
    data = load_scenario(SCENARIOS / "baseline.yaml").resolved()
    validator = Draft202012Validator(SCHEMA)
    checked = 0
    for key, _, quantity in numbers(data, scenario_quantities("default")):
        if quantity is None or quantity.limits is None or checked > 400:
            continue
        low, high = quantity.limits
        is_item = key[-1].isdigit() and isinstance(quantity.value, list)
        path = key[:-1] if is_item else key
        for value in (low - 1e-3 * (1 + abs(low)), high + 1e-3 * (1 + abs(high))):
            given = [value] * len(quantity.value) if is_item else value
            nested = given
            for part in reversed(path):
                nested = {part: nested}
            assert not validator.is_valid({**HEAD, **nested}), (key, value)
            checked += 1
    assert checked > 200


def test_shipped_schema_is_up_to_date():
    """Otherwise: fem-lumbar schema > scenarios/scenario.schema.json"""
    assert json.loads((SCENARIOS / FILE_NAME).read_text(encoding="utf-8")) == SCHEMA


def test_modelines_lead_to_the_schema():
    """In all shipped scenarios, those that others extend among them; fits and questions of libraries are none."""
    files = [
        path for path in SCENARIOS.rglob("*.yaml") if path.name not in {"_question.yaml", "disc.yaml", "intact.yaml"}
    ]
    wrong = []
    for path in files:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        if not named or (path.parent / named[1]).resolve() != (SCENARIOS / FILE_NAME).resolve():
            wrong.append(path.relative_to(SCENARIOS).as_posix())
    assert wrong == [] and len(files) > 100

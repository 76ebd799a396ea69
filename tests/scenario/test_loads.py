"""What acts in a load case is told before it is run, and weight that is counted twice is warned about."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.scenario.load_case import LoadCase
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection
from fem_lumbar.scenario.loader import load_scenario, where_cases_are_given
from fem_lumbar.scenario.loads import case_lines, case_words

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize(
    ("name", "case", "words"),
    [
        ("flexion", {"moment_Nm": 7.5}, "flexion moment 7.5 N·m"),
        (
            "extension",
            {"moment_Nm": 7.5, "follower_N": 400, "follower_first": True, "unload": True},
            "follower load 400 N, then extension moment 7.5 N·m, and back",
        ),
        ("axial_rotation_left", {"rotation_deg": 3}, "axial rotation left turned by 3°"),
        (
            "mixed",
            {"moment_vector_Nm": (-2, 5, -1)},
            "moment left lateral bending 2 + flexion 5 + right axial rotation 1",
        ),
        ("press", {"axial_displacement_mm": -0.5}, "pulled apart by 0.5 mm"),
        ("standing", {"follower_N": 500, "muscle_activation": 0.05}, "follower load 500 N, muscles at 5 % activation"),
        (
            "upright",
            {"upper_body": {"weight_N": 397, "lever_arm_mm": -28}, "muscle_activation": "balanced"},
            "upper body 397 N 28 mm behind the uppermost endplate, balanced muscles",
        ),
    ],
)
def test_loads_in_words(name, case, words):
    assert case_words(name, LoadCase.model_validate(case)).removesuffix(" N·m") == words.removesuffix(" N·m")


def test_one_line_a_case_with_its_file():
    file = SCENARIOS / "mal_type3_L5_left.yaml"
    sets = ["load_cases.flexion.moment_Nm=5"]
    lines = case_lines(load_scenario(file, sets).load_cases, where_cases_are_given(file, sets))
    assert len(lines) == 8
    assert lines[0].split("  ")[-1] == "[--set load_cases.flexion.moment_Nm=5]"
    assert lines[-1].endswith("follower load 500 N, muscles at 5 % activation  [baseline.yaml]")


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("{follower_N: 500, upper_body: {}}", "its weight is counted twice: leave out one of them"),
        ("{follower_N: 500, upper_body: {}, muscle_activation: balanced}", "its weight is counted twice"),
        (
            "{follower_N: 500, moment_vector_Nm: [0, 5, 0], muscle_activation: balanced}",
            "muscles, they are counted twice",
        ),
        ("{upper_body: {}, muscle_activation: balanced}", None),
        ("{follower_N: 500, muscle_activation: 0.05}", None),
        ("{follower_N: 0, upper_body: {}}", None),
        ("{follower_N: 100, upper_body: {weight_N: 0}}", None),
    ],
)
def test_weight_counted_twice(tmp_path, case, told):
    (tmp_path / "a.yaml").write_text(f"schema_version: 1\nload_cases: {{standing: {case}}}\n")
    warnings = [line for line in load_scenario(tmp_path / "a.yaml").warnings if "twice" in line]
    assert (warnings == []) if told is None else (len(warnings) == 1 and told in warnings[0])


@pytest.mark.parametrize(
    "file", sorted(SCENARIOS.glob("*.yaml")) + sorted((SCENARIOS / "mal").glob("[a-z]*orst*.yaml"))
)
def test_shipped_scenarios_count_nothing_twice(file):
    assert not [line for line in load_scenario(file).warnings if "twice" in line]


def test_what_hangs_behind_and_beside_is_told_as_such():
    case = LoadCase(
        upper_body={"weight_N": 300, "lever_arm_mm": -20, "lateral_offset_mm": 10}
        | {"carried": {"mass_kg": 5, "lever_arm_mm": -150, "lateral_offset_mm": -30}}
    )
    assert "5 kg carried 150 mm behind and 30 mm to the right" in case_words("pack", case)
    applied = {"upper_body_N": 300.0, "upper_body_lever_arm_mm": -20.0, "upper_body_lateral_offset_mm": 10.0}
    applied |= {"carried_N": 49.0, "carried_lever_arm_mm": -150.0, "carried_lateral_offset_mm": -30.0}
    assert list(UpperBodySection.label(applied)) == [
        "upper body 300 N 20 mm behind and 10 mm to the left",
        "carries 49 N 150 mm behind and 30 mm to the right",
    ]

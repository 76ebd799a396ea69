"""A load case given anew replaces the inherited one; only one that says so starts from another."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fem_lumbar.scenario.loader import load_scenario, where_cases_are_given, with_values
from fem_lumbar.scenario.problems import ScenarioError

BASE = """schema_version: 1
load_cases:
  flexion: {moment_Nm: 7.5, follower_N: 100}
  standing: {follower_N: 500, muscle_activation: 0.05}
  upright: {upper_body: {weight_N: 300, lever_arm_mm: 20}, muscle_activation: balanced}
"""


def loaded(folder: Path, cases: str, sets=(), base: str = BASE):
    (folder / "base.yaml").write_text(base)
    (folder / "top.yaml").write_text(f"extends: base.yaml\nload_cases:\n{cases}")
    return load_scenario(folder / "top.yaml", sets)


def refused(folder: Path, cases: str, sets=(), base: str = BASE) -> str:
    with pytest.raises(ScenarioError) as caught:
        loaded(folder, cases, sets, base)
    assert "1 problem in" in str(caught.value)
    return str(caught.value)


def test_a_case_given_anew_replaces_the_inherited_one(tmp_path):
    case = loaded(tmp_path, "  standing: {upper_body: {}, muscle_activation: balanced}\n").load_cases["standing"]
    assert (case.follower_N, case.upper_body.weight_N, case.muscle_activation) == (0.0, 397.0, "balanced")


def test_the_other_cases_and_their_order_stay(tmp_path):
    scenario = loaded(tmp_path, "  standing: {follower_N: 700}\n  press: {follower_N: 900}\n")
    assert list(scenario.load_cases) == ["flexion", "standing", "upright", "press"]
    assert scenario.load_cases["standing"].muscle_activation is None
    assert (scenario.load_cases["flexion"].moment_Nm, scenario.load_cases["flexion"].follower_N) == (7.5, 100)


@pytest.mark.parametrize(
    ("cases", "name", "expected"),
    [
        ("  standing: {extends: standing, muscle_activation: 0.1}\n", "standing", (500, 0.1)),
        ("  tense: {extends: standing, muscle_activation: 0.1}\n", "tense", (500, 0.1)),
        ("  a: {extends: b, follower_N: 7}\n  b: {extends: standing, muscle_activation: 0.2}\n", "a", (7, 0.2)),
        ("  standing: {follower_N: 9}\n  heavy: {extends: standing, muscle_activation: 0.3}\n", "heavy", (9, 0.3)),
        ("  standing: null\n  renamed: {extends: standing}\n", "renamed", (500, 0.05)),
        ("  plain: {extends: standing, muscle_activation: null}\n", "plain", (500, None)),
    ],
)
def test_extends_starts_from_a_case(tmp_path, cases, name, expected):
    case = loaded(tmp_path, cases).load_cases[name]
    assert (case.follower_N, case.muscle_activation) == expected


def test_maps_inside_an_extending_case_merge(tmp_path):
    case = loaded(tmp_path, "  upright: {extends: upright, upper_body: {weight_N: 500}}\n").load_cases["upright"]
    assert (case.upper_body.weight_N, case.upper_body.lever_arm_mm, case.muscle_activation) == (500, 20, "balanced")


def test_null_removes_an_inherited_case(tmp_path):
    assert list(loaded(tmp_path, "  standing: null\n  upright:\n").load_cases) == ["flexion"]
    assert "standing" not in loaded(tmp_path, "  flexion: {moment_Nm: 1}\n", ["load_cases.standing=null"]).load_cases


def test_files_that_are_laid_over_others_may_extend_and_remove_what_is_there_then(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "change.yaml").write_text("load_cases: {flexion: null, standing: {extends: standing, follower_N: 9}}\n")
    (tmp_path / "top.yaml").write_text("extends: [base.yaml, change.yaml]\n")
    scenario = load_scenario(tmp_path / "top.yaml")
    assert list(scenario.load_cases) == ["standing", "upright"]
    assert (scenario.load_cases["standing"].follower_N, scenario.load_cases["standing"].muscle_activation) == (9, 0.05)


def test_an_override_of_a_value_changes_that_value_alone(tmp_path):
    case = loaded(tmp_path, "  a: {follower_N: 1}\n", ["load_cases.flexion.moment_Nm=5"]).load_cases["flexion"]
    assert (case.moment_Nm, case.follower_N) == (5, 100)
    body = loaded(tmp_path, "  a: {follower_N: 1}\n", ["load_cases.upright.upper_body.weight_N=5"]).load_cases[
        "upright"
    ]
    assert (body.upper_body.weight_N, body.upper_body.lever_arm_mm) == (5, 20)


def test_an_override_of_a_case_replaces_it(tmp_path):
    sets = ["load_cases.standing={upper_body: {}, muscle_activation: balanced}"]
    assert loaded(tmp_path, "  a: {follower_N: 1}\n", sets).load_cases["standing"].follower_N == 0.0
    sets = ["load_cases.standing={extends: standing, muscle_activation: 0.2}"]
    assert loaded(tmp_path, "  a: {follower_N: 1}\n", sets).load_cases["standing"].follower_N == 500


def test_other_values_of_a_resolved_scenario_change_one_value(tmp_path):
    scenario = with_values(loaded(tmp_path, "  a: {follower_N: 1}\n"), {"load_cases.flexion.moment_Nm": 3.0})
    assert (scenario.load_cases["flexion"].moment_Nm, scenario.load_cases["flexion"].follower_N) == (3.0, 100)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        (
            "  press: null\n",
            ["top.yaml:3: load_cases.press: null removes an inherited load case, but none of this name"],
        ),
        ("  standin: null\n", ["none of this name is inherited", "did you mean standing?"]),
        (
            "  a: {extends: standin, follower_N: 3}\n",
            ["load_cases.a.extends: no load case 'standin'", "mean standing?"],
        ),
        (
            "  a: {extends: a, follower_N: 3}\n",
            ["load_cases.a.extends: no load case 'a' is inherited", "flexion, stand"],
        ),
        ("  a: {extends: 3, follower_N: 3}\n", ["load_cases.a.extends: not the name of a load case"]),
        (
            "  a: {extends: b}\n  b: {follower_N: 3, extends: c}\n  c: {extends: null}\n",
            ["not the name of a load case"],
        ),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, cases, expected):
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "top.yaml").write_text(f"extends: base.yaml\nload_cases:\n{cases}")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "top.yaml")
    for part in expected:
        assert part in str(caught.value)


def test_circles_and_endless_chains_are_refused(tmp_path):
    assert "the chain from 'b' via 'a' reaches no complete load case" in circle(
        tmp_path, "  a: {extends: b}\n  b: {extends: a}\n"
    )
    chain = "".join(f"  c{i}: {{extends: c{i + 1}}}\n" for i in range(1200)) + "  c1200: {follower_N: 3}\n"
    assert "reaches no complete load case" in circle(tmp_path, chain)


def circle(tmp_path, cases: str) -> str:
    (tmp_path / "top.yaml").write_text(f"schema_version: 1\nload_cases:\n{cases}")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "top.yaml")
    return str(caught.value)


def test_a_value_of_a_case_that_is_not_there_is_no_new_case(tmp_path):
    shown = refused(tmp_path, "  a: {follower_N: 1}\n", ["load_cases.standin.follower_N=600"])
    assert "--set load_cases.standin.follower_N=600: load_cases.standin: no load case 'standin'" in shown
    assert "did you mean standing?" in shown and "load_cases.standin={...}" in shown


def test_faults_in_what_was_inherited_name_the_file_they_are_in(tmp_path):
    base = BASE.replace("follower_N: 500", "follower_N: -5")
    assert "base.yaml:4: load_cases.more.follower_N: -5 N" in circle_of_base(tmp_path, base)


def circle_of_base(tmp_path, base: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        loaded(tmp_path, "  more: {extends: standing, muscle_activation: 0.1}\n", (), base)
    return str(caught.value)


def test_where_each_case_comes_from(tmp_path):
    loaded(tmp_path, "  standing: {extends: standing, follower_N: 9}\n  press: {follower_N: 1}\n")
    places = where_cases_are_given(tmp_path / "top.yaml", ["load_cases.flexion.moment_Nm=5"])
    assert places["upright"] == ("base.yaml",)
    assert places["press"] == ("top.yaml",)
    assert set(places["standing"]) == {"base.yaml", "top.yaml"}
    assert set(places["flexion"]) == {"base.yaml", "--set load_cases.flexion.moment_Nm=5"}


@pytest.mark.parametrize(
    ("below", "key", "value"),
    [
        ("mal: {L5: {left: type_III}}\n", "mal.L5.left", "mal.L5.left.fibrous_modulus_MPa=80"),
        ("materials: {nucleus: 5}\n", "materials.nucleus", "materials.nucleus.c10_MPa=0.1"),
        ("muscles: {scale: {L5: 0.5}}\n", "muscles.scale.L5", "muscles.scale.L5.left=0.9"),
    ],
)
def test_a_wrong_value_is_told_although_a_map_is_laid_over_it(tmp_path, below, key, value):
    (tmp_path / "base.yaml").write_text(BASE)
    file = tmp_path / "lower.yaml"
    file.write_text(f"extends: base.yaml\n{below}", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file, [value])
    (problem,) = caught.value.problems
    assert ".".join(problem.key) == key and "expected a map" in problem.message
    assert problem.origin.file.name == "lower.yaml" and problem.origin.line == 2
    (tmp_path / "upper.yaml").write_text("extends: lower.yaml\n" + yaml.safe_dump(_nested(value)), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"lower\.yaml:2"):
        load_scenario(tmp_path / "upper.yaml", [])


def test_a_grade_under_a_map_of_its_numbers_is_no_fault(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    file = tmp_path / "lower.yaml"
    file.write_text("extends: base.yaml\ndegeneration: {L4-L5: {disc: 2}}\n", encoding="utf-8")
    scenario = load_scenario(file, ["degeneration.L4-L5.disc={grade: 3, height_loss: 0.2}"])
    assert scenario.degeneration["L4-L5"].disc.grade == 3


def _nested(setting: str) -> dict:
    key, value = setting.split("=")
    found = yaml.safe_load(value)
    for part in reversed(key.split(".")):
        found = {part: found}
    return found

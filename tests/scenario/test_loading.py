"""Scenario files: shipped ones, extends, overrides, defaults, resolved round trip."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.conventions import MOMENT_AXIS, SIDES
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NO_MALS = tuple(f"mal.{level}.{side}.state=absent" for level in ("L3", "L4", "L5") for side in SIDES)
MINIMAL = "schema_version: 1\nload_cases: {flexion: {moment_Nm: 7.5}}\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenarios_load_without_warnings(path):
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert scenario.description
    assert scenario.warnings == ()


def test_baseline_has_the_agreed_load_cases():
    scenario = load_scenario(SCENARIOS / "baseline.yaml")
    assert set(scenario.load_cases) == {*MOMENT_AXIS, "compression", "standing"}
    assert all(scenario.load_cases[name].moment_Nm == 7.5 for name in MOMENT_AXIS)
    assert scenario.load_cases["compression"].follower_N == 500
    assert scenario.load_cases["standing"].follower_N == 500
    assert scenario.load_cases["standing"].muscle_activation > 0
    assert {scenario.mal[level][side].state for level in LEVELS for side in SIDES} == {"fibrous"}


def test_type_3_differs_from_the_baseline_in_one_state_only():
    baseline = load_scenario(SCENARIOS / "baseline.yaml").resolved()
    ossified = load_scenario(SCENARIOS / "mal_type3_L5_left.yaml").resolved()
    assert ossified["mal"]["L5"]["left"]["state"] == "type_III"
    ossified["mal"]["L5"]["left"]["state"] = "fibrous"
    for key in ("name", "description"):
        ossified[key] = baseline[key]
    assert ossified == baseline


def test_atrophy_is_31_percent():
    scenario = load_scenario(SCENARIOS / "multifidus_atrophy_L5_left.yaml")
    assert scenario.muscles.scale == {"L5": {"left": pytest.approx(1 - 0.31)}}


def test_disc_only_has_no_posterior_structures():
    scenario = load_scenario(SCENARIOS / "disc_only_L4-L5.yaml")
    assert scenario.segment.joints == ("L4-L5",)
    assert scenario.segment.bodies == ("L4", "L5")
    assert not scenario.structures.posterior_elements
    assert not scenario.structures.facet_contact
    assert scenario.structures.ligaments == ()
    assert {mal.state for sides in scenario.mal.values() for mal in sides.values()} == {"absent"}


def test_maps_merge_and_lists_replace(tmp_path):
    write(
        tmp_path,
        "base.yaml",
        "schema_version: 1\ndescription: base\nstructures: {ligaments: [ALL, PLL, LF]}\n"
        "mal: {L5: {left: {fibrous_modulus_MPa: 80}}}\n"
        "load_cases:\n  flexion: {moment_Nm: 7.5, follower_N: 100}\n  compression: {follower_N: 500}\n",
    )
    child = write(
        tmp_path,
        "child.yaml",
        "extends: base.yaml\nstructures: {ligaments: [CL]}\nmal: {L5: {left: {state: type_I}}}\n",
    )
    scenario = load_scenario(child)
    assert scenario.name == "child"
    assert scenario.description == ""
    assert scenario.structures.ligaments == ("CL",)
    assert scenario.mal["L5"]["left"].state == "type_I" and scenario.mal["L5"]["left"].fibrous_modulus_MPa == 80
    assert scenario.load_cases["flexion"].follower_N == 100
    assert "compression" in scenario.load_cases


def test_extends_is_relative_to_the_file_that_says_it(tmp_path):
    (tmp_path / "deep").mkdir()
    write(tmp_path, "base.yaml", MINIMAL)
    write(tmp_path, "middle.yaml", "extends: base.yaml\nmesh: {density: test}\n")
    scenario = load_scenario(write(tmp_path / "deep", "top.yaml", "extends: ../middle.yaml\n"))
    assert scenario.mesh.density == "test"
    assert "flexion" in scenario.load_cases


def test_extends_lays_later_files_of_a_list_over_earlier_ones(tmp_path):
    write(tmp_path, "base.yaml", MINIMAL + "materials: {nucleus: {c10_MPa: 0.1, c01_MPa: 0.02}}\n")
    write(tmp_path, "first.yaml", "parameter_set: {name: first, keys: [a]}\nmaterials: {nucleus: {c10_MPa: 0.11}}\n")
    write(tmp_path, "second.yaml", "parameter_set: {name: second}\nmaterials: {nucleus: {bulk_modulus_MPa: 1700}}\n")
    top = "extends: [base.yaml, first.yaml, second.yaml]\nmaterials: {nucleus: {c01_MPa: 0.03}}\n"
    scenario = load_scenario(write(tmp_path, "top.yaml", top))
    nucleus = scenario.materials.nucleus
    assert (nucleus.c10_MPa, nucleus.c01_MPa, nucleus.bulk_modulus_MPa) == (0.11, 0.03, 1700)
    assert scenario.parameter_set.name == "second" and scenario.parameter_set.keys == ()
    assert scenario.resolved()["parameter_set"]["name"] == "second"
    assert scenario.name == "top"


def test_a_fitted_set_is_about_values_that_there_are(tmp_path):
    told = "parameter_set: {name: mine, keys: [materials.nucleus.c10_MPa, materials.nukleus.c10_MPa]}\n"
    with pytest.raises(ScenarioError, match=r"a.yaml:\d+: parameter_set.keys\[1\]: 'materials.nukleus.c10_MPa' is no"):
        load_scenario(write(tmp_path, "a.yaml", MINIMAL + told))


def test_the_same_file_may_be_extended_on_two_ways(tmp_path):
    write(tmp_path, "base.yaml", MINIMAL)
    write(tmp_path, "a.yaml", "extends: base.yaml\nmesh: {density: test}\n")
    write(tmp_path, "b.yaml", "extends: base.yaml\n")
    assert load_scenario(write(tmp_path, "c.yaml", "extends: [a.yaml, b.yaml]\n")).mesh.density == "test"


def test_where_a_parameter_set_comes_from_does_not_change_the_hash(tmp_path):
    plain = load_scenario(write(tmp_path, "a.yaml", MINIMAL))
    told = load_scenario(write(tmp_path, "b.yaml", MINIMAL + "parameter_set: {name: mine}\n"))
    assert plain.sha256 == told.sha256


def test_overrides_win_over_the_file_and_later_ones_over_earlier(tmp_path):
    path = write(tmp_path, "a.yaml", MINIMAL)
    sets = ["mal.L5.left.state=type_II", "load_cases.flexion.moment_Nm=1", "load_cases.flexion.moment_Nm=2.5"]
    scenario = load_scenario(path, sets, density="test")
    assert scenario.mal["L5"]["left"].state == "type_II"
    assert scenario.load_cases["flexion"].moment_Nm == 2.5
    assert scenario.mesh.density == "test"


def test_override_with_a_map_merges_and_with_a_list_replaces(tmp_path):
    path = write(tmp_path, "a.yaml", MINIMAL)
    scenario = load_scenario(path, ["mal.L4={left: {state: absent}}", "structures.ligaments=[ALL]"])
    assert scenario.mal["L4"]["left"].state == "absent"
    assert scenario.mal["L4"]["right"].state == "fibrous"
    assert scenario.structures.ligaments == ("ALL",)


def test_override_reaches_a_fascicle_whose_name_has_a_dot(tmp_path):
    path = write(tmp_path, "a.yaml", MINIMAL)
    sets = ["muscles.fascicles.multifidus.m1s.left.force_N=20", "load_cases.flexion.muscle_activation=0"]
    scenario = load_scenario(path, sets)
    assert scenario.muscles.fascicles["multifidus.m1s"]["left"].force_N == 20


def test_cases_are_kept_in_the_order_of_the_file():
    scenario = load_scenario(SCENARIOS / "baseline.yaml", cases=["standing", "flexion"])
    assert list(scenario.load_cases) == ["flexion", "standing"]


def test_numbers_follow_yaml_1_2(tmp_path):
    path = write(tmp_path, "a.yaml", MINIMAL + "solver: {relative_tolerance: 1e-7}\ndescription: on\n")
    scenario = load_scenario(path)
    assert scenario.solver.relative_tolerance == 1e-7
    assert scenario.description == "on"


def test_mals_of_levels_outside_the_model_are_absent(tmp_path):
    path = write(tmp_path, "a.yaml", MINIMAL + "structures: {joints: [L4-L5]}\nmal: {L3: {left: {state: fibrous}}}\n")
    scenario = load_scenario(path)
    assert scenario.mal["L3"]["left"].state == "absent"
    assert scenario.mal["L4"]["left"].state == "fibrous"


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_resolved_scenario_loads_to_the_same(path, tmp_path):
    scenario = load_scenario(path)
    copy = write(tmp_path, "resolved.yaml", yaml.safe_dump(scenario.resolved(), sort_keys=False))
    again = load_scenario(copy)
    assert again == scenario
    assert again.sha256 == scenario.sha256


def test_hash_depends_on_what_decides_the_numbers_only(tmp_path):
    first = load_scenario(write(tmp_path, "a.yaml", MINIMAL))
    renamed = load_scenario(write(tmp_path, "b.yaml", MINIMAL + "description: other words\n"))
    changed = load_scenario(write(tmp_path, "c.yaml", MINIMAL + "materials: {nucleus: {c10_MPa: 0.13}}\n"))
    assert first.sha256 == renamed.sha256
    assert first.sha256 != changed.sha256


def test_values_outside_the_usual_range_are_warned_about(tmp_path):
    text = MINIMAL + "mal: {L4: {right: {fibrous_modulus_MPa: 900}}}\nmaterials: {nucleus: {c10_MPa: 1.5}}\n"
    warnings = "\n".join(load_scenario(write(tmp_path, "a.yaml", text)).warnings)
    assert "mal.L4.right.fibrous_modulus_MPa = 900 MPa is outside the usual 20 to 600 MPa" in warnings
    assert "materials.nucleus.c10_MPa = 1.5 MPa" in warnings


def test_settings_without_effect_are_warned_about(tmp_path):
    text = MINIMAL + "mal: {L4: {right: {bone_modulus_MPa: 900}}}\nmuscles: {scale: {L5: {left: 0.7}}}\n"
    warnings = "\n".join(load_scenario(write(tmp_path, "a.yaml", text)).warnings)
    assert "mal.L4.right.bone_modulus_MPa has no effect" in warnings
    assert "muscles.scale has no effect: no load case has muscle_activation" in warnings


def test_muscle_settings_that_the_selected_cases_do_not_use_are_warned_about():
    atrophy = SCENARIOS / "multifidus_atrophy_L5_left.yaml"
    unused = "muscles.scale has no effect: no load case has muscle_activation"
    assert load_scenario(atrophy, cases=["flexion", "standing"]).warnings == ()
    assert load_scenario(atrophy, cases=["flexion"]).warnings == (unused,)
    shares = load_scenario(SCENARIOS / "baseline.yaml", ["muscles.mal_share=0.3"], cases=["flexion"])
    assert shares.warnings == ("muscles.mal_share has no effect: no load case has muscle_activation",)


@pytest.mark.parametrize(
    ("sets", "case", "told"),
    [
        (("muscles.mal_share=0.3", "muscles.mal_fascia_N_per_mm_per_cm2=40"), "standing", "mal_share is given"),
        (("muscles.mal_share=0.3", *NO_MALS), "standing", "every MAL is absent"),
        (
            ("materials.annulus.relaxation_slow_share=0.2",),
            "flexion",
            "no load case has loading_s, duration_s or cycle_s",
        ),
    ],
)
def test_shares_and_relaxation_without_effect_are_warned_about(sets, case, told):
    (warning,) = load_scenario(SCENARIOS / "baseline.yaml", list(sets), cases=[case]).warnings
    assert warning.endswith(f"has no effect: {told}")
    assert load_scenario(SCENARIOS / "baseline.yaml", cases=[case]).warnings == ()


def test_muscle_size_without_activation_is_warned_about(tmp_path):
    text = (
        "schema_version: 1\nload_cases: {pull: {follower_N: 500, muscle_activation: 0}}\n"
        "muscles: {scale: {L5: {left: 0.7}}, fascicles: {multifidus.m1s: {left: {force_N: 5}}}}\n"
    )
    scenario = load_scenario(write(tmp_path, "a.yaml", text))
    assert scenario.warnings == ("muscles.scale has no effect: muscle_activation is 0 in every load case",)


def test_unknown_case_names_those_there_are():
    with pytest.raises(ScenarioError, match=r"no load case 'flexoin'.*\n.*flexion.*\n.*did you mean flexion") as caught:
        load_scenario(SCENARIOS / "baseline.yaml", cases=["flexoin"])
    assert caught.value.exit_code == 2


def test_an_interruption_while_values_are_written_out_stays_one(monkeypatch):
    """Ctrl-C that comes while pydantic serialises must not end a run as an error of the program."""

    def interrupted(_):
        raise KeyboardInterrupt

    scenario = load_scenario(SCENARIOS / "baseline.yaml")
    monkeypatch.setattr("fem_lumbar.materials.tissues.given", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scenario.resolved()

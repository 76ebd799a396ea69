"""Tissues of single joints and bodies: keys, inheritance, hash, warnings, what is refused, and where they are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from fem_lumbar.cli.main import main
from fem_lumbar.materials.tissues import BodyTissues, JointTissues
from fem_lumbar.scenario.citations import SET_HERE, citations
from fem_lumbar.scenario.loader import load_scenario, with_values
from fem_lumbar.scenario.parameter_sets import differences, named_set
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.scenario.schema import scenario_schema

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
ANNULUS = "materials.joints.L4-L5.annulus.c10_MPa"
CORE = "materials.bodies.L4.cancellous.modulus_MPa"
PRESTRAIN = "materials.joints.L3-L4.ligaments.ITL.prestrain"


def baseline(*sets: str):
    return load_scenario(BASELINE, sets=sets)


def test_only_what_is_given_differs():
    materials = baseline(f"{ANNULUS}=0.3", f"{CORE}=55", f"{PRESTRAIN}=0.02").materials
    changed = materials.of_joint("L4-L5")
    assert changed.annulus == materials.annulus.model_copy(update={"c10_MPa": 0.3})
    assert changed.ligaments == materials.ligaments
    assert changed.nucleus == materials.nucleus and changed.facet_cartilage == materials.facet_cartilage
    changed = materials.ligaments["ITL"].model_copy(update={"prestrain": 0.02})
    assert materials.of_joint("L3-L4").ligaments == {**materials.ligaments, "ITL": changed}
    assert materials.of_joint("L3-L4").annulus == materials.annulus
    assert materials.of_body("L4").cancellous.modulus_MPa == 55
    assert materials.of_body("L5") == BodyTissues(
        **{name: getattr(materials, name) for name in BodyTissues.model_fields}
    )


def test_what_is_not_given_follows_the_value_that_holds_everywhere():
    materials = baseline(f"{ANNULUS}=0.3", "materials.annulus.c10_MPa=0.1", "materials.annulus.c01_MPa=0.05").materials
    assert (materials.of_joint("L3-L4").annulus.c10_MPa, materials.of_joint("L4-L5").annulus.c10_MPa) == (0.1, 0.3)
    assert materials.of_joint("L4-L5").annulus.c01_MPa == 0.05


def test_file_extended_and_command_line_lay_over_one_another(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    head = "schema_version: 1\n"
    low.write_text(f"{head}extends: {BASELINE}\nmaterials: {{joints: {{L4-L5: {{annulus: {{c10_MPa: 0.2}}}}}}}}\n")
    high.write_text(f"{head}extends: low.yaml\nmaterials: {{joints: {{L4-L5: {{annulus: {{c01_MPa: 0.1}}}}}}}}\n")
    own = load_scenario(high, sets=("materials.joints.L4-L5.nucleus.c10_MPa=0.07",)).resolved()["materials"]["joints"]
    assert own == {"L4-L5": {"annulus": {"c10_MPa": 0.2, "c01_MPa": 0.1}, "nucleus": {"c10_MPa": 0.07}}}


def test_a_scenario_without_them_is_stored_and_hashed_as_before():
    plain = baseline()
    assert plain.resolved()["materials"].keys().isdisjoint({"joints", "bodies"})
    empty = baseline("materials.joints.L4-L5={annulus: {}, nucleus: null, ligaments: {CL: {}}}", "materials.bodies={}")
    assert empty.sha256 == plain.sha256
    assert baseline(f"{ANNULUS}=0.3").sha256 != plain.sha256


def test_resolved_values_load_again(tmp_path):
    scenario = baseline(f"{ANNULUS}=0.3", f"{CORE}=55", f"{PRESTRAIN}=0.02")
    assert scenario.resolved()["materials"]["bodies"] == {"L4": {"cancellous": {"modulus_MPa": 55.0}}}
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(scenario.resolved()))
    assert load_scenario(path) == scenario
    Draft202012Validator(scenario_schema()).validate(scenario.resolved())
    assert with_values(scenario, {ANNULUS: 0.4}).materials.of_joint("L4-L5").annulus.c10_MPa == 0.4


def test_ranges_sources_and_assumptions_are_those_of_the_tissue():
    scenario = baseline(f"{ANNULUS}=0.9", f"{PRESTRAIN}=0.02")
    (warning,) = scenario.warnings
    assert warning.startswith(f"{ANNULUS} = 0.9 MPa is outside the usual 0.035 to 0.7 MPa")
    (assumed,) = [one for one in scenario.assumed_values if one["name"] == PRESTRAIN]
    assert (assumed["value"], assumed["unit"], assumed["confidence"]) == (0.02, "-", "set in the scenario")
    (here,) = [one for one in citations(scenario) if one["source"] == SET_HERE]
    assert {ANNULUS, PRESTRAIN} <= set(here["values"])


def test_a_place_outside_the_model_is_told_and_not_cited():
    sets = (f"{PRESTRAIN}=0.05", "materials.bodies.L3.cancellous.modulus_MPa=80")
    scenario = load_scenario(BASELINE.parent / "disc_only_L4-L5.yaml", sets=sets)
    assert [line for line in scenario.warnings if "has no effect" in line] == [
        "materials.joints.L3-L4 has no effect: L3-L4 is not in the model",
        "materials.bodies.L3 has no effect: L3 is not in the model",
    ]
    cited = [value for one in citations(scenario) for value in one["values"]]
    assert not [value for value in cited if value.startswith(("materials.joints", "materials.bodies"))]


REFUSED = {
    "materials.joints.L4-L3.annulus.c10_MPa=0.3": ("unknown key", "did you mean L3-L4?"),
    "materials.bodies.L4-L5.cancellous.modulus_MPa=100": ("unknown key", "allowed: L3, L4, L5"),
    "materials.joints.L4-L5.anulus.c10_MPa=0.3": ("unknown key", "did you mean annulus"),
    "materials.joints.L4-L5.cortical.modulus_MPa=9000": ("unknown key", "did you mean materials.cortical?"),
    "materials.joints.L4-L5.ligaments.CLL.prestrain=0": ("unknown key", "did you mean CL"),
    "materials.joints.L4-L5.annulus.c10_kPa=300": ("this value is in MPa", "did you mean c10_MPa (MPa)?"),
    "materials.joints.L4-L5.annulus.c10_MPa=-0.3": ("is outside the accepted range", "allowed: 0.001 to 10 MPa"),
    "materials.joints.L4-L5.annulus.fibre_dispersion=0.4": ("is outside the accepted range", "allowed: 0 to 0.3333"),
    "materials.bodies.L4.cancellous.modulus_MPa=soft": ("expected a number, got text 'soft'", ""),
    "materials.joints.L4-L5.annulus=3": ("expected a map of keys, got the number 3", ""),
}


@pytest.mark.parametrize("text", REFUSED)
def test_wrong_keys_and_values_are_refused_in_place(text):
    with pytest.raises(ScenarioError) as error:
        baseline(text)
    message = str(error.value)
    assert f"--set {text}: materials." in message
    assert all(part in message for part in REFUSED[text])


def test_the_editor_knows_the_keys_and_their_limits():
    check = Draft202012Validator(scenario_schema())
    head = {"schema_version": 1}

    def of_disc(value):
        return {**head, "materials": {"joints": {"L4-L5": {"annulus": {"c10_MPa": value}}}}}

    assert check.is_valid(of_disc(0.3)) and not check.is_valid(of_disc(11))
    assert not check.is_valid({**head, "materials": {"joints": {"L2-L3": {}}}})
    assert not check.is_valid({**head, "materials": {"bodies": {"L4": {"annulus": {}}}}})


def test_every_value_of_a_tissue_may_be_given_for_one_joint():
    whole = baseline().materials
    tissues = {"annulus": whole.annulus, "nucleus": whole.nucleus, "facet_cartilage": whole.facet_cartilage}
    tissues |= {f"ligaments.{name}": ligament for name, ligament in whole.ligaments.items()}
    sets = [f"materials.joints.L4-L5.{name}.{key}={value}" for name, one in tissues.items() for key, value in one]
    assert baseline(*sets).materials.of_joint("L4-L5") == JointTissues(
        **{name: getattr(whole, name) for name in JointTissues.model_fields}
    )


def test_params_show_and_diff_tell_them(tmp_path, capsys):
    path = tmp_path / "soft.yaml"
    path.write_text("materials: {joints: {L4-L5: {annulus: {c10_MPa: 0.3}}}}\n")
    assert main(["params", "show", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["own"] == ["joints.L4-L5.annulus.c10_MPa"]
    found = {key: (one.value, two.value) for key, one, two in differences(named_set("default"), named_set(str(path)))}
    whole = baseline().materials.annulus.c10_MPa
    assert found == {"joints.L4-L5.annulus.c10_MPa": (whole, 0.3)}
    assert main(["params", "diff", str(path), "default"]) == 0
    assert "joints.L4-L5.annulus.c10_MPa" in capsys.readouterr().out

"""Ossified ligaments in a scenario: keys, defaults, hash, what is told and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.ossification import OssifiedLigament, bridges, ossified_part
from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.scenario.schema import scenario_schema
from fem_lumbar.scenario.sections import settings_quantities
from fem_lumbar.simulation.assumptions import model_assumptions

SCENARIOS = Path(__file__).parents[2] / "scenarios"
KEY = "ossification.L4-L5"
DATA = settings_quantities()["ossification"]


def baseline(*sets: str):
    return load_scenario(SCENARIOS / "baseline.yaml", sets=sets)


def test_no_ossification_is_stored_and_hashed_as_before():
    plain = baseline()
    assert "ossification" not in plain.resolved()
    assert baseline("ossification={L4-L5: {}}").sha256 == plain.sha256 == baseline("ossification=null").sha256
    assert baseline(f"{KEY}.ALL.fraction=1").sha256 != plain.sha256


def test_resolved_values_load_again(tmp_path):
    given = "{fraction: 0.5, from: upper, thickness_mm: 3, tissue: cartilaginous, bridge_modulus_MPa: 30}"
    scenario = baseline(f"{KEY}.ALL={given}", f"{KEY}.LF.fraction=1")
    assert scenario.resolved()["ossification"]["L4-L5"] == {
        "ALL": {**yaml.safe_load(given), "bridge": False},
        "LF": {"fraction": 1.0, "tissue": "bony", "bridge": False},
    }
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(scenario.resolved()))
    assert load_scenario(path) == scenario
    Draft202012Validator(scenario_schema()).validate(scenario.resolved())


@pytest.mark.parametrize("tissue", ["bony", "cartilaginous"])
def test_what_is_left_out_is_that_of_the_tissue_and_of_the_ligament(tissue):
    plain = OssifiedLigament(fraction=1.0, tissue=tissue).of("LF")
    assert (plain.modulus_MPa, plain.thickness_ratio) == (DATA["tissue_modulus_MPa"][tissue].value, 1.0)
    thick = OssifiedLigament(fraction=1.0, tissue=tissue, thickness_mm=7.0, bridge_modulus_MPa=900.0).of("LF")
    assert (thick.modulus_MPa, thick.thickness_ratio) == (900.0, 7.0 / DATA["ligament_thickness_mm"]["LF"].value)


@pytest.mark.parametrize(("end", "reach"), [("lower", (0.0, 0.25)), ("upper", (0.75, 1.0))])
def test_it_grows_from_the_end_that_is_given(end, reach):
    scenario = baseline(f"{KEY}.PLL={{fraction: 0.25, from: {end}}}")
    assert scenario.ossification["L4-L5"]["PLL"].of("PLL").reach == pytest.approx(reach)
    (line,) = scenario.warnings
    assert line.startswith(f"{KEY}.PLL.from has no effect")


def test_sides_of_a_pair_can_differ():
    scenario = baseline(f"{KEY}.LF={{left: {{fraction: 0.6}}, right: {{fraction: 0.2, thickness_mm: 5}}}}")
    found = {side: ossified_part(scenario.ossification, "L4-L5", "LF", side).fraction for side in ("left", "right")}
    assert found == {"left": 0.6, "right": 0.2}
    one_sided = baseline(f"{KEY}.LF.left.fraction=0.6")
    assert ossified_part(one_sided.ossification, "L4-L5", "LF", "right").fraction == 0.0
    assert (
        load_scenario(SCENARIOS / "baseline.yaml", sets=(f"ossification={one_sided.resolved()['ossification']}",))
        == one_sided
    )


def test_a_bridge_has_the_measures_of_its_ligament_unless_others_are_given():
    (usual,) = bridges(baseline(f"{KEY}.PLL.bridge=true").ossification)
    assert (usual.thickness_mm, usual.width_mm, usual.modulus_MPa) == (
        DATA["ligament_thickness_mm"]["PLL"].value,
        DATA["bridge"]["PLL"]["width_mm"].value,
        3500.0,
    )
    (given,) = bridges(
        baseline(f"{KEY}.ALL={{bridge: true, width_mm: 40, thickness_mm: 12, azimuth_deg: 20}}").ossification
    )
    assert (given.thickness_mm, given.width_mm, given.azimuth_deg) == (12.0, 40.0, 20.0)


def test_assumptions_are_told():
    scenario = baseline(f"{KEY}.ALL.fraction=1", f"{KEY}.LF={{fraction: 0.5, bridge_modulus_MPa: 13000}}")
    told = {one["name"]: one for one in scenario.assumed_values if one["name"].startswith("ossification")}
    modulus = told[f"{KEY}.ALL.bridge_modulus_MPa"]
    assert (modulus["value"], modulus["unit"], modulus["confidence"]) == (3500.0, "MPa", "own-estimate")
    assert told[f"{KEY}.LF.bridge_modulus_MPa"]["confidence"] == "set in the scenario"
    (warning,) = scenario.warnings
    assert warning.startswith(f"{KEY}.LF.bridge_modulus_MPa = 13000 MPa is outside the usual 5 to 12000 MPa")
    assert any("without a bridge stays a strand" in line for line in model_assumptions(scenario))
    assert not any("ossified ligament" in line for line in model_assumptions(baseline()))
    bridged = model_assumptions(baseline(f"{KEY}.ALL.bridge=true"))
    assert any("bridge of an ossified ligament" in line for line in bridged)
    assert not any("stays a strand" in line for line in bridged)


REFUSED = {
    f"{KEY}.ALL.thickness_mm=1": ("fraction: required, but not given",),
    f"{KEY}.ALL.fraction=1.5": ("1.5 is outside the accepted range", "allowed: 0 to 1"),
    f"{KEY}.ALL={{fraction: 1, form: upper}}": ("form: unknown key", "did you mean from?"),
    f"{KEY}.ALL={{fraction: 1, from: mammillary}}": ("from: got text 'mammillary'", "allowed: upper, lower"),
    f"{KEY}.ALL={{fraction: 1, tissue: bone}}": ("tissue: got text 'bone'", "did you mean bony?"),
    f"{KEY}.ALL={{fraction: 1, bridge: bony}}": ("is now given as tissue", "tissue: bony, or bridge: true"),
    f"{KEY}.ALL={{fraction: 0.5, bridge: true}}": ("only 0.5 of the span is ossified", "false, or no fraction"),
    f"{KEY}.LF={{bridge: true}}": ("LF does not lie on bodies and disc", "ALL, PLL"),
    f"{KEY}.ALL={{fraction: 1, width_mm: 20}}": ("there is no bridge", "or bridge true"),
    f"{KEY}.ALL.left.fraction=1": ("ALL has no sides", "LF, ITL, CL, IL"),
    f"{KEY}.LF={{fraction: 1, left: {{fraction: 1}}}}": ("given beside fraction", "within left and right"),
    f"{KEY}.LF.left.thickness_mm=4": ("left.fraction: required, but not given",),
    f"{KEY}.MAL.fraction=1": ("MAL: unknown key", "allowed: ALL, PLL"),
    "ossification.L5-L4.ALL.fraction=1": ("L5-L4: unknown key", "did you mean L4-L5?"),
    f"{KEY}.SSL={{fraction: 1, thickness_mm: 3}}": (
        "the thickness of the healthy SSL is not known",
        "ALL, PLL, LF, CL",
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_wrong_keys_and_values_are_refused_in_place(text):
    with pytest.raises(ScenarioError) as error:
        baseline(text)
    assert f"--set {text}: ossification." in str(error.value)
    assert all(part in str(error.value) for part in REFUSED[text])


@pytest.mark.parametrize(
    ("key", "missing"), [("L4-L5.LF", "structures.ligaments"), ("L3-L4.ALL", "L3-L4 is not in the model")]
)
def test_a_ligament_that_is_not_in_the_model_cannot_be_ossified(key, missing):
    with pytest.raises(ScenarioError, match=missing):
        load_scenario(SCENARIOS / "disc_only_L4-L5.yaml", sets=(f"ossification.{key}.fraction=1",))

"""Calibration files: what they may say, and every fault told with file, line, key, what is allowed, nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.materials.parameters import material_quantities
from fem_lumbar.scenario.problems import ScenarioError
from tests.experiments.calibration.synthetic_engine import CALIBRATION, write_files

SHIPPED = Path(__file__).parents[3] / "scenarios" / "calibration"


def test_bounds_are_the_published_range(tmp_path):
    ground, nucleus = load_calibration(write_files(tmp_path)).parameters
    annulus = material_quantities("literature")["annulus"]["c10_MPa"]
    assert (ground.low, ground.high) == annulus.range
    assert ground.start == annulus.value and ground.log
    assert nucleus.published == (0.0025, 0.2)


def test_factor_keeps_every_key_in_its_range(tmp_path):
    keys = "[materials.annulus.fibre_k1_outer_anterior_MPa, materials.annulus.fibre_k1_inner_anterior_MPa]"
    text = CALIBRATION.replace("keys: [materials.annulus.c10_MPa]", f"acts_as: factor, keys: {keys}")
    (factor, _) = load_calibration(write_files(tmp_path, text)).parameters
    assert factor.high == pytest.approx(5.0 / 3.73) and factor.low == pytest.approx(0.296 / 1.88)
    for end in (factor.low, factor.high):
        assert all(0.2959 <= value <= 5.001 for value in factor.values(end).values())


def test_star_stands_for_every_name(tmp_path):
    text = CALIBRATION.replace("materials.nucleus.c10_MPa", '"anatomy.joints.*.facet_gap_mm"')
    gap = load_calibration(write_files(tmp_path, text)).parameters[1]
    assert set(gap.base) == {"anatomy.joints.L3-L4.facet_gap_mm", "anatomy.joints.L4-L5.facet_gap_mm"}
    assert (gap.low, gap.high) == (0.1, 0.7)


def test_only_the_cases_of_targets_are_run(tmp_path):
    calibration = load_calibration(write_files(tmp_path), density="coarse")
    assert set(calibration.scenarios["whole"].load_cases) == {"flexion", "compression"}
    assert calibration.scenarios["whole"].mesh.density == "coarse"


GROUND = "keys: [materials.annulus.c01_MPa], bounds: [0.005, 0.1], start: 0.05"


@pytest.mark.parametrize("scale", ["", ", scale: linear"])
def test_number_written_as_0_is_seen_as_it_is(tmp_path, scale):
    """Its logarithm is -inf, and with it what a prior pulls to."""
    text = CALIBRATION.replace("keys: [materials.nucleus.c10_MPa]", GROUND + scale)
    calibration = load_calibration(write_files(tmp_path, text + "prior_weight: 1\n"))
    assert calibration.parameters[1].as_written == 0.0 and not calibration.parameters[1].log
    assert calibration.as_written[1] == pytest.approx(-0.005 / 0.095)


@pytest.mark.parametrize("name", ["disc.yaml", "intact.yaml"])
def test_shipped_calibrations_load(name):
    calibration = load_calibration(SHIPPED / name)
    assert all(target.source for target in calibration.targets)


WRONG = {
    "not a range": (
        ("keys: [materials.nucleus.c10_MPa]", "keys: [materials.nucleus.c10_MPa], bounds: [0.002, 0.1]"),
        [
            "calibration.yaml:7: parameters[1].bounds: 0.002 to 0.1 reaches outside the published range",
            "allowed: 0.0025 to 0.2 MPa (published range)",
        ],
    ),
    "bounds the wrong way": (
        ("keys: [materials.nucleus.c10_MPa]", "keys: [materials.nucleus.c10_MPa], bounds: [0.2, 0.1]"),
        ["the lower bound 0.2 is not below the upper 0.1"],
    ),
    "start outside": (
        ("keys: [materials.nucleus.c10_MPa]", "keys: [materials.nucleus.c10_MPa], bounds: [0.05, 0.1]"),
        ["parameters[1].start: starts at 0.12, outside its bounds", "allowed: 0.05 to 0.1 MPa"],
    ),
    "logarithm of a number written as 0": (
        ("keys: [materials.nucleus.c10_MPa]", GROUND + ", scale: log"),
        ["parameters[1].scale: a logarithm needs", "above 0; it is 0 in the scenarios", "allowed: linear"],
    ),
    "logarithm of a bound below 0": (
        ("keys: [materials.nucleus.c10_MPa]", "keys: [materials.annulus.c01_MPa], scale: log"),
        ["parameters[1].scale: a logarithm needs", "its lower bound is 0", "allowed: linear"],
    ),
    "unknown key of a parameter": (
        ("materials.nucleus.c10_MPa", "materials.nucleus.c10_Mpa"),
        ["parameters[1].keys[0]: no value 'materials.nucleus.c10_Mpa'", "did you mean c10_MPa"],
    ),
    "not a number": (("materials.nucleus.c10_MPa", "materials.set"), ["materials.set is not a single number"]),
    "no range": (
        ("materials.nucleus.c10_MPa", "materials.potting.stiffness_MPa_per_mm"),
        ["materials.potting.stiffness_MPa_per_mm has no published range"],
    ),
    "driven twice": (
        ("materials.nucleus.c10_MPa", "materials.annulus.c10_MPa"),
        ["materials.annulus.c10_MPa is driven by 'ground' already"],
    ),
    "name twice": (("name: nucleus", "name: ground"), ["'ground' is the name of another parameter too"]),
    "unknown protocol": (
        ("id: pressure, protocol: whole", "id: pressure, protocol: hole"),
        ["targets[2].protocol: no protocol 'hole'", "did you mean whole?"],
    ),
    "unknown case": (
        ("case: compression", "case: compresion"),
        ["no load case 'compresion'", "did you mean compression"],
    ),
    "unknown result": (("quantity: idp_MPa", "quantity: ipd_MPa"), ["'ipd_MPa' is no result", "did you mean idp_MPa?"]),
    "unknown field": (("tolerance: 0.1", "tolerence: 0.1"), ["targets[2].tolerence: unknown key", "mean tolerance?"]),
    "missing field": (("target: 0.75, ", ""), ["targets[2].target: required, but not given"]),
    "band of no width": (
        ("tolerance: 0.1", "tolerance: 0"),
        ["targets[2].tolerance: got the number 0", "greater than 0"],
    ),
    "target that is no number": (("target: 0.75", "target: .nan"), ["targets[2].target: got the number nan", "finite"]),
    "band without end": (("tolerance: 0.1", "tolerance: .inf"), ["targets[2].tolerance: got the number inf", "finite"]),
    "text for a number": (("target: 0.75", "target: much"), ["targets[2].target: got text 'much'", "valid number"]),
    "wrong choice": (
        ("keys: [materials.nucleus.c10_MPa]", "keys: [materials.nucleus.c10_MPa], acts_as: faktor"),
        ["parameters[1].acts_as: got text 'faktor'", "allowed: value, factor, shift", "did you mean factor?"],
    ),
    "no scenario": (
        ("scenario: synthetic.yaml", "scenario: synthetik.yaml"),
        ["calibration.yaml:4: protocols.whole.scenario: no such file", "did you mean synthetic.yaml?"],
    ),
    "id twice": (("id: pressure", "id: flexion"), ["'flexion' is the id of another target too"]),
    "two loads at once": (
        ("at_moment_Nm: 5", "at_moment_Nm: 5, at_follower_N: 5"),
        ["targets[1]: read at moment_Nm, follower_N at once"],
    ),
    "change to nowhere": (("at_moment_Nm: 5", "from_moment_Nm: 5"), ["a change from a load needs at_moment_Nm"]),
    "bad name": (("name: found", "name: ../found"), ["name: got text '../found'", "it names a folder"]),
}


@pytest.mark.parametrize(("change", "expected"), WRONG.values(), ids=WRONG.keys())
def test_message(change, expected, tmp_path):
    assert change[0] in CALIBRATION
    with pytest.raises(ScenarioError) as caught:
        load_calibration(write_files(tmp_path, CALIBRATION.replace(*change)))
    shown = str(caught.value)
    assert caught.value.exit_code == 2
    assert "in the calibration" in shown
    for text in expected:
        assert text in shown


def test_no_file(tmp_path):
    with pytest.raises(ScenarioError, match=r"1 problem in the calibration\n.*none.yaml: no such file"):
        load_calibration(tmp_path / "none.yaml")


def test_all_faults_at_once(tmp_path):
    text = CALIBRATION.replace("case: compression", "case: none").replace("materials.nucleus.c10_MPa", "materials.x")
    with pytest.raises(ScenarioError, match="2 problems in the calibration"):
        load_calibration(write_files(tmp_path, text))


def test_fault_of_the_scenario_names_the_scenario(tmp_path):
    with pytest.raises(ScenarioError, match=r"synthetic.yaml:1: .*schema_version"):
        load_calibration(write_files(tmp_path, scenario="schema_version: 7\nload_cases: {flexion: {moment_Nm: 1}}\n"))


def test_quantity_that_the_model_does_not_give(tmp_path):
    from tests.experiments.calibration.test_fit import calibrate

    with pytest.raises(InputError, match=r"has no idp_MPa.L4_L5 at full load\n.*\n    did you mean idp_MPa.L4-L5\?"):
        calibrate(tmp_path, CALIBRATION.replace("idp_MPa.L4-L5", "idp_MPa.L4_L5"))


def test_load_that_is_not_reached(tmp_path):
    from tests.experiments.calibration.test_fit import calibrate

    with pytest.raises(InputError, match="read at moment_Nm 50, but load case 'flexion' ends at 10"):
        calibrate(tmp_path, CALIBRATION.replace("at_moment_Nm: 5", "at_moment_Nm: 50"))


@pytest.mark.parametrize("name", ["disc.yaml", "intact.yaml"])
def test_shipped_targets_are_read_where_the_protocol_solves(name):
    calibration = load_calibration(SHIPPED / name)
    read = [target for target in calibration.targets if target.load is not None and target.at is not None]
    assert read
    for target in read:
        case = calibration.scenarios[target.protocol].resolved()["load_cases"][target.case]
        solved = [case["initial_step"], *case.get("load_levels", ()), 1.0]
        for load in (target.at, target.since):
            assert load is None or min(abs(load / case[target.load] - level) for level in solved) < 1e-6, target.id

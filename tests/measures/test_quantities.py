"""Names, units, kinds and mirror images of result numbers."""

from __future__ import annotations

import pytest

from fem_lumbar.anatomy.measures import TO_THE_LEFT
from fem_lumbar.measures.quantities import (
    is_symmetric,
    kind,
    label,
    mirrored_data,
    mirrored_path,
    numbers,
    prescribed,
    unit,
)
from tests.synthetic_run import SyntheticScenario, synthetic_entry

SYMMETRIC = SyntheticScenario().resolved()
LEFT_BONE = SyntheticScenario("b", {"mal.L5.left.state": "type_III"}).resolved()


def test_mirror_of_names_and_signs():
    assert mirrored_path(("ligament_force_N", "L3-L4", "CL_left")) == (("ligament_force_N", "L3-L4", "CL_right"), 1.0)
    assert mirrored_path(("load_share", "L3-L4", "facet_left")) == (("load_share", "L3-L4", "facet_right"), 1.0)
    assert mirrored_path(("rotation_deg", "L3-L4", "axial_rotation"))[1] == -1.0
    assert mirrored_path(("rotation_deg", "L3-L4", "flexion"))[1] == 1.0
    path = ("facet", "L3-L4", "left", "force_vector_N", "1")
    assert mirrored_path(path) == (("facet", "L3-L4", "right", "force_vector_N", "1"), -1.0)


def test_symmetry_of_a_scenario():
    assert is_symmetric(SYMMETRIC)
    assert not is_symmetric(LEFT_BONE)
    assert not is_symmetric(SYMMETRIC | {"muscles": {"scale": {"L5": {"left": 0.69}}}})
    assert is_symmetric(SYMMETRIC | {"muscles": {"scale": {"L5": {"left": 0.69, "right": 0.69}}}})
    leaning = {"anatomy": {"joints": {"L4-L5": {"lateral_wedge_deg": 3.0}}}}
    assert not is_symmetric(SYMMETRIC | leaning) and is_symmetric(mirrored_data(SYMMETRIC))


@pytest.mark.parametrize("measure", TO_THE_LEFT)
def test_a_spine_that_bends_or_turns_to_one_side_is_not_symmetric(measure):
    joints = {"joints": {"L4-L5": {measure: 2.0}}}
    assert not is_symmetric(SYMMETRIC | {"anatomy": joints})
    assert is_symmetric(SYMMETRIC | {"anatomy": {"joints": {"L4-L5": {measure: 0.0}}}})
    assert mirrored_data(joints) == {"joints": {"L4-L5": {measure: -2.0}}}


def test_no_person_is_symmetric():
    assert not is_symmetric(SYMMETRIC | {"anatomy": {"source": "surfaces", "surfaces": {"L4": "L4.stl"}}})


def test_names_units_and_kinds():
    assert label(("idp_MPa", "L4-L5")) == "disc pressure L4-L5"
    assert label(("mal", "L5", "left", "tension_N")) == "MAL L5 left tension"
    assert unit(("mal", "L5", "left", "energy_Nmm")) == "N·mm"
    assert unit(("facet", "L3-L4", "left", "force_vector_N", "1")) == "N"
    assert unit(("mal", "L5", "left", "strain_max")) == "-"
    assert unit(("load_share", "L3-L4", "disc")) == "-"
    assert kind(("load_share", "L3-L4", "facet_left")) == ("load_share", "facet")
    moment = ("load_path", "L4-L5", "carried", "CL_left", "moment_Nm", "axial_rotation")
    axial = ("load_path", "L3-L4", "carried", "disc", "axial_N")
    assert (unit(moment), unit(axial)) == ("N·m", "N")
    assert (kind(moment), kind(axial)) == (("load_path", "moment_Nm"), ("load_path", "axial_N"))
    assert label(axial) == "load path L3-L4 carried disc axial"
    turned = ("load_path", "L4-L5", "carried", "CL_right", "moment_Nm", "axial_rotation")
    assert mirrored_path(moment) == (turned, -1.0)
    assert mirrored_path((*turned[:-1], "flexion"))[1] == 1.0


def test_loads_and_errors_of_the_load_path_are_no_results():
    found = numbers(synthetic_entry("flexion"), ("load_path",))
    assert ("load_path", "L4-L5", "carried", "disc", "axial_N") in found
    assert {path[2] for path in found} == {"carried"}
    assert kind(("ligament_force_N", "L3-L4", "CL_left")) == kind(("ligament_force_N", "L4-L5", "ALL"))


@pytest.mark.parametrize(
    "load", [{"upper_body_N": 397.0}, {"upper_body_lever_arm_mm": 50.0}, {"muscles_balanced": True}]
)
def test_upper_body_and_balance_are_part_of_the_load(load):
    applied = {"moment_Nm": [0.0, 0.0, 0.0], "follower_N": 0.0}
    assert prescribed({**applied, **load}) != prescribed(applied)

"""What the physics must satisfy exactly, on the whole segment at test density."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import JOINTS, joint_levels
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.loads import build_loads
from tests.model.conftest import largest_difference

SYMMETRY = 1e-4
ONE_JOINT = "segment.bodies=[L4, L5]"
"""A third of the time, for what holds for each joint and vertebra on its own."""
CASES = ("flexion", "extension", "compression", "standing", "axial_rotation_left", "axial_rotation_right")


@pytest.mark.parametrize("case", CASES)
def test_case_converges_and_passes_its_checks(runs, case):
    summary = runs.case(case).summary
    assert summary["status"] == "converged"
    failed = {name: found for name, found in summary["checks"].items() if not found["passed"]}
    assert not failed


@pytest.mark.parametrize("case", ["compression", "standing"])
def test_symmetric_case_is_symmetric(runs, case):
    summary = runs.case(case).summary
    for joint in JOINTS:
        left, right = (summary["facet_force_N"][joint][side] for side in SIDES)
        assert case == "compression" or left > 0.1  # under compression alone the joints stay open
        assert abs(left - right) <= SYMMETRY * left
        rotation = summary["rotation_deg"][joint]
        assert abs(rotation["axial_rotation"]) + abs(rotation["lateral_bending"]) < 1e-6


def test_mirrored_case_gives_mirrored_result(runs):
    left = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT).summary
    right = runs.case("axial_rotation_right", "baseline.yaml", ONE_JOINT, "name=alone").summary  # not from the left one
    for joint in left["rotation_deg"]:
        for component, sign in (("axial_rotation", -1), ("lateral_bending", -1), ("flexion", 1)):
            value = left["rotation_deg"][joint][component]
            assert right["rotation_deg"][joint][component] == pytest.approx(sign * value, rel=SYMMETRY)
        for side, other in (("left", "right"), ("right", "left")):
            value = left["facet_force_N"][joint][side]
            assert right["facet_force_N"][joint][other] == pytest.approx(value, rel=SYMMETRY, abs=1e-6)


def test_mirrored_start_changes_nothing(runs):
    """The right case after the left one starts from its mirror image; alone it starts from nothing."""
    simulation = runs.having_run("axial_rotation_left", "baseline.yaml", ONE_JOINT)
    warm = simulation.run_case("axial_rotation_right").summary
    alone = runs.case("axial_rotation_right", "baseline.yaml", ONE_JOINT, "name=alone").summary
    assert warm["iterations"] < 0.5 * alone["iterations"]
    difference, where = largest_difference(alone, warm)
    assert difference < 1e-5, where


def test_results_are_plausible(runs):
    """Bands to expect before any calibration."""
    for case, component, low, high in (
        ("flexion", "flexion", 1.5, 12.0),
        ("extension", "flexion", 1.5, 12.0),
        ("axial_rotation_left", "axial_rotation", 0.7, 6.0),
    ):
        for joint in JOINTS:
            assert low < abs(runs.case(case).summary["rotation_deg"][joint][component]) < high
    for joint in JOINTS:
        assert 0.25 < runs.case("compression").summary["idp_MPa"][joint] < 0.7
        assert runs.case("flexion").summary["rotation_deg"][joint]["flexion"] > 0
        for side in SIDES:
            assert runs.case("flexion").summary["facet_force_N"][joint][side] < 5.0
            extension = runs.case("extension").summary  # facet and tip of the process share what the arch bears
            assert extension["facet_force_N"][joint][side] + extension["bone_contact"][joint][side]["force_N"] > 10.0


def test_axial_rotation_loads_the_facets_of_the_other_side(runs):
    for joint in JOINTS:
        force = runs.case("axial_rotation_left").summary["facet_force_N"][joint]
        assert force["right"] > 10.0
        assert force["left"] < 1.0


def test_moment_is_the_same_at_every_section(runs):
    """What crosses each disc section carries exactly the applied moment."""
    simulation = runs.having_run("axial_rotation_right")
    segment = simulation.segment
    loads = build_loads(simulation.scenario, segment, "axial_rotation_left")
    path, _ = simulation.known_paths.find("axial_rotation_left", 0, loads)  # the mirror image of the right case
    solution = simulation.newton(loads).restart(path[-1].x, 1.0)
    place = segment.space.nodes + solution.x[: 3 * segment.space.n_nodes].reshape(-1, 3)
    for joint in JOINTS:
        upper, _ = joint_levels(joint)
        above = [name for name in segment.mesh.region_names if name.split(".")[0] <= upper and "-" not in name]
        nodes = np.unique(segment.space.cell_nodes[segment.mesh.region_cells(*above)])
        crossing = [f"{joint}.{name}" for name in ("nucleus", "annulus", "cartilage_endplate.cranial", "ligaments")]
        crossing += [f"{joint}.facet.{side}" for side in SIDES]
        force = -sum(solution.residual.item_forces[name] for name in crossing)[node_dofs(nodes[:, None])]
        assert np.abs(force.sum(axis=0)).max() < 1e-5
        moment = np.cross(place[nodes], force).sum(axis=0)
        assert moment == pytest.approx([0, 0, -7500.0], abs=7.5e-2)


def test_vanishing_mal_equals_absent_mal(runs):
    """Stiffness to zero is the same as no arch, with loads that do not act on the arch.

    What an arch adds is proportional to its stiffness: from 1e-2 MPa down nothing changes in the ninth digit of the
    pressure. Beside bone of 12 000 MPa, 1e-6 MPa would only bring rounding into the reach of the tolerance of Newton.
    """
    states = {
        "soft": [f"mal.{level}.{side}.fibrous_modulus_MPa=1e-3" for level in ("L4", "L5") for side in SIDES],
        "absent": [f"mal.{level}.{side}.state=absent" for level in ("L4", "L5") for side in SIDES],
    }
    soft, absent = (runs.case("compression", "baseline.yaml", ONE_JOINT, *sets).summary for sets in states.values())
    for joint in soft["idp_MPa"]:
        assert soft["idp_MPa"][joint] == pytest.approx(absent["idp_MPa"][joint], rel=1e-7)
        assert soft["rotation_deg"][joint]["flexion"] == pytest.approx(
            absent["rotation_deg"][joint]["flexion"], abs=1e-7
        )
        for side in SIDES:
            assert soft["facet_force_N"][joint][side] == pytest.approx(absent["facet_force_N"][joint][side], rel=1e-6)


def type_iii(side: str) -> str:
    return f"mal.L5.{side}.state=type_III"


def test_mirrored_scenario_gives_mirrored_result(runs):
    """An ossified left arch in left rotation is the mirror image of an ossified right arch in right rotation."""
    left = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT, type_iii("left")).summary
    right = runs.case("axial_rotation_right", "baseline.yaml", ONE_JOINT, type_iii("right")).summary
    for joint in left["rotation_deg"]:
        for component, sign in (("axial_rotation", -1), ("lateral_bending", -1), ("flexion", 1)):
            value = left["rotation_deg"][joint][component]
            assert right["rotation_deg"][joint][component] == pytest.approx(sign * value, rel=SYMMETRY)
        assert right["facet_force_N"][joint]["left"] == pytest.approx(
            left["facet_force_N"][joint]["right"], rel=SYMMETRY
        )
    for side, other in (("left", "right"), ("right", "left")):
        assert right["mal"]["L5"][side]["tension_N"] == pytest.approx(left["mal"]["L5"][other]["tension_N"], rel=1e-3)


def test_ossified_mal_leaves_reactions_under_prescribed_moment(runs):
    fibrous = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT).summary
    bony = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT, type_iii("left")).summary
    for summary in (fibrous, bony):
        assert summary["equilibrium"]["support_moment_Nmm"] == pytest.approx([0, 0, 7500.0], abs=0.05)
        assert summary["equilibrium"]["support_force_N"] == pytest.approx([0, 0, 0], abs=1e-4)
    # The comparison is not between two equal models: the arch itself carries far more.
    tension = [abs(summary["mal"]["L5"]["left"]["tension_N"]) for summary in (fibrous, bony)]
    assert tension[1] > 3 * tension[0]


def test_rigid_posterior_bone_takes_the_effect_of_the_mal_away(runs):
    """An arch between two points of one body does nothing if the body is rigid: effects go with 1/E of the bone."""
    effects = {}
    for modulus in (3500, 200000):
        bone = () if modulus == 3500 else (f"materials.posterior.modulus_MPa={modulus}",)  # 3500 is the default
        plain = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT, *bone).summary
        bony = runs.case("axial_rotation_left", "baseline.yaml", ONE_JOINT, *bone, type_iii("left")).summary
        effects[modulus] = {
            (key, joint, part): abs(plain[key][joint][part] - bony[key][joint][part]) / abs(plain[key][joint][part])
            for key in ("rotation_deg", "facet_force_N")
            for joint in plain[key]
            for part in plain[key][joint]
            if abs(plain[key][joint][part]) > 1e-3
        }
    assert max(effects[3500].values()) > 1e-6
    round_off = 1e-8
    for name, effect in effects[200000].items():
        assert effect < 0.1 * effects[3500][name] + round_off
    assert max(effects[200000].values()) < 0.05 * max(effects[3500].values())


def test_a_load_that_is_too_much_is_reported_with_what_converged(runs):
    """Three iterations are not enough for a large first step: the case ends with its reason and what it has."""
    sets = ("load_cases.flexion.moment_Nm=15", "solver.maximum_iterations=3", "solver.minimum_step=0.4")
    result = runs.case("flexion", "disc_only_L4-L5.yaml", *sets, "solver.initial_step=0.5")
    assert result.status == "failed"
    assert "no equilibrium in 3 iterations" in result.reason
    assert "L4-L5." in result.reason.split(", most at ")[1].split(",")[0]  # among the structures out of balance
    assert "steps down to 0.4 of the load were tried; try less load" in result.reason
    assert 0 <= result.load_fraction < 1
    assert result.summary["load_fraction"] == result.load_fraction
    assert result.curves[-1]["load_fraction"] == result.load_fraction


def test_muscles_without_force_are_no_muscles(runs):
    idle = runs.case("standing", "baseline.yaml", ONE_JOINT, "load_cases.standing.muscle_activation=0").summary
    plain = runs.case("compression", "baseline.yaml", ONE_JOINT).summary
    for joint in plain["idp_MPa"]:
        assert idle["idp_MPa"][joint] == pytest.approx(plain["idp_MPa"][joint], rel=1e-6)

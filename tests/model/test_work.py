"""Loads of work and daily life: what hangs where, and what the muscles of the trunk do against it."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.anatomy.trunk_muscles import GROUPS, muscle_lines, trunk_muscles
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.measures.kinematics import body_nodes
from fem_lumbar.measures.quantities import is_symmetric, mirrored_data
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.load_kinds.upper_body import UpperBodyLoad
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.muscle_lines import build_muscles
from fem_lumbar.model.muscles import Muscle, Pull, free_muscles
from fem_lumbar.model.segment import Segment, build_segment, kept_mesh
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.held_posture import HeldPosture
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.static_optimisation import Infeasible, least_effort
from tests.model.conftest import SCENARIOS, scenario

WORK = SCENARIOS / "work"
DISC = SCENARIOS / "disc_only_L4-L5.yaml"


@pytest.fixture(scope="module")
def segment(runs) -> Segment:
    wanted = load_scenario(WORK / "standing.yaml", density="test")
    return build_segment(wanted, kept_mesh(wanted, runs.mesh()))


def unloaded(segment: Segment) -> np.ndarray:
    return np.zeros(segment.n_dofs)


def case(segment: Segment, text: str) -> Loads:
    return build_loads(scenario("baseline.yaml", f"load_cases.some={text}"), segment, "some")


def moment_arms_mm(wanted: Scenario, segment: Segment) -> tuple[list[Muscle], np.ndarray, np.ndarray]:
    """Muscles, their forces (n,) at full activation, and moments (6, n) per force about the centres of both discs."""
    full = free_muscles(wanted, segment)
    lines = build_muscles(wanted, segment, {name: Pull(force, 1.0) for name, force in full.items()})
    x, names = unloaded(segment), list(full)
    item, arms = lines.item, np.zeros((6, len(names)))
    pull = -(item.force / item.lengths(x))[:, None] * item.vectors(x)
    for row, (muscle, span) in enumerate(zip(lines.muscles, lines.spans, strict=True)):
        for k, joint in enumerate(JOINTS):
            if span.crosses(joint):
                centre = segment.mesh.landmarks[f"{joint}.disc_centre"]
                moment = np.cross(item.upper_ends(x)[row] - centre, pull[row])
                arms[3 * k : 3 * k + 3, names.index(muscle)] += moment / full[muscle]
    return names, np.array(list(full.values())), arms


def test_weights_pull_where_and_how_they_hang(segment):
    """By hand: gravity of a model inclined by 30 degrees, at arms along the body and along the plumb line."""
    text = (
        "{upper_body: {weight_N: 400, lever_arm_mm: 30, height_mm: 200, lateral_offset_mm: 5, inclination_deg: 30, "
        "carried: {mass_kg: 10, lever_arm_mm: 350, height_mm: -100, lateral_offset_mm: -40}}}"
    )
    wrench = case(segment, text).of(UpperBodyLoad).wrench(unloaded(segment), 1.0, segment.fixture.reference_point)
    carried = 10 * 9.80665
    cos, sin = np.cos(np.radians(30)), np.sin(np.radians(30))
    down = np.array([sin, 0.0, -cos])
    assert wrench.force == pytest.approx((400 + carried) * down)
    assert wrench.moment[1] == pytest.approx(400 * (30 * cos + 200 * sin) + carried * 350)
    aside = 400 * 5 - carried * 40  # to the left, so bending to the left: about the axis forwards along the ground
    assert wrench.moment @ [cos, 0.0, sin] == pytest.approx(-aside)
    applied = case(segment, text).applied(unloaded(segment), 0.5)
    assert (applied["upper_body_N"], applied["carried_N"]) == pytest.approx((200.0, carried / 2))


def test_mass_is_where_it_is_said_to_be_in_the_posture_held(segment):
    """A rigid turn of the uppermost vertebra by the flexion that muscles hold brings the mass to its place."""
    text = (
        "{upper_body: {weight_N: 0, carried: {mass_kg: 10, lever_arm_mm: 350, height_mm: -400}}, "
        "muscle_activation: balanced, lumbar_flexion_deg: {L3-L4: 7, L4-L5: 8}}"
    )
    (item,) = case(segment, text).of(UpperBodyLoad).items
    spin, nodes, x = rotation_matrix(np.radians([0.0, 15.0, 0.0])), segment.rims("L3"), unloaded(segment)
    x[node_dofs(nodes[:, None])] = (segment.space.nodes[nodes] - segment.fixture.reference_point) @ (spin - np.eye(3)).T
    x[segment.fixture.reference_dof + 4] = np.radians(15.0)
    assert item.place(x) - segment.fixture.reference_point == pytest.approx([350.0, 0.0, -400.0])


def test_posture_to_hold_grows_with_the_load_and_turns_all_that_is_above(segment):
    """By hand: L4 flexed by 3 degrees and L3 by 3 + 5 leave nothing of that posture, half of it at half the load."""
    held = HeldPosture(segment, unloaded(segment), {"L3-L4": 5.0, "L4-L5": 3.0})
    x = unloaded(segment)
    for level, angle in (("L3", 8.0), ("L4", 3.0)):
        nodes, spin = body_nodes(segment, level), rotation_matrix(np.radians([0.0, angle, 0.0]))
        x[node_dofs(nodes[:, None])] = segment.space.nodes[nodes] @ (spin - np.eye(3)).T
    assert held.largest_deviation_deg(x, 1.0) < 1e-9
    left = dict(zip(held.components, held.deviation_deg(x, 0.5), strict=True))
    assert (left["L3-L4", "flexion"], left["L4-L5", "flexion"]) == pytest.approx((2.5, 1.5))
    assert dict(zip(held.components, held.rotation_deg, strict=True))["L4-L5", "flexion"] == 3.0
    assert held.deviation_by_joint_deg(unloaded(segment), 1.0)["L4-L5"]["flexion"] == pytest.approx(-3.0)


def test_defaults_add_nothing_to_an_upright_weight(segment):
    applied = case(segment, "{upper_body: {}}").of(UpperBodyLoad).applied(unloaded(segment), 1.0)
    assert applied == {"upper_body_N": 397.0, "upper_body_lever_arm_mm": 28.0}


def test_abdominal_pressure_lifts_and_extends(segment):
    """By hand: 10 kPa on 240 cm2 are 240 N, 45 mm in front."""
    loads = case(segment, "{abdominal_pressure_kPa: 10}")
    wrench = loads.wrench(unloaded(segment), 1.0, segment.fixture.reference_point)
    assert wrench.force == pytest.approx([0.0, 0.0, 240.0])
    assert wrench.moment == pytest.approx([0.0, -240.0 * 45.0, 0.0])


def test_tangent_of_weights_is_the_derivative(segment):
    text = "{upper_body: {height_mm: 190, inclination_deg: 50, carried: {lever_arm_mm: 300, lateral_offset_mm: 90}}}"
    x = unloaded(segment)
    x[segment.fixture.reference_dof + np.arange(6)] = [0.4, -0.3, 0.8, 0.1, -0.2, 0.3]
    for item in case(segment, text).items:
        tangent, step = item.tangent(x, 0.7)[0], 1e-6
        for k, dof in enumerate(item.dofs[0]):
            ahead, behind = x.copy(), x.copy()
            ahead[dof] += step
            behind[dof] -= step
            change = (item.forces(ahead, 0.7)[1] - item.forces(behind, 0.7)[1])[0] / (2 * step)
            assert change == pytest.approx(tangent[:, k], rel=1e-6, abs=1e-3)


def test_one_hand_loads_the_other_way_round_in_the_mirror():
    """A disc under a weight to one side: the mirrored scenario gives the mirrored state."""
    text = "{upper_body: {weight_N: 100, lateral_offset_mm: 4, carried: {mass_kg: 1, lateral_offset_mm: 30}}}"
    left = load_scenario(DISC, sets=(f"load_cases={{leaning: {text}}}",), density="test")
    assert UpperBodySection.mirrored({"carried_lateral_offset_mm": 30.0}) == {"carried_lateral_offset_mm": -30.0}
    right = Scenario.model_validate(mirrored_data(left.resolved()))
    assert right.load_cases["leaning"].upper_body.carried.lateral_offset_mm == -30.0
    assert not is_symmetric({"upper_body": left.resolved()["load_cases"]["leaning"]["upper_body"]})
    summaries = []
    for one in (left, right):
        summaries.append(Simulation(one, scenario_mesh(one)).run_case("leaning").summary)
    for summary in summaries:
        assert summary["status"] == "converged" and all(found["passed"] for found in summary["checks"].values())
    turned, image = (summary["rotation_deg"]["L4-L5"] for summary in summaries)
    assert turned["lateral_bending"] < -0.1  # to the left
    for component, sign in (("flexion", 1.0), ("lateral_bending", -1.0), ("axial_rotation", -1.0)):
        assert image[component] == pytest.approx(sign * turned[component], abs=1e-8)


def test_moment_arms_of_the_muscles_of_the_trunk(segment):
    """About L4-L5, right side: published ranges (erector spinae 5 to 6 cm of extension), signs by anatomy."""
    wanted = load_scenario(WORK / "standing.yaml", density="test")
    names, _, arms = moment_arms_mm(wanted, segment)
    right = {name: arms[3:, k] for k, (name, side) in enumerate(names) if side == "right"}
    for k, (name, side) in enumerate(names):
        if side == "left":  # a moment is a pseudovector
            assert arms[3:, k] == pytest.approx(-mirrored(right[name]), abs=1e-6), name
    for name in ("longissimus_thoracis.medial", "longissimus_thoracis.lateral"):
        assert -60.0 < right[name][1] < -50.0
    assert -50.0 < right["iliocostalis_thoracis"][1] < -35.0
    for name in ("psoas.above", "psoas.L3", "psoas.L4"):
        assert abs(right[name][1]) < 20.0
    for name in ("external_oblique.lateral", "internal_oblique.lateral"):
        assert 80.0 < right[name][0] < 120.0
    assert right["external_oblique.lateral"][2] > 10.0 > -10.0 > right["internal_oblique.lateral"][2]
    assert right["rectus_abdominis"][1] > 50.0
    assert all(right[name][0] >= -1e-9 for name in trunk_muscles())


def test_only_chosen_groups_pull(segment):
    default = free_muscles(scenario(), segment)
    assert {muscle_lines()[name].group for name, _ in default} == {"multifidus", "longissimus_lumborum"}
    alone = free_muscles(scenario("baseline.yaml", "muscles.groups=[psoas]"), segment)
    assert {name for name, _ in alone} == {"psoas.above", "psoas.L3", "psoas.L4"}
    every = free_muscles(load_scenario(WORK / "standing.yaml", density="test"), segment)
    assert {muscle_lines()[name].group for name, _ in every} == set(GROUPS)
    assert every["psoas.L4", "left"] == pytest.approx(2.75 * 100)


def test_ends_follow_the_rigid_body_they_belong_to(segment):
    """A rigid turn of everything above L4 moves the upper ends of what goes past L3 rigidly, and no lower end."""
    wanted = load_scenario(WORK / "standing.yaml", density="test")
    lines = build_muscles(wanted, segment, {(name, "right"): Pull(1.0, 1.0) for name in trunk_muscles()})
    spin, shift = rotation_matrix(np.array([0.1, 0.2, -0.1])), np.array([1.0, -2.0, 3.0])
    x, nodes = unloaded(segment), np.concatenate([segment.rims("L3"), segment.fixture.nodes])
    x[node_dofs(nodes[:, None])] = segment.node_places[nodes] @ (spin - np.eye(3)).T + shift
    before, after = (lines.item.upper_ends(state) for state in (unloaded(segment), x))
    above = np.array([span.upper in ("L1", "L2", "L3") for span in lines.spans])
    assert after[above] == pytest.approx(before[above] @ spin.T + shift, abs=1e-9)
    assert after[~above] == pytest.approx(before[~above], abs=1e-12)
    assert lines.item.vectors(x) - lines.item.vectors(unloaded(segment)) == pytest.approx(after - before, abs=1e-9)


def balanced(wanted: Scenario, segment: Segment) -> tuple[dict[Muscle, float], np.ndarray]:
    """Activations against the moments of the only load case about the disc centres, and what they leave (6,)."""
    (name,) = wanted.load_cases
    names, full, arms = moment_arms_mm(wanted, segment)
    loads = build_loads(wanted, segment, name)
    centres = [segment.mesh.landmarks[f"{joint}.disc_centre"] for joint in JOINTS]
    moments = np.concatenate([loads.wrench(unloaded(segment), 1.0, centre).moment for centre in centres])
    found = least_effort(arms * full, -moments).activations
    return dict(zip(names, found, strict=True)), arms @ (full * found) + moments


def test_more_muscles_hold_a_lift_that_two_do_not(segment):
    lift = load_scenario(WORK / "lift_stoop_20kg.yaml", density="test")
    found, left = balanced(lift, segment)
    assert np.abs(left).max() < 1e-6 * 170e3
    assert 0.5 < max(found.values()) < 1.0
    assert found["rectus_abdominis", "left"] == 0.0  # it would bend the trunk forwards
    few = ("muscles.groups=[multifidus, longissimus_lumborum]",)
    with pytest.raises(Infeasible):
        balanced(load_scenario(WORK / "lift_stoop_20kg.yaml", sets=few, density="test"), segment)


def test_mirrored_task_takes_mirrored_muscles(segment):
    left = load_scenario(WORK / "carry_left_10kg.yaml", density="test")
    found, _ = balanced(left, segment)
    image, _ = balanced(Scenario.model_validate(mirrored_data(left.resolved())), segment)
    for (name, side), activation in found.items():
        other = "right" if side == "left" else "left"
        assert image[name, other] == pytest.approx(activation, abs=1e-8), name
    assert found["external_oblique.lateral", "right"] > 0.05 > found["external_oblique.lateral", "left"]


def test_twisting_takes_the_external_oblique_of_the_one_side_and_the_internal_of_the_other(segment):
    """What resists a turn to the left turns right: the external oblique of the left side, the internal of the right."""
    found, _ = balanced(load_scenario(WORK / "twisting.yaml", density="test"), segment)
    for name, stronger, weaker in (
        ("external_oblique.lateral", "left", "right"),
        ("internal_oblique.lateral", "right", "left"),
    ):
        assert found[name, stronger] > 2.0 * found[name, weaker] + 0.05


def test_balanced_muscles_hold_a_flexed_joint():
    """L4-L5 between rigid vertebrae: muscles that flex it against its stiffness pull less than those that keep it."""
    few = ("segment.bodies=[L4, L5]", "solver.vertebrae=rigid", "materials.set=literature")
    summaries = {}
    for angle in (0.0, 4.0):
        sets = (*few, f"load_cases.standing.lumbar_flexion_deg={{L4-L5: {angle}}}")
        flexed = load_scenario(WORK / "standing.yaml", sets=sets, density="test")
        summary = Simulation(flexed, scenario_mesh(flexed)).run_case("standing").summary
        assert summary["status"] == "converged" and all(found["passed"] for found in summary["checks"].values())
        assert summary["rotation_deg"]["L4-L5"]["flexion"] == pytest.approx(angle, abs=1e-3)  # found anew
        assert abs(summary["muscle_balance"]["rotation_deg"]["L4-L5"]["flexion"]) < 1e-5  # what is left
        summaries[angle] = summary["muscle_balance"]["moment_about_disc_Nm"]["L4-L5"]
    for moments in summaries.values():
        assert sum(moments[cause]["flexion"] for cause in ("upper_body", "muscles", "passive")) == pytest.approx(
            0.0, abs=1e-6
        )
    muscles, passive = (
        [summaries[angle][cause]["flexion"] for angle in (0.0, 4.0)] for cause in ("muscles", "passive")
    )
    assert muscles[0] < muscles[1] - 1.0  # extension is negative
    assert passive[1] < passive[0] - 1.0

"""Muscles on the segment: where they end, how hard they pull, and how they hold a posture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.measures.kinematics import joint_rotations_deg, level_rotations
from fem_lumbar.measures.muscles import posture, unit_moments
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.meshing.cache import CACHE_VARIABLE
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.model.muscle_ends import attachment_distances_mm, outer_point
from fem_lumbar.model.muscles import free_muscles, full_force_N, given_pulls
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.known_paths import BALANCE, MIRROR_IMAGE, KnownPaths
from fem_lumbar.simulation.neighbours import HeldState, Neighbours
from fem_lumbar.simulation.reference_posture import is_full_load, path_to_posture
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.events import BalanceEvent, StepEvent, silent
from fem_lumbar.solver.stepping import KnownState

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BALANCED = "standing_balanced.yaml"
REACTIVE = "muscles.short_range_stiffness=23.4"
ONE_RIGID_JOINT = ("segment.bodies=[L4, L5]", "solver.vertebrae=rigid", "materials.set=literature")
L5_MAMMILLARY = ("multifidus.m1t.1", "multifidus.m2s", "multifidus.m3.laminar")


def passed(summary: dict) -> bool:
    return summary["status"] == "converged" and all(found["passed"] for found in summary["checks"].values())


def test_every_fascicle_ends_on_both_sides_of_the_model(runs):
    """Thirty fascicles a side, each line as long as published to within what its ends were moved by."""
    simulation = runs.simulation()
    pulls = free_muscles(simulation.scenario, simulation.segment)
    assert set(pulls) == {(name, side) for name in fascicles() for side in SIDES}
    full = given_pulls(simulation.scenario, simulation.segment, 1.0)
    held = [name for name, one in fascicles().items() if one.takes_hold_of(LEVELS)]
    assert set(full) == {(name, side) for name in held for side in SIDES}
    mesh = simulation.mesh
    for side in SIDES:
        rows = attachment_distances_mm(mesh, side)
        assert len(rows) == sum(end in LEVELS for one in fascicles().values() for end in one.ends)
        assert all(row["distance_mm"] < 30.0 for row in rows)
    for name in ("longissimus.L1", "multifidus.m2t.2"):
        one = fascicles()[name]
        for end in one.ends:
            left, right = (outer_point(mesh, one, end, side, LEVELS) for side in ("left", "right"))
            assert left == pytest.approx(mirrored(right), abs=1e-9)
            assert right[1] < 0.0


def test_size_fat_and_own_settings_scale_the_force(runs):
    sets = ("muscles.scale.L5.left=0.69", "muscles.fat_fraction.L5.left=0.2")
    own = "muscles.fascicles.multifidus.m1t.2.right.force_N=12"
    simulation = runs.simulation("baseline.yaml", *sets, own)
    scenario = simulation.scenario
    for name, one in fascicles().items():
        by_hand = 46.0 * one.pcsa_mm2 / 100
        weak = one.muscle == "multifidus" and one.insertion_level == "L5"
        assert full_force_N(scenario, one, "right") == pytest.approx(by_hand)
        assert full_force_N(scenario, one, "left") == pytest.approx(by_hand * (0.69 * 0.8 if weak else 1.0)), name
    pulls = given_pulls(scenario, simulation.segment, 0.05)
    assert pulls["multifidus.m1t.2", "right"].force_N == 12.0  # bypasses the segment, but was told to pull
    assert ("multifidus.m1t.2", "left") not in pulls


def test_a_denervated_branch_weakens_its_own_fascicles_alone(runs):
    """L4 left, hand count: five fascicles from the spinous process and lamina of L4, 47 x 4 + 17 mm2, lose 30 %."""
    simulation = runs.simulation("baseline.yaml", "muscles.denervated.L4.left=0.3")
    scenario, segment = simulation.scenario, simulation.segment
    whole = {name: 0.46 * one.pcsa_mm2 for name, one in fascicles().items()}
    left, right = ({n: full_force_N(scenario, one, side) for n, one in fascicles().items()} for side in SIDES)
    weak = {name for name in whole if name.startswith("multifidus.m4")}
    assert len(weak) == 5
    assert right == pytest.approx(whole)
    assert left == pytest.approx({name: force * (0.7 if name in weak else 1.0) for name, force in whole.items()})
    assert sum(whole.values()) - sum(left.values()) == pytest.approx(0.3 * 0.46 * (4 * 47 + 17))
    pulls = given_pulls(scenario, segment, 0.05)
    assert pulls["multifidus.m4s", "left"].force_N == pytest.approx(0.7 * 0.05 * 0.46 * 47)
    assert pulls["multifidus.m2s", "left"].force_N == pytest.approx(0.05 * 0.46 * 39)  # inserts at L5, nerve of L2
    twice = runs.simulation("baseline.yaml", "muscles.denervated.L2.left=0.3", "muscles.scale.L5.left=0.69").scenario
    assert full_force_N(twice, fascicles()["multifidus.m2s"], "left") == pytest.approx(0.7 * 0.69 * 0.46 * 39)


def test_unit_moments_are_moments(runs):
    """Forces on each body sum to no force and to the moment; a rigid turn by an angle makes them work by it."""
    simulation = runs.simulation()
    segment = simulation.segment
    rows = unit_moments(segment, np.zeros(segment.n_dofs))
    assert len(rows) == 3 * len(JOINTS)
    nodes = np.arange(segment.space.n_nodes)
    upper = np.unique(segment.space.cell_nodes[segment.mesh.region_cells("L3.cancellous")])
    for axis in range(3):
        forces = rows[axis][node_dofs(nodes[:, None])]
        assert forces.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
        moment = np.cross(segment.space.nodes[upper], forces[upper]).sum(axis=0)
        assert moment == pytest.approx(np.eye(3)[axis], abs=1e-9)
        assert np.cross(segment.space.nodes, forces).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_balanced_muscles_hold_the_posture(runs):
    """Upper body in front, muscles behind: no joint turns, and symmetric muscles pull alike."""
    summary = runs.case("standing", BALANCED).summary
    assert passed(summary)
    balance = summary["muscle_balance"]
    assert 1 <= balance["corrections"] <= 6
    for joint in JOINTS:
        assert max(map(abs, balance["rotation_deg"][joint].values())) < 1e-5
        assert max(map(abs, summary["rotation_deg"][joint].values())) < 1e-3  # found anew along the load path
        moments = {cause: parts["flexion"] for cause, parts in balance["moment_about_disc_Nm"][joint].items()}
        assert 5.0 < moments["upper_body"] < 15.0
        assert moments["muscles"] < -5.0
        assert abs(moments["passive"]) < 0.5 * abs(moments["muscles"])
    pulls = summary["muscles"]
    assert set(pulls) == set(fascicles())
    for name, sides in pulls.items():
        left, right = (sides[side]["activation"] for side in SIDES)
        assert 0.0 <= left < 1.0
        assert left == pytest.approx(right, abs=1e-6), name
    assert pulls["longissimus.L1"]["left"]["force_N"] > 1.0  # bypasses the segment
    assert pulls["multifidus.m5s"]["left"]["activation"] < 1e-6  # crosses no joint of the model
    share = summary["load_share"]["L4-L5"]
    assert share["axial_N"] == pytest.approx(397.0 + summary["applied"]["muscle_force_N"], rel=0.1)
    # What the last correction left, at most 1e-5 degrees, is in the floor times a factor of safety of 3.
    floor = summary["numerical_floor"]
    left_deg = abs(balance["rotation_deg"]["L4-L5"]["flexion"])
    assert left_deg < floor["rotation_deg"]["L4-L5"]["flexion"] < 3.1e-5
    assert 1e-7 < floor["facet_force_N"]["L4-L5"]["left"] < 1e-3
    assert 1e-7 < floor["muscles"]["longissimus.L3"]["left"]["force_N"] < 1e-3


def test_too_much_to_hold_is_told_with_joint_and_moment(runs):
    heavy = ("load_cases.standing.upper_body.weight_N=2000", "load_cases.standing.upper_body.lever_arm_mm=400")
    result = runs.case("standing", BALANCED, *heavy)
    assert result.status == "failed"
    assert "at full activation they lack" in result.reason
    assert "N·m of extension at L3-L4" in result.reason
    assert float(result.reason.split("lack ")[1].split(" ")[0]) > 100.0


def test_what_would_help_is_told_with_what_could_be_held(runs):
    """Lifting: far too much for these muscles. What they are said to hold is within their reach."""
    lifting = ("load_cases.standing.upper_body.weight_N=600", "load_cases.standing.upper_body.lever_arm_mm=150")
    reason = runs.case("standing", BALANCED, *lifting).reason
    held = float(reason.split("could hold about ")[1].split(" %")[0].split("%")[0]) / 100
    weight = float(reason.split("an upper body of ")[1].split(" N")[0])
    arm = float(reason.split(" or 600 N at ")[1].split(" mm")[0])
    assert 0.0 < held < 1.0 and weight == pytest.approx(600 * held, rel=0.02)
    # The moment goes by the arm plus that of the endplate to the disc, at most some 30 mm: off by 0.45 of that.
    assert arm == pytest.approx(150.0 * held, abs=15.0)
    assert (
        "not among muscles.groups: erector_spinae_thoracis" in reason and "try a smaller weight or lever arm" in reason
    )


def test_one_sided_wedge_is_held():
    """The muscles of the two sides have to pull differently."""
    wedge = ("anatomy.joints.L4-L5.lateral_wedge_deg=3", *ONE_RIGID_JOINT)
    scenario = load_scenario(SCENARIOS / BALANCED, sets=wedge, density="test")
    events = []
    simulation = Simulation(scenario, scenario_mesh(scenario))
    summary = simulation.run_case("standing", events.append).summary
    assert summary["status"] == "converged"
    for rotation in summary["muscle_balance"]["rotation_deg"].values():
        assert max(map(abs, rotation.values())) < 0.01
    told = [event for event in events if isinstance(event, BalanceEvent)]
    pulls = [sum(sides[side]["force_N"] for sides in summary["muscles"].values()) for side in SIDES]
    assert abs(pulls[0] - pulls[1]) > 1.0
    assert told[-1].load_fraction == 1.0 and 0 < told[-1].correction <= told[-1].most
    assert told[-1].moment_Nm < 0.1 * max(event.moment_Nm for event in told)
    assert any(isinstance(event, StepEvent) and event.step == 0 and event.load_fraction == 1.0 for event in events)


def test_length_counts_from_attachments_that_did_not_yield(runs):
    """In the posture in which they were set muscles pull with their nominal force, and bodies are where they were."""
    simulation = runs.simulation("baseline.yaml", REACTIVE, "muscles.mal_share=0.5")
    segment = simulation.segment
    spin, n = rotation_matrix(np.array([0.02, 0.1, -0.05])), 3 * segment.space.n_nodes
    x = np.zeros(segment.n_dofs)
    x[:n] = (segment.space.nodes @ spin.T + [1.0, 2.0, 3.0] - segment.space.nodes).ravel()
    bone = np.unique(np.concatenate([body.dofs.ravel() for body in segment.moving_bodies()[1:]]))
    assert posture(segment, x)[bone] == pytest.approx(x[bone], abs=1e-9)
    yielded = x + 0.01 * np.random.default_rng(0).standard_normal(len(x))
    held = posture(segment, yielded)
    (muscles,) = build_loads(simulation.scenario, segment, "standing", held).of(MuscleLoad).items
    assert muscles.tension(held, 1.0) == pytest.approx(muscles.force, rel=1e-12)
    assert np.abs(muscles.tension(yielded, 1.0) / muscles.force - 1.0).max() > 1e-4


def test_a_balance_goes_before_other_known_states(runs):
    """It was found with the forces of the case itself."""
    segment = runs.simulation().segment
    known, state = KnownPaths(segment, near_earlier_runs=False), np.zeros(segment.n_dofs)
    path, right = [KnownState(1.0, state, state)], "axial_rotation_right"
    known.keep("axial_rotation_left", 0, Loads(), path)
    assert known.find(right, 0, Loads())[1] == MIRROR_IMAGE
    known.keep_balance(right, Loads(), HeldState({}, state), path)
    assert known.find(right, 0, Loads()) == (path, BALANCE)


SMALL = (
    *ONE_RIGID_JOINT,
    "muscles.groups=[multifidus]",
    "materials.cartilage_endplate.thickness_mm=0.6",  # with 0.77 mm a balance alone takes 10 solutions, not 12
)
"""A small model. Of longissimus there is one fascicle that crosses none of its joints, and may pull as it likes."""


Held = tuple[dict, Simulation]


def hold(folder: Path, *sets: str, near: bool = True) -> Held:
    """Summary and simulation of balanced standing on one joint, started near what earlier runs left in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder))
        scenario = load_scenario(SCENARIOS / BALANCED, (*SMALL, *sets), density="test")
        simulation = Simulation(scenario, scenario_mesh(scenario), near)
        summary = simulation.run_case("standing").summary
    assert passed(summary) and summary["started_from"] == BALANCE
    return summary, simulation


@pytest.fixture(scope="module")
def found_alone(tmp_path_factory) -> tuple[Path, Held]:
    """A balance found alone, and the folder with what it left for others."""
    folder = tmp_path_factory.mktemp("balance")
    return folder, hold(folder)


def pulls_N(summary: dict) -> np.ndarray:
    return np.array([sides[side]["force_N"] for sides in summary["muscles"].values() for side in SIDES])


def test_a_balance_near_an_earlier_one_is_the_one_found_alone(found_alone, tmp_path):
    """Other weights of effort leave the earlier state an equilibrium that holds the posture, and are no less obeyed."""
    folder, (first, _) = found_alone
    again, _ = hold(folder)
    assert again["muscle_balance"]["solutions"] < 0.5 * first["muscle_balance"]["solutions"]
    assert pulls_N(again) == pytest.approx(pulls_N(first), abs=1e-3)
    spared = "muscles.effort_weight.right=4"
    (near, _), (alone, _) = hold(folder, spared), hold(tmp_path, spared, near=False)
    assert near["muscle_balance"]["solutions"] < 0.7 * alone["muscle_balance"]["solutions"]
    assert pulls_N(near) == pytest.approx(pulls_N(alone), abs=1e-3)
    assert np.abs(pulls_N(near) - pulls_N(first)).max() > 1.0
    for joint, rotation in near["rotation_deg"].items():
        assert rotation == pytest.approx(alone["rotation_deg"][joint], abs=1e-4)


def test_an_earlier_balance_that_leads_nowhere_is_left(found_alone, tmp_path, monkeypatch):
    """The load is then applied step by step, as without it."""
    _, (first, simulation) = found_alone
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    nowhere = 20.0 * np.random.default_rng(2).standard_normal(simulation.segment.n_dofs)
    loads = build_loads(simulation.scenario, simulation.segment, "standing")
    activations = dict.fromkeys(free_muscles(simulation.scenario, simulation.segment), 0.5)
    Neighbours(simulation.segment).keep_balance("standing", loads, HeldState(activations, nowhere))
    found, _ = hold(tmp_path)
    assert found["muscle_balance"]["solutions"] >= first["muscle_balance"]["solutions"]
    assert pulls_N(found) == pytest.approx(pulls_N(first), abs=1e-6)


def test_muscles_are_set_at_full_load_where_that_is_their_posture():
    """The state before they are set is their posture; what they do after it is part of the work and of the way back."""
    sets = ("materials.set=literature", "segment.bodies=[L4, L5]", REACTIVE, "load_cases.standing.unload=true")
    scenario = load_scenario(SCENARIOS / "baseline.yaml", sets=sets, density="test")
    simulation = Simulation(scenario, scenario_mesh(scenario))
    result, segment = simulation.run_case("standing"), simulation.segment
    assert passed(result.summary)
    assert {"retrace", "work_against_energy"} <= result.summary["checks"].keys()
    up = [row for row in result.curves if row["branch"] == "loading"]
    assert all(first["load_fraction"] < second["load_fraction"] for first, second in pairwise(up))
    turned = result.summary["rotation_deg"]["L4-L5"]["flexion"]
    assert up[-1]["rotation_deg.L4-L5.flexion"] == pytest.approx(turned, rel=1e-6)
    newton = simulation.newton(build_loads(scenario, segment, "standing"))
    rest = simulation.unloaded(newton, "standing", silent)
    held = path_to_posture(newton, rest, simulation.stepping("standing"), "standing", silent)[-1].x
    reactive = build_loads(scenario, segment, "standing", posture(segment, held))
    found = simulation.newton(reactive).solve(held, 1.0).x
    neutral = level_rotations(segment, rest.x)
    assert joint_rotations_deg(segment, found, neutral)["L4-L5"]["flexion"] == pytest.approx(turned, rel=1e-6)
    forces = [
        loads.of(MuscleLoad).by_fascicle(found, 1.0)[L5_MAMMILLARY[0]]["left"]["force_N"]
        for loads in (reactive, build_loads(scenario, segment, "standing"))
    ]
    told = result.summary["muscles"][L5_MAMMILLARY[0]]["left"]["force_N"]
    assert told == pytest.approx(forces[0], rel=1e-7)
    assert abs(told / forces[1] - 1.0) > 1e-4


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("{follower_N: 500, muscle_activation: 0.05}", True),
        ("{follower_N: 500, muscle_activation: 0.05, duration_s: 60}", True),
        ("{follower_N: 500, muscle_activation: 0.05, loading_s: 1, duration_s: 60}", False),
        ("{follower_N: 500, muscle_activation: 0.05, moment_vector_Nm: [0, 5, 0]}", False),
        ("{follower_N: 500, muscle_activation: 0.05, moment_vector_Nm: [0, 5, 0], follower_first: true}", False),
        ("{follower_N: 500}", False),
    ],
)
def test_only_pulls_and_weight_that_come_on_at_once_end_in_the_posture(runs, case, wanted):
    sets = (REACTIVE, f"load_cases={{held: {case}}}")
    scenario = load_scenario(SCENARIOS / "baseline.yaml", sets=sets, density="test")
    loads = build_loads(scenario, runs.simulation().segment, "held")
    assert is_full_load(scenario, scenario.load_cases["held"], loads) is wanted


def test_stiffer_insertion_passes_more_force(runs):
    """An ossified MAL yields less to the multifidus that pulls on it, so it lets more of its force through.

    Longissimus at L5 is off: it pulls the arch the other way.
    """
    alone = tuple(f"muscles.fascicles.longissimus.L5.{side}.activation=0" for side in SIDES)
    forces = {}
    for state, mal in (("fibrous", ()), ("bony", ("mal.L5.left.state=type_III",))):
        one_joint = "segment.bodies=[L4, L5]"  # half the time; the arches of L5 are the same
        summary = runs.case("standing", "baseline.yaml", one_joint, REACTIVE, *alone, *mal).summary
        assert passed(summary)
        assert summary["started_from"] == "unloaded state"
        forces[state] = np.array([summary["muscles"][name]["left"]["force_N"] for name in L5_MAMMILLARY])
    nominal = np.array([0.05 * 0.46 * fascicles()[name].pcsa_mm2 for name in L5_MAMMILLARY])
    assert forces["bony"] == pytest.approx(nominal, rel=0.05)
    gain = forces["bony"] / forces["fibrous"] - 1.0
    assert np.all(gain > 1e-5)
    assert np.all(gain < 0.1)

"""Insertion stiffness of the MAL by unit loads: against hand calculations, and in the order of the states."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.clamped_bar import Bar, on_elastic_feet
from fem_lumbar.measures.insertion_stiffness import STATES, LoneVertebra, Stiffness, insertion_stiffnesses
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.segment import build_segment, kept_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.sections import MalSettings

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


@cache
def table(*sets: str) -> dict[tuple[str, str, str], Stiffness]:
    scenario = load_scenario(BASELINE, sets=sets, density="test")
    found = insertion_stiffnesses(scenario, scenario_mesh(scenario))
    return {(one.level, one.side, one.state): one for one in found}


@cache
def vertebra() -> LoneVertebra:
    scenario = load_scenario(BASELINE, density="test")
    mesh = scenario_mesh(scenario)
    return LoneVertebra(scenario, build_segment(scenario, kept_mesh(scenario, mesh)), "L4")


@pytest.mark.parametrize("level", LEVELS)
def test_stiffness_grows_with_ossification(level):
    for side in SIDES:
        rows = [table()[level, side, state] for state in STATES]
        bridge = [row.bridge_N_per_mm for row in rows]
        assert all(b > 1.01 * a for a, b in itertools.pairwise(bridge))
        bone, *insertion = [row.insertion_N_per_mm for row in rows]
        assert all(b > 1.01 * a for a, b in itertools.pairwise(insertion))
        assert insertion[-1] < bone  # which it stands on


def bow_softening(level: str) -> float:
    """By what a bowed arch between clamped feet gives more along its chord than a straight bar: 1 + 12 var(y) / t².

    Castigliano on a bar of thickness t whose midline is y over the chord; the moment in it goes with y less its mean.
    The midline is known from eighths of the arch to 0.02 mm of its 0.25 mm (root mean square): 12 var / t² to 17 %.
    """
    assert level == vertebra().arches[0].level
    arch, mesh = vertebra().arches[0], vertebra()._segment.mesh
    corners = mesh.points[mesh.cells[arch.cells]]
    volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    arms = corners.mean(axis=1) - arch.feet[0] @ vertebra()._segment.space.nodes
    eighth = np.clip(8.0 * (arms @ arch.along) / arch.length_mm, 0.0, 7.9).astype(int)
    height = [np.average((arms @ arch.outward)[eighth == k], weights=volume[eighth == k]) for k in range(8)]
    return 1.0 + 12.0 * np.var(height) / (arch.area_mm2 / arch._width) ** 2


@pytest.mark.parametrize(
    ("state", "of_insertion", "of_bridge", "of_arch"), [("fibrous", 0.10, 0.002, 0.06), ("type_III", 0.15, 0.06, 0.12)]
)
def test_hand_calculation_at_l4(state, of_insertion, of_bridge, of_arch):
    """A straight bar of uniform section in series with bone, and in parallel with it; the arch is bowed, too.

    Fibrous ligament gives way before bone does: what remains is how well its midline is known. A bridge of bone moves
    its feet, which the bar takes for points.
    """
    for side in SIDES:
        found, bone = table()["L4", side, state], table()["L4", side, "absent"]
        bowed = found.axial_N_per_mm / bow_softening("L4")
        assert found.insertion_N_per_mm == pytest.approx(found.insertion_by_hand_N_per_mm, rel=of_insertion)
        assert found.bridge_by_hand_N_per_mm == pytest.approx(bone.bridge_N_per_mm + found.axial_N_per_mm, rel=0.01)
        assert found.bridge_N_per_mm == pytest.approx(bone.bridge_N_per_mm + bowed, rel=of_bridge)
        assert found.bridge_N_per_mm - bone.bridge_N_per_mm == pytest.approx(bowed, rel=of_arch)
        # The hand calculation is no copy of the bone: with the arch taken for rigid it is far off.
        assert abs(bone.insertion_N_per_mm / found.insertion_N_per_mm - 1.0) > 1.3 * of_insertion


def test_left_is_right():
    for level in LEVELS:
        for state in STATES:
            left, right = (table()[level, side, state] for side in SIDES)
            assert left.insertion_N_per_mm == pytest.approx(right.insertion_N_per_mm, rel=1e-6)
            assert left.bridge_N_per_mm == pytest.approx(right.bridge_N_per_mm, rel=1e-6)


def test_the_state_given_by_the_scenario_has_a_row_of_its_own():
    given = table("mal.L4.left={state: type_II, ossified_fraction: 0.9}", "mal.L4.right.state=absent")
    own = given["L4", "left", "as given"]
    less, more = (given["L4", "left", state].bridge_N_per_mm for state in ("type_II", "type_III"))
    assert less < own.bridge_N_per_mm < more
    absent = given["L4", "right", "as given"]
    assert absent.bridge_by_hand_N_per_mm is None
    assert absent.bridge_N_per_mm == pytest.approx(given["L4", "right", "absent"].bridge_N_per_mm, rel=1e-4)
    assert ("L5", "left", "as given") not in given


def test_a_vanishing_arch_holds_nothing_and_bone_remains():
    """Towards no modulus the insertion has no stiffness, in proportion; the bridge becomes the bone alone."""
    soft, softer = (
        vertebra().responses({side: MalSettings(fibrous_modulus_MPa=modulus) for side in SIDES})["left"]
        for modulus in (1e-2, 1e-3)
    )
    bone = vertebra().responses({side: MalSettings(state="absent") for side in SIDES})["left"]
    assert soft[0] / softer[0] == pytest.approx(10.0, rel=1e-3)
    assert softer[0] < 1e-3
    assert softer[1] == pytest.approx(bone[1], rel=1e-5)


@pytest.mark.parametrize("state", ["fibrous", "type_I", "type_III"])
def test_feet_share_a_unit_pull(state):
    """What the arch passes to bone at its two feet is the pull, and its moment: nothing of it is lost."""
    own, n_dofs = vertebra(), vertebra()._segment.n_dofs
    settings = {side: MalSettings(state=state) for side in SIDES}
    for arch in own.arches:
        pulled, _ = arch.loads(n_dofs, True)
        (moved,) = own.displacements(settings, [pulled])
        on_bone = own.foot_forces(arch, settings[arch.side], moved)
        assert on_bone.sum(axis=0) == pytest.approx(arch.pull, abs=1e-7)
        shares = own.responses(settings)[arch.side].shares
        assert shares == pytest.approx(on_bone @ arch.pull, rel=1e-9)
        assert shares.sum() == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("start", ["mammillary", "accessory"])
def test_pull_goes_to_the_end_that_is_bone(start):
    settings = {side: MalSettings(state="type_I", ossified_from=start) for side in SIDES}
    share = vertebra().responses(settings)["left"].shares[0]
    fibrous = table()["L4", "left", "fibrous"].share_mammillary
    assert share > fibrous + 0.1 if start == "mammillary" else share < fibrous - 0.1


@pytest.mark.parametrize("level", LEVELS)
def test_share_of_a_unit_pull_is_a_share(level):
    for state in STATES[1:]:
        left, right = (table()[level, side, state] for side in SIDES)
        assert 0.0 < left.share_mammillary < 1.0
        assert left.share_mammillary + left.share_accessory == 1.0
        assert left.share_mammillary == pytest.approx(right.share_mammillary, abs=1e-6)
    assert table()[level, "left", "absent"].share_mammillary is None


def test_compliance_of_the_feet_is_that_of_an_elastic_body():
    compliance = vertebra().feet_compliance()["left"]
    assert compliance == pytest.approx(compliance.T, abs=1e-9 * np.abs(compliance).max())
    assert np.linalg.eigvalsh(compliance).min() > 0.0


def test_without_posterior_elements_there_is_no_mal():
    scenario = load_scenario(BASELINE.with_name("disc_only_L4-L5.yaml"), density="test")
    with pytest.raises(InputError, match="no posterior elements"):
        insertion_stiffnesses(scenario, scenario_mesh(scenario))


def bar(bony: float, pulled_at: float = 0.5) -> Bar:
    return Bar(8.0, 4.5, 3.0, np.eye(3), pulled_at, 0.0, bony, 100.0, 3500.0, 0.3)


def test_bar_pulled_in_the_middle():
    """Along: two halves side by side. Across: a clamped beam with shear, P L^3/192 E I + P L/4 k G A."""
    on_rigid_feet = 1e-12 * np.eye(6)
    expected = {0: 8.0 / (4.0 * 100.0 * 4.5)}
    for axis, inertia in ((1, 1.5 * 3.0**3 / 12.0), (2, 3.0 * 1.5**3 / 12.0)):
        shear = 100.0 / 2.6
        expected[axis] = 8.0**3 / (192.0 * 100.0 * inertia) + 8.0 / (4.0 * 5.0 / 6.0 * shear * 4.5)
    for axis, compliance in expected.items():
        load = np.zeros(9)
        load[3 + axis] = 1.0
        moved = on_elastic_feet(bar(0.0).stiffness(), on_rigid_feet, load)
        assert moved[3 + axis] == pytest.approx(compliance, rel=1e-4)


def test_bar_of_two_materials():
    assert bar(0.75).axial_stiffness() == pytest.approx(4.5 / (0.75 * 8.0 / 3500.0 + 0.25 * 8.0 / 100.0), rel=1e-3)
    stiffness = bar(0.6, pulled_at=0.4).stiffness()
    assert stiffness == pytest.approx(stiffness.T)
    for axis in range(3):
        moved = np.tile(np.eye(3)[axis], 3)
        assert np.abs(stiffness @ moved).max() < 1e-8 * np.abs(stiffness).max()

"""Ossified ligaments in the segment: the force of each by hand, and runs in which a bridge carries both ways."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.measures.load_path import ligament_forces_N
from fem_lumbar.model.segment import build_segment, kept_mesh
from tests.model.conftest import scenario

JOINT, OTHER = "L4-L5", "L3-L4"
SWELLING = 1e-3
BRIDGE = f"ossification.{JOINT}.ALL.fraction=1"


def forces(runs, swelling: float, *sets: str) -> dict[str, dict[str, float]]:
    """Ligament forces by joint when everything is swollen evenly: every strand is longer by that part of its length."""
    wanted = scenario("baseline.yaml", *sets)
    segment = build_segment(wanted, kept_mesh(wanted, runs.mesh()))
    x = np.zeros(segment.n_dofs)
    x[: 3 * segment.space.n_nodes] = swelling * segment.space.nodes.ravel()
    return {joint: ligament_forces_N(segment, x, joint) for joint in (OTHER, JOINT)}


@pytest.mark.parametrize("swelling", [SWELLING, -SWELLING])
def test_a_bridge_is_an_elastic_bar(runs, swelling):
    """Modulus times cross-section times strain, in tension and compression; half of it on each side of a pair."""
    tissue = scenario().materials.ligaments
    sets = (BRIDGE, f"ossification.{JOINT}.LF={{fraction: 1, bridge_modulus_MPa: 500, thickness_mm: 7}}")
    found = forces(runs, swelling, *sets)
    assert found[JOINT]["ALL"] == pytest.approx(3500 * tissue["ALL"].area_mm2 * swelling, rel=1e-9)
    for side in ("left", "right"):  # twice as thick as the healthy ligament of 3.5 mm
        expected = 500 * 2 * tissue["LF"].area_mm2 / 2 * swelling
        assert found[JOINT][f"LF_{side}"] == pytest.approx(expected, rel=1e-9)
    plain = forces(runs, swelling)
    assert found[OTHER] == plain[OTHER]
    assert found[JOINT]["PLL"] == plain[JOINT]["PLL"]


def test_a_bridge_with_a_gap_is_slack_in_compression(runs):
    assert forces(runs, -0.05, f"ossification.{JOINT}.ALL.fraction=0.9")[JOINT]["ALL"] == 0.0
    assert forces(runs, -0.2, f"ossification.{JOINT}.ALL.fraction=0.9")[JOINT]["ALL"] < -1000.0


def test_no_fraction_is_the_ligament_as_before(runs):
    assert forces(runs, 0.1, f"ossification.{JOINT}.ALL.fraction=0") == forces(runs, 0.1)


@pytest.mark.parametrize(("case", "sign"), [("flexion", -1), ("extension", 1)])
def test_an_anterior_bridge_holds_the_joint_both_ways(runs, case, sign):
    """It is pressed in flexion and drawn in extension; its joint hardly turns, and the run is in balance."""
    plain, bridged = runs.case(case).summary, runs.case(case, "baseline.yaml", BRIDGE).summary
    assert bridged["status"] == "converged"
    assert all(check["passed"] for check in bridged["checks"].values())
    turned = {
        name: abs(one["rotation_deg"][JOINT]["flexion"]) for name, one in (("plain", plain), ("bridged", bridged))
    }
    assert turned["bridged"] < 0.6 * turned["plain"]
    assert sign * bridged["ligament_force_N"][JOINT]["ALL"] > 50.0
    assert abs(bridged["load_path"][JOINT]["closure"]["force_N"]) < 1e-3 * abs(
        bridged["ligament_force_N"][JOINT]["ALL"]
    )

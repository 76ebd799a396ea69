"""Prescribed motion of the loaded endplate on the segment: what it takes is what would cause it."""

from __future__ import annotations

import pytest

DISC = "disc_only_L4-L5.yaml"
AXIAL = "axial_rotation_left"


def turned(case: str, angle_deg: float) -> tuple[str, ...]:
    """A prescribed rotation by the default first step: at 0.35 of 5 degrees a disc between rigid vertebrae stalls."""
    rotation = f"load_cases.{case}.moment_Nm=null", f"load_cases.{case}.rotation_deg={angle_deg}"
    return *rotation, "solver.initial_step=0.1"


def passed(summary: dict) -> bool:
    return summary["status"] == "converged" and all(found["passed"] for found in summary["checks"].values())


@pytest.mark.parametrize("vertebrae", ["condensed", "full", "rigid"])
def test_moment_that_a_rotation_takes_causes_that_rotation(runs, vertebrae):
    solver = f"solver.vertebrae={vertebrae}"
    turn = runs.case("flexion", DISC, *turned("flexion", 5), solver)
    assert passed(turn.summary)
    applied = turn.summary["applied"]
    assert applied["rotation_deg"] == 5.0
    moment = applied["moment_Nm"][1]
    assert applied["moment_Nm"] == [0.0, moment, 0.0]
    back = runs.case("flexion", DISC, f"load_cases.flexion.moment_Nm={moment!r}", solver).summary
    rotation = turn.summary["rotation_deg"]["L4-L5"]["flexion"]
    assert 4.5 < rotation <= 5.0 + 1e-9  # of bone; the fixture turns by more where bone and potting give
    assert back["rotation_deg"]["L4-L5"]["flexion"] == pytest.approx(rotation, rel=1e-4)
    assert [row["moment_Nm"] for row in turn.curves] == sorted(row["moment_Nm"] for row in turn.curves)
    assert turn.curves[-1]["moment_Nm"] == pytest.approx(moment, rel=1e-6)


def test_rigid_bone_turns_with_its_fixture(runs):
    summary = runs.case("flexion", DISC, *turned("flexion", 5), "solver.vertebrae=rigid").summary
    assert summary["rotation_deg"]["L4-L5"]["flexion"] == pytest.approx(5.0, abs=1e-9)


def test_coupled_motion_stays_free(runs):
    """Left rotation couples with bending: under the moment it takes about the one axis all components are the same."""
    one_joint = "segment.bodies=[L4, L5]"  # half the time
    turn = runs.case(AXIAL, "baseline.yaml", one_joint, *turned(AXIAL, 3)).summary
    assert passed(turn)
    moment = turn["applied"]["moment_Nm"]
    assert moment[:2] == [0.0, 0.0]
    assert turn["equilibrium"]["support_moment_Nmm"] == pytest.approx([0, 0, 1000 * moment[2]], abs=0.05)
    assert turn["equilibrium"]["support_force_N"] == pytest.approx([0, 0, 0], abs=1e-4)
    back = runs.case(AXIAL, "baseline.yaml", one_joint, f"load_cases.{AXIAL}.moment_Nm={moment[2]!r}").summary
    assert abs(turn["rotation_deg"]["L4-L5"]["lateral_bending"]) > 0.05
    for joint, rotation in turn["rotation_deg"].items():
        for component, value in rotation.items():
            assert back["rotation_deg"][joint][component] == pytest.approx(value, abs=1e-4)


def test_rotation_counts_from_the_preloaded_state(runs):
    """With the follower load first, the rotation begins where the follower load left the segment."""
    sets = (*turned("flexion", 3), "load_cases.flexion.follower_N=300", "load_cases.flexion.follower_first=true")
    result = runs.case("flexion", DISC, *sets, "solver.vertebrae=rigid")
    assert passed(result.summary)
    (held,) = [row for row in result.curves if row["load_fraction"] == 0.5]
    assert held["moment_Nm"] == 0.0
    assert held["follower_N"] == 300.0
    turn = result.summary["rotation_deg"]["L4-L5"]["flexion"] - held["rotation_deg.L4-L5.flexion"]
    assert turn == pytest.approx(3.0, abs=1e-6)


def test_axial_displacement_and_its_force(runs):
    sets = ("load_cases.compression.follower_N=0", "load_cases.compression.axial_displacement_mm=0.5")
    result = runs.case("compression", DISC, *sets)
    summary = result.summary
    assert passed(summary)
    force = summary["applied"]["axial_force_N"]
    assert summary["applied"]["axial_displacement_mm"] == 0.5
    assert 50 < force < 1000
    assert summary["equilibrium"]["support_force_N"] == pytest.approx([0, 0, -force], abs=1e-6)
    share = summary["load_share"]["L4-L5"]
    assert share["disc_N"] == pytest.approx(-share["endplate_N"], rel=1e-6)
    assert share["axial_N"] == pytest.approx(share["disc_N"], rel=1e-6)
    assert result.curves[-1]["axial_force_N"] == pytest.approx(force, rel=1e-6)
    assert summary["idp_MPa"]["L4-L5"] > 0.05

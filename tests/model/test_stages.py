"""Follower load first, and the way back: the order of loading and its checks, on a disc and with facets."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.solver.solution import Tolerances

DISC = "disc_only_L4-L5.yaml"
FOLLOWER_N = 300.0
TOGETHER = (f"load_cases.flexion.follower_N={FOLLOWER_N:g}",)
IN_TURN = (*TOGETHER, "load_cases.flexion.follower_first=true", "load_cases.flexion.unload=true")


def test_follower_load_is_held_while_the_moment_comes_on(runs):
    result = runs.case("flexion", DISC, *IN_TURN)
    assert result.status == "converged"
    assert all(found["passed"] for found in result.summary["checks"].values())
    assert result.summary["load_fraction"] == 1.0
    assert result.summary["applied"]["moment_Nm"] == [0.0, 7.5, 0.0]
    assert result.summary["applied"]["follower_N"] == FOLLOWER_N
    loading = [row for row in result.curves if row["branch"] == "loading"]
    fractions = [row["load_fraction"] for row in loading]
    assert fractions == sorted(set(fractions))
    for row in loading:
        fraction = row["load_fraction"]
        assert row["follower_N"] == pytest.approx(FOLLOWER_N * min(2 * fraction, 1.0), rel=1e-12)
        assert row["moment_Nm"] == pytest.approx(7.5 * max(2 * fraction - 1, 0.0), rel=1e-12)
    held = [row for row in loading if row["follower_N"] == FOLLOWER_N and row["moment_Nm"] == 0.0]
    assert len(held) == 1  # the end of the first stage is met exactly, and recorded once


def test_order_of_loading_does_not_change_the_end(runs):
    """Elastic tissue: the state at full load is the same whichever load came first."""
    together = runs.case("flexion", DISC, *TOGETHER).summary
    in_turn = runs.case("flexion", DISC, *IN_TURN).summary
    for key in ("flexion", "lateral_bending", "axial_rotation"):
        difference = together["rotation_deg"]["L4-L5"][key] - in_turn["rotation_deg"]["L4-L5"][key]
        assert abs(difference) < 1e-6
    assert in_turn["idp_MPa"]["L4-L5"] == pytest.approx(together["idp_MPa"]["L4-L5"], rel=1e-6)
    works = [summary["equilibrium"]["external_work_Nmm"] for summary in (together, in_turn)]
    assert works[0] == pytest.approx(works[1], rel=5e-3)  # conservative loads, so the same work; both within the check


def test_unloading_retraces_loading(runs):
    result = runs.case("flexion", DISC, *IN_TURN)
    assert result.summary["retrace_error_deg"] < 1e-4
    branches = [[row for row in result.curves if row["branch"] == branch] for branch in ("loading", "unloading")]
    levels = [[row["load_fraction"] for row in rows] for rows in branches]
    assert levels[1] == pytest.approx(levels[0][-2::-1], abs=1e-12)
    assert branches[1][-1]["load_fraction"] == 0.0
    rotations = [np.array([row["rotation_deg.L4-L5.flexion"] for row in rows]) for rows in branches]
    assert np.abs(rotations[1] - rotations[0][-2::-1]).max() < 1e-4
    assert result.summary["rotation_deg"]["L4-L5"]["flexion"] == pytest.approx(rotations[0][-1], abs=1e-5)


def test_unloading_with_facets_retraces_loading(runs):
    one_joint = "segment.bodies=[L4, L5]"
    sets = ("load_cases.axial_rotation_left.unload=true", "load_cases.axial_rotation_left.initial_step=0.4")
    result = runs.case("axial_rotation_left", "baseline.yaml", one_joint, *sets)
    assert result.status == "converged"
    assert result.summary["checks"]["retrace"]["passed"]
    assert result.summary["retrace_error_deg"] < 1e-3
    plain = runs.case("axial_rotation_left", "baseline.yaml", one_joint).summary
    for joint, rotation in plain["rotation_deg"].items():
        for component, value in rotation.items():
            assert result.summary["rotation_deg"][joint][component] == pytest.approx(value, abs=1e-5)


def test_a_way_back_that_fails_is_told_with_the_result_at_full_load(runs, monkeypatch):
    simulation = runs.simulation(DISC, "load_cases.compression.unload=true", "name=stuck")
    new_newton, made = simulation.newton, []

    def failing(loads):
        made.append(new_newton(loads))
        if len(made) == 2:  # the way back
            made[-1].tolerances = Tolerances(iterations=0)
        return made[-1]

    monkeypatch.setattr(simulation, "newton", failing)
    result = simulation.run_case("compression")
    assert result.status == "failed"
    assert "unloading stopped at 100.0% of the load" in result.reason
    assert result.summary["load_fraction"] == 1.0
    assert result.summary["idp_MPa"]["L4-L5"] > 0.2
    assert result.summary["retrace_error_deg"] is None

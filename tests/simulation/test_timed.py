"""Loads in time on the isolated disc: what is held creeps, what goes in cycles dissipates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.cycle import cycle_measures
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation import timed
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.simulation.timed import cycle_steps, held_steps
from fem_lumbar.solver.solution import NotConverged

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
JOINT = "L4-L5"
CASES = {
    "held": "{follower_N: 500, duration_s: 300}",
    "moved": "{axial_displacement_mm: 0.5, duration_s: 20}",
    "slowly": "{follower_N: 500, loading_s: 20}",
    "turned": "{moment_vector_Nm: [0, 0, 5], cycle_s: 40, cycles: 1}",
}


def scenario(cases: dict[str, str], *sets: str):
    given = [f"load_cases.{name}={text}" for name, text in cases.items()]
    return load_scenario(DISC, [*given, *sets], list(cases), "test")


@pytest.fixture(scope="module")
def simulation():
    one = scenario(CASES)
    return Simulation(one, scenario_mesh(one, str))


def test_held_compression_creeps_from_the_elastic_result(simulation):
    held = simulation.run_case("held").summary
    history = held["held"]["history"]
    shortening = np.array([row["disc_shortening_mm"][JOINT] for row in history])
    assert shortening[0] == pytest.approx(held["disc_shortening_mm"][JOINT], rel=1e-9)
    assert history[0]["rotation_deg"][JOINT] == pytest.approx(held["rotation_deg"][JOINT], rel=1e-9, abs=1e-9)
    assert (np.diff(shortening) > 0).all()
    assert 1.03 < shortening[-1] / shortening[0] < 1 / (1 - 0.15 - 0.36)  # between none and that of a linear solid
    assert history[-1]["time_s"] == 300.0
    assert all(check["passed"] for check in held["checks"].values())
    assert held["checks"]["force_residual_in_time"]["value"] < 0.01


def test_the_force_on_a_held_displacement_relaxes(simulation):
    history = simulation.run_case("moved").summary["held"]["history"]
    force = np.array([row["applied"]["axial_force_N"] for row in history])
    assert (np.diff(force) < 0).all()
    assert 1 - 0.15 < force[-1] / force[0] < 0.99  # more than of the annulus alone after the fast branch


def failing(monkeypatch, simulation, times: int) -> None:
    """Let the first so many time steps not converge."""
    real, left = simulation.newton, iter(range(times))

    def not_converged(*_):
        raise NotConverged("tried")

    def newton(loads, lost=()):
        made = real(loads, lost)
        if lost and next(left, None) is not None:
            monkeypatch.setattr(made, "solve", not_converged)
        return made

    monkeypatch.setattr(simulation, "newton", newton)


def test_a_time_step_that_does_not_converge_is_halved(simulation, monkeypatch):
    whole = held_steps(20.0, 10.0)
    failing(monkeypatch, simulation, 1)
    result = simulation.run_case("moved")
    times = [row["time_s"] for row in result.summary["held"]["history"]]
    assert result.status == "converged" and times[-1] == 20.0 and len(times) == len(whole) + 2
    assert times[1:3] == pytest.approx([whole[0].duration_s / 2, whole[0].duration_s])


def test_a_load_that_cannot_be_held_fails_and_keeps_what_there_is(simulation, monkeypatch):
    failing(monkeypatch, simulation, 100)
    result = simulation.run_case("moved")
    assert result.status == "failed" and result.reason == "stopped after 0 of 20 s: tried"
    held = result.summary["held"]
    assert held["history"] == [held["end"]] and held["end"]["time_s"] == 0.0


def test_slow_loading_gives_more_than_loading_at_once(simulation, monkeypatch):
    monkeypatch.setattr(timed, "TIMED_LEVELS", 4)
    summary = simulation.run_case("slowly").summary
    history = summary["held"]["history"]
    assert [row["load_factor"] for row in history] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert history[-1]["time_s"] == 20.0
    at_once, slowly = summary["disc_shortening_mm"][JOINT], history[-1]["disc_shortening_mm"][JOINT]
    assert 1.005 < slowly / at_once < 1.04  # held for 20 s after loading at once: 1.041


def test_a_cycle_has_a_neutral_zone_and_dissipates(simulation, monkeypatch):
    monkeypatch.setattr(timed, "TIMED_LEVELS", 3)
    result = simulation.run_case("turned")
    assert result.status == "converged", result.reason
    cycle = result.summary["cycle"]
    zone, range_of_motion = (cycle[key][JOINT]["axial_rotation"] for key in ("neutral_zone_deg", "range_of_motion_deg"))
    elastic = result.summary["rotation_deg"][JOINT]["axial_rotation"]
    assert 2 * elastic < range_of_motion < 2.2 * elastic  # it has had time to creep
    assert 0.02 < zone / range_of_motion < 0.3
    assert cycle["dissipated_Nmm"] > 0.0


def test_measures_of_a_cycle_are_those_of_the_last_one():
    levels = [0.0, *(step.load_factor for step in cycle_steps(8.0, 2))]
    turns = {1.0: 5.0, -1.0: -4.0}
    rows = [{"load_factor": level, "rotation_deg": {JOINT: {"flexion": turns.get(level, 0.0)}}} for level in levels]
    middle = len(rows) // 2 + timed.TIMED_LEVELS * 2
    rows[middle]["rotation_deg"] = {JOINT: {"flexion": 1.5}}
    found = cycle_measures(rows, [1.0] * len(rows))
    assert found["neutral_zone_deg"] == {JOINT: {"flexion": 1.5}}
    assert found["range_of_motion_deg"] == {JOINT: {"flexion": 9.0}}
    assert found["dissipated_Nmm"] == 4 * timed.TIMED_LEVELS


@pytest.mark.parametrize("duration_s", [0.01, 3.0, 1e5])
def test_steps_fill_the_duration_and_begin_short(duration_s):
    steps = held_steps(duration_s, 10.0)
    assert sum(step.duration_s for step in steps) == pytest.approx(duration_s, rel=1e-12)
    assert steps[0].duration_s <= timed.TIME_FIRST_STEP * 10.0 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("case", "sets", "told"),
    [
        ("{follower_N: 500, duration_s: -5}", (), r"duration_s.*\n?.*-5 s is outside the accepted range"),
        ("{follower_N: 500, duration_s: 5, unload: true}", (), "comes off without time"),
        ("{follower_N: 500, cycle_s: 40}", (), "a cycle reverses the load"),
        (
            "{follower_N: 500, duration_s: 5}",
            ("materials.annulus.relaxation_fast_share=0", "materials.annulus.relaxation_slow_share=0"),
            "no disc relaxes",
        ),
        ("{follower_N: 500}", ("materials.annulus.relaxation_fast_share=0.8",), "no stress would be left"),
    ],
)
def test_what_makes_no_sense_is_refused(case, sets, told):
    with pytest.raises(InputError, match=told):
        scenario({"held": case}, *sets)

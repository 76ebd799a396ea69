"""States of an earlier run are taken over only where they are equilibria: also where nothing but a volume is off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.mirror import state_mirror
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.case_result import CaseResult
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.events import silent
from fem_lumbar.solver.stepping import KnownState

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
ROTATION = "rotation_deg.L4-L5.flexion"


def solved(bulk_MPa: float, near: bool) -> CaseResult:
    sets = [
        f"materials.annulus.bulk_modulus_MPa={bulk_MPa}",
        "load_cases.compression.follower_N=431",
        "solver.relative_tolerance=1e-8",  # load levels on the way are solved to ten times this
    ]
    scenario = load_scenario(DISC, sets, ["compression"], "test")
    return Simulation(scenario, scenario_mesh(scenario, str), near).run_case("compression")


def test_another_bulk_modulus_is_another_equilibrium():
    """It changes no force of a given state; at every load level the results are those of a fresh start."""
    solved(10.0, near=True)
    again = solved(10.0, near=True)
    assert again.summary["iterations"] == 0  # the same scenario has its states confirmed
    near = solved(10.5, near=True)
    assert near.summary["started_from"] == "earlier run"
    fresh = {row["load_fraction"]: row[ROTATION] for row in solved(10.5, near=False).curves}
    shared = [row for row in near.curves if row["load_fraction"] in fresh and row["load_fraction"] > 0.0]
    assert shared
    np.testing.assert_allclose([row[ROTATION] for row in shared], [fresh[row["load_fraction"]] for row in shared], 1e-6)
    assert near.curves[-1][ROTATION] == pytest.approx(fresh[1.0], rel=1e-7)
    assert abs(near.curves[-1][ROTATION] / again.curves[-1][ROTATION] - 1.0) > 1e-4


def test_the_rate_of_the_unloaded_state_is_that_under_the_loads_of_the_case():
    """A state without load is an equilibrium under whatever loads and tissue; its rate is taken over if it fits."""
    scenario = load_scenario(DISC, ["load_cases.lateral_bending_right.moment_Nm=1.5"], density="test")
    simulation = Simulation(scenario, scenario_mesh(scenario, str))

    def begun(case: str, known: list[KnownState]) -> np.ndarray:
        loads, _ = simulation.loads(case, silent)
        return simulation.unloaded(simulation.newton(loads), case, silent, known).rate

    flexed = begun("flexion", [])
    state = simulation.unloaded(simulation.newton(Loads()), "flexion", silent).x
    assert begun("flexion", [KnownState(0.0, state, flexed)]) is flexed
    less = begun("lateral_bending_right", [])
    mirror = state_mirror(simulation.segment)
    image = mirror.image(begun("lateral_bending_left", []))
    found = begun("lateral_bending_right", [KnownState(0.0, mirror.image(state), image)])
    np.testing.assert_allclose(found, less, atol=0.02 * np.abs(less).max())
    assert np.abs(image).max() > 3.0 * np.abs(less).max()

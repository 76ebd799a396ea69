"""The two-level linearisation under loads: it has their tangent, and each solver counts its own factorisations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.newton import Newton

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"
CASES = {
    "weight": "{upper_body: {weight_N: 300, lever_arm_mm: 10, height_mm: 150}}",
    "moved": "{axial_displacement_mm: 0.2}",
}


@pytest.fixture(scope="module")
def simulation():
    one = load_scenario(DISC, [f"load_cases.{name}={text}" for name, text in CASES.items()], list(CASES), "test")
    return Simulation(one, scenario_mesh(one, str))


def refreshed(newton: Newton, times: int = 1) -> Newton:
    """A solver with the tangent of the undeformed segment under full load, taken so many times."""
    x = np.zeros(len(newton.dof_map.number))
    residual = newton.equilibrium.residual(x, 1.0, newton.equilibrium.pair(x))
    for _ in range(times):
        newton.linearisation.refresh(x, 1.0, residual, Clock())
    return newton


def test_a_weight_high_above_the_spine_takes_stiffness_from_it(simulation):
    """It would tip the undeformed disc over: without its tangent the answer to it has another sign."""
    newton = refreshed(simulation.newton(build_loads(simulation.scenario, simulation.segment, "weight")))
    equilibrium, dof_map, x = newton.equilibrium, newton.dof_map, np.zeros(simulation.segment.n_dofs)
    applied = dof_map.gather(newton.load_forces(x))
    step = 1e-4 * dof_map.state(newton.linearisation.solve(applied, 1e-4, Clock()), 0.0)
    ahead, behind = (equilibrium.residual(x + s * step, 1.0, equilibrium.pair(x)).vector for s in (1.0, -1.0))
    assert np.linalg.norm(0.5e4 * (ahead - behind) - applied) < 1e-3 * np.linalg.norm(applied)


def test_each_solver_counts_its_own_factorisations(simulation):
    """Stages of a load case have a solver each, and their counts are summed."""
    first = refreshed(simulation.newton(Loads()))
    second = refreshed(simulation.newton(Loads()), times=2)
    assert (first.factorisations, second.factorisations) == (1, 2)


def test_no_more_factorisations_are_told_than_were_made(simulation, monkeypatch):
    """A prescribed motion has a solver before it and one with it."""
    made, coarse = [], simulation._two_level._coarse
    factor = coarse.factor
    monkeypatch.setattr(coarse, "factor", lambda values: made.append(1) or factor(values))
    told = simulation.run_case("moved").summary["factorisations"]
    assert 0 < told <= len(made)

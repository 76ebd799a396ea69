"""A load case in which nothing acts is the unloaded state: as many steps as any easy one, and checks that pass."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.model.loads import Loads, build_loads
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation

DISC = Path(__file__).parents[2] / "scenarios" / "disc_only_L4-L5.yaml"


def test_nothing_that_acts_needs_no_further_equilibria(monkeypatch: pytest.MonkeyPatch):
    """Drawn ligaments store energy, whose round-off is more than the work of no load."""
    sets = ["structures.ligaments=[ALL, PLL]", "materials.ligaments.ALL.prestrain=0.05"]
    scenario = load_scenario(DISC, sets, ["compression"], "test")
    simulation = Simulation(scenario, scenario_mesh(scenario, str))
    full = build_loads(scenario, simulation.segment, "compression")
    none = Loads(tuple(one.absent() for one in full.kinds))
    monkeypatch.setattr(simulation, "loads", lambda name, report: (none, None))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = simulation.run_case("compression").summary
    assert found["status"] == "converged" and found["steps"] < 10
    assert [name for name, one in found["checks"].items() if not one["passed"]] == []
    assert found["equilibrium"]["external_work_Nmm"] == 0.0

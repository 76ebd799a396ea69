"""The first load step that a scenario gives: measurements are read where it ends."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation

PROTOCOL = Path(__file__).parents[2] / "scenarios" / "calibration" / "disc_protocol.yaml"


def test_the_end_of_a_first_step_is_met_though_the_step_is_cut_back():
    """In five iterations one step to a third of the moment is not found; steps that grow again would pass it."""
    soft = ("materials.annulus.bulk_modulus_MPa=10", "materials.annulus.c10_MPa=0.1")
    few = "solver.maximum_iterations=5"
    one = load_scenario(PROTOCOL, (*soft, few, "structures.cartilage_endplates=false"), ["flexion"], "test")
    simulation = Simulation(one, scenario_mesh(one))
    events = []
    result = simulation.run_case("flexion", events.append)
    assert result.status == "converged"
    assert any("cut back" in getattr(event, "message", "") for event in events)
    levels = [row["load_fraction"] for row in result.curves]
    assert levels[1] < 0.3 and any(abs(level - 1 / 3) < 1e-7 for level in levels)

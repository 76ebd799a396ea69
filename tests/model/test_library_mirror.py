"""The worst combination of the library, mirrored, gives the mirrored result: moved mesh, muscles and MAL at once."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.comparison.mirror_check import mirror_difference
from fem_lumbar.measures.quantities import mirrored_data
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.simulation import Simulation

WORST = Path(__file__).parents[2] / "scenarios" / "mal" / "worst.yaml"
SYMMETRY = 1e-5


def standing(scenario: Scenario) -> dict:
    simulation = Simulation(scenario, scenario_mesh(scenario))
    return {"load_cases": {"standing": simulation.run_case("standing").summary}}


def test_mirrored_worst_combination_gives_the_mirrored_result():
    scenario = load_scenario(WORST, sets=("materials.set=literature", "solver.initial_step=1"), density="test")
    left = standing(scenario)
    right = standing(Scenario.model_validate(mirrored_data(scenario.resolved())))
    entry = left["load_cases"]["standing"]
    forces = entry["facet_force_N"]["L4-L5"]
    assert abs(forces["left"] - forces["right"]) > 0.01 * forces["left"]  # it is not symmetric
    found = mirror_difference(left, right)
    assert found.relative < SYMMETRY, found

"""The baseline at test density, solved once per session for the cases that several tests look at."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import pytest

from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.case_result import CaseResult
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def scenario(file: str = "baseline.yaml", *sets: str) -> Scenario:
    """With the tissue set that takes half the iterations: what these tests ask does not depend on it."""
    return load_scenario(SCENARIOS / file, sets=("materials.set=literature", *sets), density="test")


@cache
def _mesh() -> SegmentMesh:
    return scenario_mesh(scenario())


@lru_cache(maxsize=4)  # a simulation with its factors takes half a gigabyte; results of cases are kept
def _simulation(file: str, sets: tuple[str, ...]) -> Simulation:
    return Simulation(scenario(file, *sets), _mesh())


@cache
def _case(name: str, file: str, sets: tuple[str, ...]) -> CaseResult:
    return _simulation(file, sets).run_case(name)


class Runs:
    """Simulations and results, each made once."""

    def mesh(self) -> SegmentMesh:
        return _mesh()

    def simulation(self, file: str = "baseline.yaml", *sets: str) -> Simulation:
        return _simulation(file, sets)

    def case(self, name: str, file: str = "baseline.yaml", *sets: str) -> CaseResult:
        return _case(name, file, sets)


@pytest.fixture(scope="session")
def runs() -> Runs:
    return Runs()

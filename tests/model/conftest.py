"""The baseline at test density, solved once per session for the cases that several tests look at."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from fem_lumbar.measures.quantities import kind, numbers
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.simulation.case_result import CaseResult
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def scenario(file: str = "baseline.yaml", *sets: str) -> Scenario:
    """With the tissue set and the first step that take half the iterations: what these tests ask depends on neither."""
    quick = ("materials.set=literature", "solver.initial_step=0.35")
    return load_scenario(SCENARIOS / file, sets=(*quick, *sets), density="test")


@cache
def _mesh() -> SegmentMesh:
    return scenario_mesh(scenario())


@lru_cache(maxsize=4)  # a simulation with its factors takes half a gigabyte; results of cases are kept
def _simulation(file: str, sets: tuple[str, ...]) -> Simulation:
    return Simulation(scenario(file, *sets), _mesh())


_has_run: WeakKeyDictionary[Simulation, set[str]] = WeakKeyDictionary()


@cache
def _case(name: str, file: str, sets: tuple[str, ...]) -> CaseResult:
    simulation = _simulation(file, sets)
    _has_run.setdefault(simulation, set()).add(name)
    return simulation.run_case(name)


class Runs:
    """Simulations and results, each made once."""

    def mesh(self) -> SegmentMesh:
        return _mesh()

    def simulation(self, file: str = "baseline.yaml", *sets: str) -> Simulation:
        return _simulation(file, sets)

    def case(self, name: str, file: str = "baseline.yaml", *sets: str) -> CaseResult:
        return _case(name, file, sets)

    def having_run(self, name: str, file: str = "baseline.yaml", *sets: str) -> Simulation:
        """A simulation that still knows the load path of a case, and is not made anew after it."""
        self.case(name, file, *sets)
        simulation = self.simulation(file, *sets)
        if name not in _has_run.get(simulation, ()):
            simulation.run_case(name)
            _has_run.setdefault(simulation, set()).add(name)
        return simulation


@pytest.fixture(scope="session")
def runs() -> Runs:
    return Runs()


def largest_difference(a: dict, b: dict, leave_out: tuple[str, ...] = ()) -> tuple[float, str]:
    """Largest difference of two summaries relative to the number, or to 1e-3 of the largest of its kind."""
    first, second = numbers(a), numbers(b)
    assert first.keys() == second.keys()
    size: dict[tuple[str, ...], float] = {}
    for path, value in first.items():
        size[kind(path)] = max(size.get(kind(path), 0.0), abs(value))
    found = [
        (abs(value - second[path]) / max(abs(value), 1e-3 * size[kind(path)], 1e-9), "/".join(path))
        for path, value in first.items()
        if path[0] not in leave_out
    ]
    return max(found)

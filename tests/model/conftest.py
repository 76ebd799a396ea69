"""The baseline at test density, solved once per session for the cases that several tests look at."""

from __future__ import annotations

import hashlib
import os
import pickle
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
def baseline_mesh() -> SegmentMesh:
    return scenario_mesh(scenario())


@lru_cache(maxsize=4)  # a simulation with its factors takes half a gigabyte; results of cases are kept
def _simulation(file: str, sets: tuple[str, ...]) -> Simulation:
    return Simulation(scenario(file, *sets), baseline_mesh())


class Runs:
    """Simulations, and results of load cases that all processes of a test session share.

    Parameters
    ----------
    folder : Path
        Where they share them.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._results: dict[tuple[str, ...], CaseResult] = {}
        self._has_run: WeakKeyDictionary[Simulation, set[str]] = WeakKeyDictionary()

    def mesh(self) -> SegmentMesh:
        return baseline_mesh()

    def simulation(self, file: str = "baseline.yaml", *sets: str) -> Simulation:
        return _simulation(file, sets)

    def case(self, name: str, file: str = "baseline.yaml", *sets: str) -> CaseResult:
        key = (name, file, *sets)
        stored = self._folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()}.pickle"
        if key not in self._results and stored.is_file():
            self._results[key] = pickle.loads(stored.read_bytes())
        if key not in self._results:
            self._results[key] = self._solved(name, self.simulation(file, *sets))
            part = stored.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(self._results[key]))
            part.replace(stored)
        return self._results[key]

    def having_run(self, name: str, file: str = "baseline.yaml", *sets: str) -> Simulation:
        """A simulation that knows the load path of a case, as it has solved it itself."""
        simulation = self.simulation(file, *sets)
        if name not in self._has_run.get(simulation, ()):
            self._solved(name, simulation)
        return simulation

    def _solved(self, name: str, simulation: Simulation) -> CaseResult:
        self._has_run.setdefault(simulation, set()).add(name)
        return simulation.run_case(name)


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Runs:
    folder = tmp_path_factory.getbasetemp()
    is_one_of_several = "PYTEST_XDIST_WORKER" in os.environ
    return Runs((folder.parent if is_one_of_several else folder) / "runs")


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

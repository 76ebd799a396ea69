"""The equilibria of a load case on which its results are based: without load, and at full load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.model.loads import Loads
from fem_lumbar.simulation.recorder import CaseRecorder
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.events import Report
from fem_lumbar.solver.solution import NotConverged


@dataclass(frozen=True)
class Equilibria:
    """States (n_dofs,) without load and at full load, and the loads of the last stage, at factor 1."""

    unloaded: np.ndarray
    loaded: np.ndarray
    loads: Loads


def equilibria(simulation: Simulation, case: str, report: Report) -> Equilibria:
    """Equilibria of a load case, warm-started from a known path as in a run.

    Raises
    ------
    PhysicsError
        If full load is not reached.
    """
    loads, _ = simulation.loads(case, report)
    walk = simulation.walk(case, loads, CaseRecorder(case, simulation.scenario, simulation.segment), report)
    try:
        walk.up(lambda newton, known: simulation.unloaded(newton, case, report, known), lambda found: None)
        if walk.path.reason is not None:
            raise PhysicsError(f"{case}: {walk.path.reason}")
        loaded = walk.newton.corrected(walk.path.solution, 1.0).x
        unloaded = simulation.unloaded(simulation.newton(Loads()), case, report).x
    except NotConverged as failure:
        raise PhysicsError(f"{case}: {failure}") from failure
    return Equilibria(unloaded, loaded, walk.stage.loads)

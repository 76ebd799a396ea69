"""The way of a load case through its stages where a stage cannot begin."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from fem_lumbar.mechanics.load import Ramp
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.stages import Stage
from fem_lumbar.simulation.known_paths import UNLOADED
from fem_lumbar.simulation.walk import Walk
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.stepping import Stepping

FIRST, SECOND = Loads(), Loads()


class FakeNewton:
    """Finds equilibrium at once under the loads of the first stage, never under those of the second."""

    factorisations = kept_pairs = 0

    def __init__(self, loads: Loads) -> None:
        self.loads = loads
        self.linearisation = SimpleNamespace(foresee=lambda x: None)
        self.predictor = SimpleNamespace(extrapolated=lambda accepted, load_factor: accepted[-1][1].x)

    def restart(self, x, load):
        if self.loads is SECOND:
            raise NotConverged("the tangent is singular")
        return Solution(x, None, [0.0], np.zeros(1))

    def solve(self, x, load, on_iteration=None):
        return Solution(x, None, [0.0, 0.0], np.zeros(1))


def test_where_a_stage_has_no_start_the_solver_is_that_of_the_stage_before():
    recorder = SimpleNamespace(begin=lambda *_: None, on_step=lambda *_: None, resolves=lambda *_: True)
    known = SimpleNamespace(find=lambda *_: ([], UNLOADED), keep=lambda *_: None)
    stages = [Stage(FIRST, Ramp(0.0, 0.5)), Stage(SECOND, Ramp(0.5, 1.0))]
    walk = Walk("case", stages, FakeNewton, Stepping(initial=1.0), recorder, known, lambda event: None)
    walk.up(lambda newton, known: newton.restart(np.zeros(1), 0.0), lambda found: None)
    assert walk.path.reason == "the next load stage could not be started: the tangent is singular"
    assert walk.stage is stages[0] and walk.newton.loads is FIRST

"""Load steps on the way to a posture that muscles hold, on a stand-in for everything that finds equilibria."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.simulation.muscle_equilibrium import _Search
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.stepping import Stepping


class Search(_Search):
    """Holds the posture along any step to 0.6 of the load, and along steps of no more than 0.3 from there."""

    def __init__(self) -> None:
        start = Solution(np.zeros(1), None, [0.0], np.zeros(1))
        predictor = SimpleNamespace(advance=lambda x, increments, load_factor: x)
        newton = SimpleNamespace(restart=lambda x, load: start, load_forces=lambda x: x, predictor=predictor)
        self._unloaded, self._new_newton, self._set_at = start, lambda loads: newton, start.x
        self._response = SimpleNamespace(linearised=lambda *_: (None, None, None))
        self._stepping, self.tried, self.reached = Stepping(), [], 0.0

    def _loads(self, activations):
        return None

    def _first(self, *_):
        return {}

    def _solved(self, newton, x, load_factor):
        self.tried.append(load_factor)
        if self.reached > 0.5 and load_factor - self.reached > 0.3:
            raise NotConverged("no equilibrium")
        return Solution(x, None, [0.0], np.zeros(1))

    def _held(self, load_factor, activations, solution, demand):
        self.reached = load_factor
        return activations, solution

    def _still_turned(self, solution):
        return False


def test_a_last_step_that_ends_early_is_halved_from_there():
    """From 0.6 on a step of 0.8 ends at 1, and half of it would end there again: each try costs many equilibria."""
    search = Search()
    search._step_by_step()
    assert search.tried == pytest.approx([0.2, 0.6, 1.0, 0.8, 1.0])

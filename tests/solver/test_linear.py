"""Direct solvers: what they hold outside of Python's memory is given back."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from scipy.sparse import csr_array

from fem_lumbar.solver.linear import PardisoSolver, pardiso_problem


@pytest.mark.skipif(pardiso_problem() is not None, reason="no PARDISO here")
def test_factors_are_given_back_when_a_solver_is_no_longer_used(monkeypatch):
    """A study of many models would fill the memory."""
    phases, call = [], PardisoSolver._call

    def counted(self, phase, vector):
        phases.append(phase)
        return call(self, phase, vector)

    monkeypatch.setattr(PardisoSolver, "_call", counted)
    solver = PardisoSolver()
    solver.analyse(csr_array(np.array([[2.0, 1.0], [0.0, -3.0]])))
    solver.factor(np.array([2.0, 1.0, -3.0]))
    assert PardisoSolver._RELEASE not in phases
    del solver
    gc.collect()
    assert phases[-1] == PardisoSolver._RELEASE

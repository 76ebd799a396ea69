"""Direct solvers: what they hold outside of Python's memory is given back."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from scipy.sparse import csr_array

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.solver.linear import PardisoSolver, ScipySolver, pardiso_failure, pardiso_problem


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


SOLVERS = [ScipySolver] if pardiso_problem() else [PardisoSolver, ScipySolver]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_in_words(solver, value):
    """The library crashes on a matrix of nothing else."""
    matrix = csr_array(np.array([[2.0, 1.0], [0.0, -3.0]]))
    direct = solver()
    direct.analyse(matrix)
    with pytest.raises(PhysicsError, match="the stiffness is not finite: the state is far"):
        direct.factor(np.full(3, value))
    direct.factor(matrix.data)  # and it goes on
    assert direct.solve(np.array([3.0, -2.0])) == pytest.approx([1.0, 1.0])


@pytest.mark.skipif(pardiso_problem() is not None, reason="no PARDISO here")
def test_errors_of_the_library_are_translated():
    """Cholesky's method meets an indefinite matrix: error -4."""
    direct = PardisoSolver(definite=True, single=True)
    matrix = csr_array(np.array([[2.0, 1.0], [0.0, 3.0]]))
    direct.analyse(matrix)
    with pytest.raises(PhysicsError, match=r"is unstable or unconstrained \(PARDISO -4\)"):
        direct.factor(np.array([2.0, 1.0, -3.0]))
    direct.factor(matrix.data)
    assert direct.solve(np.array([3.0, 4.0])) == pytest.approx([1.0, 1.0])
    assert "not enough memory" in pardiso_failure(-2)
    assert pardiso_failure(-99) == "the linear solver failed (PARDISO -99)"


@pytest.mark.parametrize("solver", SOLVERS)
def test_several_right_hand_sides_at_once_are_those_one_by_one(solver):
    """Not a square block, so that rows cannot be taken for columns unnoticed."""
    upper = csr_array(np.array([[4.0, 1.0, 0.5], [0.0, -3.0, 2.0], [0.0, 0.0, 5.0]]))
    direct = solver()
    direct.analyse(upper)
    direct.factor(upper.data)
    loads = np.arange(6.0).reshape(3, 2) + 1.0
    one_by_one = np.stack([direct.solve(load) for load in loads.T], axis=1)
    assert direct.solve(loads) == pytest.approx(one_by_one, rel=1e-12)
    full = upper.toarray() + np.triu(upper.toarray(), 1).T
    assert full @ direct.solve(loads) == pytest.approx(loads)

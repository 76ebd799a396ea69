"""Mixed precision: factors in single, solutions in double, where factorisation dominates time and memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.numerics import BACKWARD_ERROR, REFINEMENT_CONTRACTION, REFINEMENTS
from fem_lumbar.solver.linear import LinearSolver, PardisoSolver, linear_solver
from fem_lumbar.solver.sparsity import symmetric_times


class RefinedSolver:
    """Iterative refinement (Wilkinson 1963, Rounding errors in algebraic processes, ch. 3).

    If refinement does not converge, the matrix is factorised again in double precision.

    Parameters
    ----------
    rough : LinearSolver
        In single precision.
    new_exact : callable
        Makes a solver in double precision.
    """

    def __init__(self, rough: LinearSolver, new_exact: Callable[[], LinearSolver]) -> None:
        self.name = rough.name
        self._rough, self._new_exact = rough, new_exact

    def analyse(self, pattern: csr_array) -> None:
        """Order the unknowns of an upper-triangular pattern (n, n)."""
        self._pattern, self._columns = pattern, pattern.indices.astype(np.int32)
        self._exact: LinearSolver | None = None
        self._rough.analyse(pattern)

    def factor(self, values: np.ndarray) -> None:
        """Factorise the matrix with the values (nnz,) on the analysed pattern."""
        self._values, self._serves = values, False
        try:
            self._rough.factor(values)
        except PhysicsError:
            self._factor_exactly()

    def solve(self, right_hand_side: np.ndarray) -> np.ndarray:
        """Solution (n,) for a right-hand side (n,)."""
        exact = self._exact
        if exact is None or not self._serves:
            solution, before = self._rough.solve(right_hand_side), np.inf
            largest, applied = np.abs(self._values).max(), np.linalg.norm(right_hand_side)
            for _ in range(REFINEMENTS):
                rest = right_hand_side - self._product(solution)
                size = float(np.linalg.norm(rest))
                if size <= BACKWARD_ERROR * (largest * np.linalg.norm(solution) + applied):
                    return solution
                if not size < REFINEMENT_CONTRACTION * before:
                    break
                before = size
                solution += self._rough.solve(rest)
            exact = self._factor_exactly()
        return exact.solve(right_hand_side)

    def _product(self, x: np.ndarray) -> np.ndarray:
        return symmetric_times(self._pattern.indptr, self._columns, self._values, x)

    def _factor_exactly(self) -> LinearSolver:
        if self._exact is None:
            self._exact = self._new_exact()
            self._exact.analyse(self._pattern)
        self._exact.factor(self._values)
        self._serves = True
        return self._exact


def refined_solver(choice: str) -> LinearSolver:
    """Solver for ``auto``, ``pardiso`` or ``scipy``, with factors in single precision where it supports them."""
    rough, _ = linear_solver(choice, single=True)
    return RefinedSolver(rough, lambda: linear_solver(choice)[0]) if isinstance(rough, PardisoSolver) else rough

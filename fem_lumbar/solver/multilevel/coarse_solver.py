"""The coarse matrix and its factors, of which one set is kept in memory for all loads."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.multilevel.coarse_matrix import CoarseMatrix
from fem_lumbar.solver.multilevel.decomposition import Decomposition
from fem_lumbar.solver.multilevel.reduced_motion import ReducedMotion


class CoarseSolver:
    """Assembles, factorises and solves with coarse matrices; the analysis is kept while the pattern is unchanged.

    Parameters
    ----------
    decomposition : Decomposition
        Soft tissue and bodies.
    linear : LinearSolver
        Direct solver.
    """

    def __init__(self, decomposition: Decomposition, linear: LinearSolver) -> None:
        self._decomposition = decomposition
        self._linear = linear
        self._pattern: csr_array | None = None
        self._is_analysed = False

    def assemble(
        self, pattern: csr_array, soft: np.ndarray, motions: list[ReducedMotion], at_rest: np.ndarray
    ) -> np.ndarray:
        """Values of the coarse matrix.

        Parameters
        ----------
        pattern : csr_array
            Pattern of the soft matrix.
        soft : (nnz,)
            Its values.
        motions : list of ReducedMotion
            Reduced motion of each body.
        at_rest : (n_dofs,)
            Forces in the bodies.
        """
        parts = self._decomposition
        if self._pattern is not pattern:
            self._pattern, self._is_analysed = pattern, False
            self._matrix = CoarseMatrix(pattern, parts.body_of, [motion.size for motion in motions])
        shapes = [
            motion.shapes(parts.flat_row[attached])
            for motion, attached in zip(motions, self._matrix.attached, strict=True)
        ]
        return self._matrix.values(soft, shapes, [motion.stiffness(at_rest) for motion in motions])

    def factor(self, values: np.ndarray) -> None:
        """Factorise the matrix with these values."""
        if not self._is_analysed:
            self._linear.analyse(self._matrix.pattern)
            self._is_analysed = True
        self._linear.factor(values)

    def solve(self, forces: np.ndarray, motions: list[ReducedMotion]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Increment z = Z A^-1 Z^T f (n_dofs,) for forces f (n_dofs,), and the reduced unknowns of each body."""
        soft_dofs = self._decomposition.soft_dofs[self._matrix.soft]
        unknowns = self._linear.solve(
            np.concatenate([forces[soft_dofs], *(motion.reduce(forces) for motion in motions)])
        )
        soft, parts = self._matrix.split(unknowns)
        increment = np.zeros(len(forces))
        increment[soft_dofs] = soft
        for motion, part in zip(motions, parts, strict=True):
            motion.expand(part, increment)
        return increment, parts

"""The tangent of one state as an operator: soft tissue by its matrix, bodies by a difference of their forces."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.foundation.numerics import DIFFERENCE_MM
from fem_lumbar.solver.multilevel.decomposition import Decomposition
from fem_lumbar.solver.sparsity import symmetric_times


class Tangent:
    """K = K_s + sum of K_b of :mod:`fem_lumbar.solver.multilevel` in a state.

    Parameters
    ----------
    parts : Decomposition
        Soft tissue and bodies.
    pattern, columns, values : csr_array, (nnz,) int32, (nnz,)
        Upper triangle of the tangent K_s of soft tissue; int32 column numbers halve the memory traffic.
    x : (n_dofs,)
        State.
    body_forces : (n_dofs,)
        Internal forces of the bodies in it.
    """

    def __init__(
        self,
        parts: Decomposition,
        pattern: csr_array,
        columns: np.ndarray,
        values: np.ndarray,
        x: np.ndarray,
        body_forces: np.ndarray,
    ) -> None:
        self._parts, self._columns = parts, columns
        self.pattern, self.values = pattern, values
        self.x, self.body_forces = x, body_forces

    def soft_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces K_s p (n_dofs,) that an increment p (n_dofs,) causes in soft tissue."""
        out, dofs = np.zeros_like(increment), self._parts.soft_dofs
        out[dofs] = symmetric_times(self.pattern.indptr, self._columns, self.values, increment[dofs])
        return out

    def body_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces K_b p (n_dofs,) that an increment p (n_dofs,) causes in the bodies, by a finite difference along it.

        Unlike the elastic solves, which belong to an earlier state, it includes the current stress and strain.
        """
        dof_map = self._parts.dof_map
        moved = dof_map.state(increment[dof_map.number >= 0], 0.0)
        scale = DIFFERENCE_MM / np.abs(moved).max()  # however small the increment is: the last ones are
        return (self._parts.body_forces(self.x + scale * moved) - self.body_forces) / scale

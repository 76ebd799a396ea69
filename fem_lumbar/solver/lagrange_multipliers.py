r"""Lagrange multipliers of prescribed motions, by block elimination.

.. math::

    \begin{bmatrix} K & B \\ C & 0 \end{bmatrix} \begin{bmatrix} u \\ m \end{bmatrix} =
    \begin{bmatrix} r \\ s \end{bmatrix}: \qquad
    U = K^{-1} B, \quad v = K^{-1} r, \quad m = (C U)^{-1} (C v - s), \quad u = v - U m

K is the tangent of everything else. Each multiplier costs one more solution per tangent, with any linear solver.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.foundation.numerics import MULTIPLIER_ACCURACY
from fem_lumbar.mechanics.item import Item
from fem_lumbar.solver.assembly import Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linearisation import Linearisation


class LagrangeMultipliers:
    """A tangent bordered by the multipliers of prescribed motions; contract in :mod:`fem_lumbar.solver.linearisation`.

    Parameters
    ----------
    inner : Linearisation
        The tangent without the multipliers.
    dof_map : DofMap
        Numbering of the multipliers and everything else.
    motions : sequence of Item
        Items of one row each, whose last degree of freedom is a multiplier.
    """

    def __init__(self, inner: Linearisation, dof_map: DofMap, motions: Sequence[Item]) -> None:
        self._inner = inner
        self._dof_map = dof_map
        self._motions = motions
        self._multipliers = dof_map.number[[item.dofs[0, -1] for item in motions]]
        self._others = np.ones(dof_map.size, dtype=bool)
        self._others[self._multipliers] = False
        self.kept_contraction = inner.kept_contraction

    @property
    def factorisations(self) -> int:
        """Matrices factorised so far."""
        return self._inner.factorisations

    def extend_pattern(self, x: np.ndarray) -> None:
        """Extend the pattern by the contact of a state x (n_dofs,) that the path will reach."""
        self._inner.extend_pattern(x)

    def refresh(self, x: np.ndarray, load_factor: float, residual: Residual, clock: Clock, near: bool = False) -> None:
        """Set up the tangent of a state, and the responses to unit multipliers."""
        self._inner.refresh(x, load_factor, residual, clock, near)
        columns: list[np.ndarray] = []
        rows: list[np.ndarray] = []
        for item in self._motions:
            block, dofs = item.tangent(x, load_factor)[0], item.dofs[0]
            for part, target in ((block[:-1, -1], columns), (block[-1, :-1], rows)):
                on_dofs = np.zeros(len(x))
                on_dofs[dofs[:-1]] = part
                target.append(self._dof_map.gather(on_dofs)[self._others])
        self._rows = np.array(rows)
        self._responses = np.stack(
            [self._inner.solve(column, MULTIPLIER_ACCURACY, clock) for column in columns], axis=1
        )

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,); prescribed motions are met exactly."""
        free = self._inner.solve(right_hand_side[self._others], accuracy, clock)
        missing = self._rows @ free - right_hand_side[self._multipliers]
        multipliers = np.linalg.solve(self._rows @ self._responses, missing)
        solution = np.empty_like(right_hand_side)
        solution[self._multipliers] = multipliers
        solution[self._others] = free - self._responses @ multipliers
        return solution

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Residual (n_equations,) without what supports and constraints carry."""
        out = forces.copy()
        out[self._others] = self._inner.unbalanced(forces[self._others], x)
        return out

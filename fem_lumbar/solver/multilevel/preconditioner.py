"""The tangent of one state as an operator, and its two-level preconditioner."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.foundation.numerics import DIFFERENCE_MM
from fem_lumbar.solver.multilevel.coarse_solver import CoarseSolver
from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals, Found
from fem_lumbar.solver.multilevel.decomposition import Decomposition
from fem_lumbar.solver.multilevel.reduced_motion import ReducedMotion
from fem_lumbar.solver.sparsity import symmetric_times


class TwoLevelTangent:
    """K and M of :mod:`fem_lumbar.solver.multilevel` in a state.

    Parameters
    ----------
    parts : Decomposition
        Soft tissue and bodies.
    coarse : CoarseSolver
        With the factors of this state.
    pattern, values : csr_array, (nnz,)
        Tangent K_s of soft tissue, by its upper triangle.
    x : (n_dofs,)
        State.
    motions : list of ReducedMotion
        Reduced motion of each body in it.
    at_rest : (n_dofs,)
        Inner forces of the bodies in it.
    """

    def __init__(
        self,
        parts: Decomposition,
        coarse: CoarseSolver,
        pattern: csr_array,
        values: np.ndarray,
        x: np.ndarray,
        motions: list[ReducedMotion],
        at_rest: np.ndarray,
    ) -> None:
        self._parts, self._coarse = parts, coarse
        self._starts, self._columns, self._values = pattern.indptr, coarse.columns, values
        self._x, self._motions, self._at_rest = x, motions, at_rest
        self._residuals = ConjugateResiduals()

    def solve(self, right_hand_side: np.ndarray, accuracy: float) -> Found:
        """Solution (n_equations,) for a right-hand side (n_equations,), of which ``accuracy`` may be left."""
        if self._parts.is_rigid:
            increment, _ = self._coarse.solve(self._on_dofs(right_hand_side), self._motions)
            return Found(increment[self._parts.dof_map.number >= 0], 0)
        return self._residuals.solve(right_hand_side, accuracy, self._preconditioned)

    def _preconditioned(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction p = M r (n_equations,) for a residual r (n_equations,), and its image K p."""
        number = self._parts.dof_map.number
        forces = self._on_dofs(rest)
        direction, parts = self._coarse.solve(forces, self._motions)
        image = self._soft_image(direction)
        elastic = np.zeros(len(number))
        for body, motion, part in zip(self._parts.bodies, self._motions, parts, strict=True):
            if body.elastic is not None:
                own, dofs = body.geometry.dofs, body.surroundings.dofs
                carried = image[dofs]
                carried[: len(own)] += motion.inner_forces(part, self._at_rest[own])
                unbalanced = body.elastic.balanced(motion.local(forces[dofs] - carried))
                elastic[dofs] = motion.turned(body.elastic(unbalanced)).reshape(-1, 3)
        direction += elastic
        image += self._soft_image(elastic) + self._body_image(direction)
        return direction[number >= 0], image[number >= 0]

    def _on_dofs(self, on_equations: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) of a right-hand side (n_equations,)."""
        number = self._parts.dof_map.number
        forces = np.zeros(len(number))
        forces[number >= 0] = on_equations
        return forces

    def _soft_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces K_s p (n_dofs,) that an increment p (n_dofs,) causes in soft tissue."""
        out, dofs = np.zeros_like(increment), self._parts.soft_dofs
        out[dofs] = symmetric_times(self._starts, self._columns, self._values, increment[dofs])
        return out

    def _body_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces K_b p (n_dofs,) that an increment p (n_dofs,) causes in the bodies, by a difference along it.

        Unlike the elastic solves, which belong to an earlier state, it knows of the present stress and strain.
        """
        dof_map = self._parts.dof_map
        moved = dof_map.state(increment[dof_map.number >= 0], 0.0)
        scale = DIFFERENCE_MM / np.abs(moved).max()  # however small the increment is: the last ones are
        return (self._parts.body_forces(self._x + scale * moved) - self._at_rest) / scale

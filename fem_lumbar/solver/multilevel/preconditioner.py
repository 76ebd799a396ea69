"""The two-level preconditioner: one coarse step, then the elastic solves of the bodies."""

from __future__ import annotations

import numpy as np

from fem_lumbar.solver.multilevel.coarse_solver import CoarseSolver
from fem_lumbar.solver.multilevel.decomposition import Decomposition
from fem_lumbar.solver.multilevel.reduced_motion import ReducedMotion
from fem_lumbar.solver.multilevel.tangent import Tangent


class Preconditioner:
    """M of :mod:`fem_lumbar.solver.multilevel` with the factors of one state, used for tangents of nearby states.

    Parameters
    ----------
    parts : Decomposition
        Soft tissue and bodies.
    coarse : CoarseSolver
        With the factors of the state.
    motions : list of ReducedMotion
        Reduced motion of each body in it.
    tangent : Tangent
        The tangent of the state.
    """

    def __init__(
        self, parts: Decomposition, coarse: CoarseSolver, motions: list[ReducedMotion], tangent: Tangent
    ) -> None:
        self._parts, self._coarse, self._motions, self.tangent = parts, coarse, motions, tangent

    def coarse_solution(self, right_hand_side: np.ndarray) -> np.ndarray:
        """Solution (n_equations,) on the coarse space alone for a right-hand side (n_equations,)."""
        increment, _ = self._coarse.solve(self._on_dofs(right_hand_side), self._motions)
        return increment[self._parts.dof_map.number >= 0]

    def direction(self, rest: np.ndarray, tangent: Tangent) -> tuple[np.ndarray, np.ndarray]:
        """Direction p = M r (n_equations,) for a residual r (n_equations,), and its image K p with a tangent K."""
        number = self._parts.dof_map.number
        forces = self._on_dofs(rest)
        direction, parts = self._coarse.solve(forces, self._motions)
        image = tangent.soft_image(direction)
        elastic = np.zeros(len(number))
        for body, motion, part in zip(self._parts.bodies, self._motions, parts, strict=True):
            if body.elastic is not None:
                own, dofs = body.geometry.dofs, body.surroundings.dofs
                carried = image[dofs]
                carried[: len(own)] += motion.inner_forces(part, self.tangent.body_forces[own])
                unbalanced = body.elastic.balanced(motion.local(forces[dofs] - carried))
                elastic[dofs] = motion.turned(body.elastic(unbalanced)).reshape(-1, 3)
        direction += elastic
        image += tangent.soft_image(elastic) + tangent.body_image(direction)
        return direction[number >= 0], image[number >= 0]

    def _on_dofs(self, on_equations: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) of a right-hand side (n_equations,)."""
        number = self._parts.dof_map.number
        forces = np.zeros(len(number))
        forces[number >= 0] = on_equations
        return forces

"""Consistent tangent of the whole residual at an equilibrium: factorised once, solved for many right-hand sides."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import DERIVATIVE_ACCURACY, DERIVATIVE_PROBE_MM
from fem_lumbar.mechanics.item import Contact, Item, total
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.lagrange_multipliers import LagrangeMultipliers
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.linearisation import Direct, Linearisation
from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals


class WholeTangent:
    """The consistent tangent J of one state, solved with the factorised part K.

    K is the symmetric part for fixed contact pairs, bordered by the multipliers of prescribed motions
    (:mod:`fem_lumbar.solver.lagrange_multipliers`). The missing part (the skew part of moments about fixed axes,
    contact pairs and the fading rim of contact that change with the state) is found by finite differences along a
    direction, (J - K) s. The correction J c = -(J - K) K^{-1} b is solved by generalised conjugate residuals with K as
    preconditioner; as it involves only a few points at the rims, directions found for one parameter serve the others.

    Parameters
    ----------
    assembler : Assembler
        All items, with the loads of the case.
    dof_map : DofMap
        Numbering without multipliers.
    linear : LinearSolver
        Direct solver.
    contacts, loads : sequences of items
        Contacts and loads whose tangent is not complete in the matrix.
    motions : list of Item
        Prescribed motions among the loads.
    x, load_factor
        The state (n_dofs,).
    """

    def __init__(
        self,
        assembler: Assembler,
        dof_map: DofMap,
        linear: LinearSolver,
        contacts: list[Contact],
        loads: list[Item],
        motions: list[Item],
        x: np.ndarray,
        load_factor: float,
    ) -> None:
        self._x, self._load_factor = x, load_factor
        self._light: list[Item | Contact] = [*contacts, *loads]
        self._forces = Forces(len(x))
        self.multipliers = np.array([one.dofs[0, -1] for one in motions], dtype=int)
        self._clock = Clock()
        self._linearisation: Linearisation = Direct(assembler, linear)
        self._dof_map = dof_map
        if motions:
            self._dof_map = dof_map.extended(self.multipliers)
            self._linearisation = LagrangeMultipliers(self._linearisation, self._dof_map, motions)
        pairs = assembler.pair(x)
        self._linearisation.refresh(x, load_factor, assembler.residual(x, load_factor, pairs), self._clock)
        self._blocks = [(one.dofs, self._in_matrix(one, motions)) for one in [*pairs.items, *loads]]
        self._residuals = ConjugateResiduals()

    def _in_matrix(self, item: Item, motions: list[Item]) -> np.ndarray:
        """Part of the tangent of an item that is in K, (n_rows, m, m)."""
        blocks = item.tangent(self._x, self._load_factor)
        inner = slice(None, -1 if item in motions else None)
        blocks[:, inner, inner] = 0.5 * (blocks[:, inner, inner] + blocks[:, inner, inner].transpose(0, 2, 1))
        return blocks

    def solve(self, forces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """State derivatives (n_dofs, k) for forces (n_dofs, k), and the estimated relative error of each (k,)."""
        given = self._dof_map.gather(forces)
        found = self._dof_map.transform @ self._once(given)
        left = np.zeros(forces.shape[1])
        for column, given_size in enumerate(np.linalg.norm(given, axis=0)):
            missing = -self._lacking(found[:, column])
            size = np.linalg.norm(missing)
            if size <= DERIVATIVE_ACCURACY * given_size:
                continue
            accuracy = max(DERIVATIVE_ACCURACY, DERIVATIVE_ACCURACY * given_size / size)
            solved = self._residuals.solve(missing, accuracy, self._preconditioned)
            correction = self._dof_map.transform @ solved.solution
            found[:, column] += correction
            left[column] = solved.left * np.linalg.norm(correction) / np.linalg.norm(found[:, column])
        return found, left

    def _preconditioned(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction K^-1 r (n_equations,) for a residual r (n_equations,), and its image under J."""
        direction = self._once(rest)
        return direction, rest + self._lacking(self._dof_map.transform @ direction)

    def _once(self, right_hand_side: np.ndarray) -> np.ndarray:
        """K^-1 applied to right-hand sides (n_equations,) or (n_equations, k)."""
        return self._linearisation.solve(right_hand_side, 0.0, self._clock)

    def _lacking(self, direction: np.ndarray) -> np.ndarray:
        """Forces (J - K) s (n_equations,) along a direction s (n_dofs,)."""
        size = np.abs(np.delete(direction, self.multipliers)).max()  # excludes multipliers, which are forces
        if size == 0.0:
            return np.zeros(self._dof_map.size)
        scale = DERIVATIVE_PROBE_MM / size
        ahead, behind = (
            self._forces.of(self._light, self._x + sign * scale * direction, self._load_factor).total()
            for sign in (1.0, -1.0)
        )
        out = (ahead - behind) / (2.0 * scale)
        for dofs, blocks in self._blocks:
            out -= total(dofs, np.einsum("nab,nb->na", blocks, direction[dofs]), len(out))
        return self._dof_map.gather(out)

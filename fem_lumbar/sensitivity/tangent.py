"""The tangent at an equilibrium: factorised once, solved for many right-hand sides."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import (
    DERIVATIVE_ACCURACY,
    DERIVATIVE_PROBE_MM,
)
from fem_lumbar.mechanics.item import Contact, Item, total
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals


class Tangent:
    """K of one state as the derivative of the whole residual.

    The factorised matrix is its symmetric part for fixed contact pairs. What that lacks (the skew part of moments about
    fixed axes, pairs and the fading rim of contact that change with the state) is found by a difference along a
    direction, (J - K) s. The correction J c = -(J - K) K^{-1} b is solved by generalised conjugate residuals with K as
    preconditioner; as it comes from a few points at the rims, directions found for one parameter serve the others.

    Prescribed motions border the matrix by their multipliers, see :mod:`fem_lumbar.solver.lagrange_multipliers`.

    Parameters
    ----------
    assembler : Assembler
        All items, with the loads of the case.
    dof_map : DofMap
        Numbering without multipliers.
    linear : LinearSolver
        Direct solver.
    contacts, loads : sequences of items
        Those whose derivative is not quite in the matrix.
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
        self._dof_map, self._linear, self._x, self._load_factor = dof_map, linear, x, load_factor
        self._light: list[Item | Contact] = [*contacts, *loads]
        self._forces = Forces(len(x))
        pairs = assembler.pair(x)
        values = assembler.tangent(x, load_factor, pairs)
        linear.analyse(assembler.pattern)
        linear.factor(values)
        others = [one for one in loads if one not in motions]
        self._blocks = [(one.dofs, _symmetric(one.tangent(x, load_factor))) for one in [*pairs.items, *others]]
        self._border(motions)
        self._all = dof_map.extended(self.multipliers)
        self._residuals = ConjugateResiduals()

    def _border(self, motions: list[Item]) -> None:
        """Columns and rows of the multipliers of prescribed motions, and what the columns do."""
        columns: list[np.ndarray] = []
        rows: list[np.ndarray] = []
        dofs: list[int] = []
        for item in motions:
            block, own = item.tangent(self._x, self._load_factor)[0], item.dofs[0]
            block[:-1, :-1] = _symmetric(block[None, :-1, :-1])[0]
            self._blocks.append((item.dofs, block[None]))
            for part, found in ((block[:-1, -1], columns), (block[-1, :-1], rows)):
                on_dofs = np.zeros(len(self._x))
                on_dofs[own[:-1]] = part
                found.append(self._dof_map.gather(on_dofs))
            dofs.append(own[-1])
        self.multipliers = np.array(dofs, dtype=int)
        self._rows = np.array(rows)
        if motions:
            self._responses = self._linear.solve(np.array(columns).T)

    def solve(self, forces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """State derivatives (n_dofs, k) under forces (n_dofs, k), and the part of each that may be wrong (k,)."""
        found = self._once(forces)
        left = np.zeros(forces.shape[1])
        for column, given in enumerate(forces.T):
            first = found[:, column].copy()
            missing = -self._on_equations(self._lacking(first))
            size, given_size = (np.linalg.norm(one) for one in (missing, self._on_equations(given)))
            if size <= DERIVATIVE_ACCURACY * given_size:
                continue
            accuracy = max(DERIVATIVE_ACCURACY, DERIVATIVE_ACCURACY * given_size / size)
            solved = self._residuals.solve(missing, accuracy, self._preconditioned)
            correction = self._on_dofs(solved.solution)
            found[:, column] += correction
            left[column] = solved.left * np.linalg.norm(correction) / np.linalg.norm(found[:, column])
        return found, left

    def _preconditioned(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction K^-1 r (n_equations,) for a residual r (n_equations,), and its image under J."""
        on_dofs = np.zeros(len(self._x))
        on_dofs[self._all.number >= 0] = rest
        direction = self._once(on_dofs[:, None])[:, 0]
        return self._all.unknowns(direction), rest + self._on_equations(self._lacking(direction))

    def _on_equations(self, forces: np.ndarray) -> np.ndarray:
        return self._all.gather(forces)

    def _on_dofs(self, unknowns: np.ndarray) -> np.ndarray:
        return self._all.state(unknowns, 0.0)

    def _once(self, forces: np.ndarray) -> np.ndarray:
        """K^-1 applied to forces (n_dofs, k), as state derivatives (n_dofs, k)."""
        dof_map = self._dof_map
        free = self._linear.solve(dof_map.gather(forces))
        out = np.zeros_like(forces)
        if len(self.multipliers):
            missing = self._rows @ free - forces[self.multipliers]
            sizes = np.linalg.solve(self._rows @ self._responses, missing)
            free = free - self._responses @ sizes
        out[:] = dof_map.transform @ free
        if len(self.multipliers):
            out[self.multipliers] = sizes
        return out

    def _lacking(self, direction: np.ndarray) -> np.ndarray:
        """Forces (J - K) s (n_dofs,) along a direction s (n_dofs,)."""
        size = np.abs(np.delete(direction, self.multipliers)).max()  # forces are no size of a motion
        if size == 0.0:
            return np.zeros_like(direction)
        scale = DERIVATIVE_PROBE_MM / size
        ahead, behind = (
            self._forces.of(self._light, self._x + sign * scale * direction, self._load_factor).total()
            for sign in (1.0, -1.0)
        )
        out = (ahead - behind) / (2.0 * scale)
        for dofs, blocks in self._blocks:
            out -= total(dofs, np.einsum("nab,nb->na", blocks, direction[dofs]), len(out))
        return out


def _symmetric(blocks: np.ndarray) -> np.ndarray:
    return 0.5 * (blocks + blocks.transpose(0, 2, 1))

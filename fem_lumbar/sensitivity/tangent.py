"""The tangent at an equilibrium: factorised once, solved for many right-hand sides."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import (
    DERIVATIVE_ACCURACY,
    DERIVATIVE_CORRECTIONS,
    DERIVATIVE_PROBE_MM,
)
from fem_lumbar.mechanics.item import Contact, Item, total
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import LinearSolver


class Tangent:
    """K of one state as the derivative of the whole residual.

    The factorised matrix is its symmetric part for fixed contact pairs. What that lacks (the skew part of moments about
    fixed axes, pairs and the fading rim of contact that change with the state) is iterated on:

        s_{k+1} = K^{-1} (b - (J - K) s_k)

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
        """State derivatives (n_dofs, k) under forces (n_dofs, k), and the relative change of the last corrections."""
        first = self._once(forces)
        found, change = first, np.full(forces.shape[1], np.inf)
        active = np.linalg.norm(first, axis=0) > 0.0
        change[~active] = 0.0
        for _ in range(DERIVATIVE_CORRECTIONS):
            columns = np.flatnonzero(change > DERIVATIVE_ACCURACY)
            if not len(columns):
                break
            lacking = np.stack([self._lacking(found[:, column]) for column in columns], axis=1)
            better = first[:, columns] - self._once(lacking)
            size = np.linalg.norm(better, axis=0)
            new = np.linalg.norm(better - found[:, columns], axis=0) / np.where(size > 0.0, size, 1.0)
            falling = new < change[columns]
            found[:, columns[falling]] = better[:, falling]
            change[columns[falling]] = new[falling]
            if not falling.all():
                break
        return found, change

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
        size = np.abs(direction[: len(direction)]).max()
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

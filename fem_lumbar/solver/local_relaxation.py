"""Local equilibrium of the few nodes that are far out of balance, with all others fixed: nonlinear elimination.

Where fibres were slack, a step may stretch one or two cells so far that their exponential tension is a hundred times
its equilibrium value. Newton's method then needs an iteration of the whole model for every factor e in that tension,
while everything else is already in balance. Solving for those nodes alone costs a small part of one iteration
(Lanzkron, Rose & Wilkes 1996, SIAM J Sci Comput 17:538-559; Cai & Li 2011, SIAM J Sci Comput 33:746-762).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.foundation.numerics import (
    LOCAL_CUTS,
    LOCAL_GOAL,
    LOCAL_ITERATIONS,
    LOCAL_LEFT,
    LOCAL_NODES,
    LOCAL_SHARE,
)
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.solver.dof_map import DofMap

AnySolid = Solid | MixedSolid


class LocalRelaxation:
    """Local equilibria of nodes in strain-stiffening tissue on which only deformable solids act; bone may be rigid.

    Parameters
    ----------
    items : sequence of Item
        Everything that carries force.
    dof_map : DofMap
        Numbering of the equations.
    """

    def __init__(self, items: Sequence[Item], dof_map: DofMap) -> None:
        self._number = dof_map.number
        solids = (item for item in items if isinstance(item, AnySolid) and not len(item.ties))
        self._solids = [item for item in solids if not isinstance(item.law, StVenantKirchhoff)]
        is_free = np.zeros(len(self._number), dtype=bool)
        for item in self._solids:
            if item.law.stiffens:
                is_free[_displacements(item)] = True
        is_free &= self._number >= 0
        names = {item.name for item in self._solids}
        for other in items:
            if other.name not in names:
                is_free[other.dofs] = False
        nodes = np.unique(np.flatnonzero(is_free) // 3)
        dofs = 3 * nodes[:, None] + np.arange(3)
        self._dofs = dofs[is_free[dofs].all(axis=1)]

    @np.errstate(over="ignore", invalid="ignore")  # forces of overstretched fibres may overflow
    def relaxed(self, x: np.ndarray, residual: np.ndarray, unbalanced_N: float) -> np.ndarray | None:
        """A state (n_dofs,) with those nodes in equilibrium; None where the unbalance is not confined to a few of them.

        Parameters
        ----------
        x : (n_dofs,)
            State.
        residual : (n_equations,)
            Its residual.
        unbalanced_N : float
            Unbalanced force of the whole model, N.
        """
        forces = residual[self._number[self._dofs]]
        sizes = np.linalg.norm(forces, axis=1)
        whole = float(np.linalg.norm(sizes))
        if whole < LOCAL_SHARE * unbalanced_N:
            return None
        largest = np.argsort(-sizes, kind="stable")[:LOCAL_NODES]
        left = whole**2 - np.cumsum(sizes[largest] ** 2)
        enough = np.flatnonzero(left <= (LOCAL_LEFT * whole) ** 2)
        if not len(enough):
            return None
        chosen = largest[: enough[0] + 1]
        return self._settled(x, self._dofs[chosen].ravel(), forces[chosen].ravel())

    def _settled(self, x: np.ndarray, dofs: np.ndarray, forces: np.ndarray) -> np.ndarray | None:
        """The state with dofs (m,) in equilibrium, on which the unbalanced forces are (m,); None if not found."""
        place = np.full(len(x), -1)
        place[dofs] = np.arange(len(dofs))
        parts = [item.part(rows) for item in self._solids if len(rows := _touching(item, place))]
        fixed = forces - _forces(parts, place, x, len(dofs))
        start = size = float(np.linalg.norm(forces))
        for _ in range(LOCAL_ITERATIONS):
            if size <= LOCAL_GOAL * start:
                break
            try:
                step = np.linalg.solve(_tangent(parts, place, x, len(dofs)), -forces)
            except np.linalg.LinAlgError:
                return None
            for cut in range(LOCAL_CUTS):
                moved = x.copy()
                moved[dofs] += 0.5**cut * step
                there = fixed + _forces(parts, place, moved, len(dofs))
                if (now := float(np.linalg.norm(there))) < size:  # false where it is not finite
                    break
            else:
                break
            x, forces, size = moved, there, now
        return x if size < start else None


def _displacements(item: AnySolid) -> np.ndarray:
    return item.dofs[:, : 3 * item.nodes.shape[1]]


def _touching(item: AnySolid, place: np.ndarray) -> np.ndarray:
    """Cells (m,) of an item that have at least one of the dofs."""
    return np.flatnonzero((place[_displacements(item)] >= 0).any(axis=1))


@np.errstate(over="ignore", invalid="ignore")
def _forces(parts: Sequence[AnySolid], place: np.ndarray, x: np.ndarray, count: int) -> np.ndarray:
    """Forces (count,) of some cells on the dofs, N."""
    out = np.zeros(count)
    for part in parts:
        rows, to = part.forces(x, 1.0)[1], place[part.dofs]
        np.add.at(out, to[to >= 0], rows[to >= 0])
    return out


def _tangent(parts: Sequence[AnySolid], place: np.ndarray, x: np.ndarray, count: int) -> np.ndarray:
    """Their derivative (count, count), N/mm."""
    out = np.zeros((count, count))
    for part in parts:
        to = np.where(place[part.dofs] >= 0, place[part.dofs], count)
        whole = np.zeros((count + 1, count + 1))
        np.add.at(whole, (to[:, :, None], to[:, None, :]), part.tangent(x, 1.0))
        out += whole[:count, :count]
    return out

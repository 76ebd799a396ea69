"""Cutting of tetrahedra along implicit surfaces, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fem_lumbar.cutting.project import Function, onto_functions
from fem_lumbar.foundation.tetrahedra import EDGES, signed_volumes

_FLAT_MM3 = 1e-5
"""Volume of a cell below which the moves of its nodes are undone."""
_ON_IT_MM = 2e-3
"""Distance from a surface below which a moved node lies on it."""
_TINY_MM = 1e-4


@dataclass(frozen=True)
class Cut:
    """A surface to cut along.

    Attributes
    ----------
    name : str
    function : callable
        Points (n, 3) to a :class:`~fem_lumbar.shape.jet.Jet`.
    where : callable
        Points (n, 3) to a mask (n,): only cells with such a node are cut.
    snap : float
        Nodes nearer than this fraction of their shortest edge are moved onto the surface.
    """

    name: str
    function: Function
    where: Callable[[np.ndarray], np.ndarray]
    snap: float = 0.22


class Cutter:
    """A mesh, with the surfaces on which each node lies and the side of each surface on which each cell lies.

    Attributes
    ----------
    points, cells
        (n, 3) mm and (m, 4).
    on : ndarray (n, cuts) of bool
    side : ndarray (m, cuts) of int
        −1 inside, 1 outside, 0 where it was not cut.
    """

    def __init__(self, points: np.ndarray, cells: np.ndarray):
        self.points, self.cells = points.copy(), cells.copy()
        self.cuts: list[Cut] = []
        self.on = np.zeros((len(points), 0), dtype=bool)
        self.side = np.zeros((len(cells), 0), dtype=np.int8)

    def column(self, name: str) -> int:
        """Column of a cut in ``on`` and ``side``."""
        return [cut.name for cut in self.cuts].index(name)

    def inside(self, name: str) -> np.ndarray:
        """Cells inside a surface, (m,)."""
        return self.side[:, self.column(name)] < 0

    def outside(self, name: str) -> np.ndarray:
        """Cells outside a surface, (m,); far from the cut a cell is on neither side."""
        return self.side[:, self.column(name)] > 0

    def keep(self, cells: np.ndarray) -> None:
        """Drop all cells but those of a mask (m,)."""
        self.cells, self.side = self.cells[cells], self.side[cells]

    def cut(self, cut: Cut) -> None:
        """Split the cells along a surface."""
        self.cuts.append(cut)
        self.on = np.column_stack([self.on, np.zeros(len(self.points), dtype=bool)])
        active = cut.where(self.points)[self.cells].any(axis=1)
        nodes = np.unique(self.cells[active])
        level = np.full(len(self.points), np.nan)
        level[nodes] = cut.function(self.points[nodes]).value
        level = self._snapped(cut, level, active)
        level = self._split(cut, level)
        self._note_sides(cut, level)

    def _snapped(self, cut: Cut, level: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Move the nodes near the surface onto it; returns the levels (n,) of all nodes afterwards."""
        number = np.flatnonzero(active)
        corners = level[self.cells[number]]
        crossed = number[(corners.min(axis=1) <= 0.3) & (corners.max(axis=1) >= -0.3)]
        nodes = np.unique(self.cells[crossed])
        shortest = np.full(len(self.points), np.inf)
        ends = self.cells[crossed][:, EDGES].reshape(-1, 2)
        length = np.linalg.norm(self.points[ends[:, 0]] - self.points[ends[:, 1]], axis=1)
        for end in range(2):
            np.minimum.at(shortest, ends[:, end], length)
        near = nodes[np.abs(level[nodes]) < cut.snap * shortest[nodes]]
        near = near[self.on[near].sum(axis=1) < 3]
        if len(near):
            self.on[near, -1] = True
            moved = self._onto_all(near, 0.35 * shortest[near])
            self.on[near, -1] = False
            level[near] = cut.function(self.points[near]).value
            level[near[moved & (np.abs(level[near]) < _ON_IT_MM)]] = 0.0
        level[nodes[np.abs(level[nodes]) < _TINY_MM]] = 0.0
        self.on[nodes[level[nodes] == 0.0], -1] = True
        return level

    def _undone_where_flat(self, nodes: np.ndarray, old: np.ndarray) -> np.ndarray:
        """Move nodes (k,) back to their old places (k, 3) where they flatten a cell; mask (k,) of those kept moved."""
        moved = np.ones(len(nodes), dtype=bool)
        touched = np.zeros(len(self.points), dtype=bool)
        touched[nodes] = True
        cells = self.cells[touched[self.cells].any(axis=1)]
        while True:
            flat = cells[signed_volumes(self.points, cells) < _FLAT_MM3]
            back = moved & np.isin(nodes, flat)
            if not back.any():
                return moved
            self.points[nodes[back]] = old[back]
            moved &= ~back

    def _split(self, cut: Cut, level: np.ndarray) -> np.ndarray:
        """Split all cells with a crossed edge, edge by edge in a global order; levels (n,) with those of new nodes.

        Every cell with such an edge is split, whether it was to be cut or not, so that the mesh stays conforming.
        """
        known = (~np.isnan(level))[self.cells].sum(axis=1) > 1
        candidates = np.flatnonzero(known)
        signs = level[self.cells[candidates]]
        crossed = candidates[(signs[:, EDGES[:, 0]] * signs[:, EDGES[:, 1]] < 0.0).any(axis=1)]
        edges = np.sort(self.cells[crossed][:, EDGES].reshape(-1, 2), axis=1)
        edges = np.unique(edges[level[edges[:, 0]] * level[edges[:, 1]] < 0.0], axis=0)
        if not len(edges):
            return level
        new = len(self.points) + np.arange(len(edges))
        a, b = self.points[edges[:, 0]], self.points[edges[:, 1]]
        self.points = np.vstack([self.points, _roots(cut.function, a, b, level[edges[:, 0]], level[edges[:, 1]])])
        on = self.on[edges[:, 0]] & self.on[edges[:, 1]]
        on[:, -1] = True
        self.on = np.vstack([self.on, on])
        key = _key(edges)
        rank = np.empty(len(edges), dtype=np.int64)
        rank[np.lexsort((key, np.linalg.norm(a - b, axis=1)))] = np.arange(len(edges))
        whole = np.setdiff1d(np.arange(len(self.cells)), crossed)
        done, origin = [self.cells[whole]], [whole]
        cells, source = self.cells[crossed], crossed
        while len(cells):
            own = _key(np.sort(cells[:, EDGES], axis=2))
            place = np.minimum(np.searchsorted(key, own), len(key) - 1)
            order = np.where(key[place] == own, rank[place], -1)
            last = order.argmax(axis=1)
            rows = np.arange(len(cells))
            left = order[rows, last] >= 0
            done.append(cells[~left])
            origin.append(source[~left])
            cells, source, last, place = cells[left], source[left], last[left], place[left]
            rows = np.arange(len(cells))
            middle = new[place[rows, last]]
            halves = cells.copy(), cells.copy()
            for half, end in zip(halves, EDGES[last].T):
                half[rows, end] = middle
            cells, source = np.vstack(halves), np.tile(source, 2)
        self.cells, kept = np.vstack(done), np.concatenate(origin)
        self.side = self.side[kept]
        self._onto_all(new[on.sum(axis=1) > 1], 0.2 * np.linalg.norm(a - b, axis=1)[on.sum(axis=1) > 1])
        return np.append(level, np.zeros(len(edges)))

    def _onto_all(self, nodes: np.ndarray, largest: np.ndarray) -> np.ndarray:
        """Move nodes (k,) onto all their surfaces, in steps up to ``largest`` (k,) mm; mask (k,) of those moved."""
        old = self.points[nodes].copy()
        functions = [cut.function for cut in self.cuts]
        self.points[nodes] = onto_functions(old, self.on[nodes], functions, largest, steps=3)
        return self._undone_where_flat(nodes, old)

    def _note_sides(self, cut: Cut, level: np.ndarray) -> None:
        """Append the side of each cell: that of its farthest node, 0 where no node was evaluated."""
        corners = level[self.cells]
        seen = ~np.isnan(corners).all(axis=1)
        corners = np.nan_to_num(corners)
        farthest = np.abs(corners).argmax(axis=1)
        side = np.sign(corners[np.arange(len(corners)), farthest]).astype(np.int8)
        unknown = np.flatnonzero((side == 0) & seen)
        if len(unknown):
            centres = self.points[self.cells[unknown]].mean(axis=1)
            side[unknown] = np.where(cut.function(centres).value < 0.0, -1, 1)
        self.side = np.column_stack([self.side, side])


def _key(edges: np.ndarray) -> np.ndarray:
    return edges[..., 0].astype(np.int64) * 2**32 + edges[..., 1]


def _roots(function: Function, a: np.ndarray, b: np.ndarray, at_a: np.ndarray, at_b: np.ndarray) -> np.ndarray:
    """Points (n, 3) between a and b at which a function of opposite signs there is zero."""
    a, b, at_a, at_b = a.copy(), b.copy(), at_a.copy(), at_b.copy()
    for _ in range(5):
        share = np.clip(at_a / (at_a - at_b), 0.02, 0.98)
        middle = a + share[:, None] * (b - a)
        value = function(middle).value
        value[value == 0.0] = 1e-12
        same = value * at_a > 0.0
        a[same], at_a[same] = middle[same], value[same]
        b[~same], at_b[~same] = middle[~same], value[~same]
    return a + (at_a / (at_a - at_b))[:, None] * (b - a)

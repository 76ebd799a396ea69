"""Projection of nodes onto their functions after remeshing, and improvement of the worst cells along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fem_lumbar.cutting.project import Function, onto_functions
from fem_lumbar.cutting.remesh import Meshed
from fem_lumbar.foundation.tetrahedra import mean_ratio

_LONGEST_MM = 0.5
"""A node that would have to move farther stays: it has functions of a corner that it is not at."""
_STEP_MM, _STEPS = 0.15, 8
_WORST, _LOSS = 0.18, 0.8
"""Mean ratio below which a cell is bad, and the least fraction of its mean ratio that a move may leave."""
_DAMPING, _DAMPINGS = 0.6, 30
_ROUNDS, _TRIES, _REACH, _FARTHEST_MM = 12, 8, 0.12, 0.6
"""Improvement of bad cells: rounds, random trial moves per node, their size relative to the edges, longest move."""


def settled(mesh: Meshed, functions: Sequence[Function]) -> Meshed:
    """The mesh with nodes on their functions as exactly as the shapes of cells allow.

    Parameters
    ----------
    mesh : Meshed
    functions : sequence
        Of the columns of ``mesh.on``; the first is the plane y = 0, on which its nodes are placed exactly.
    """
    start = mesh.points.copy()
    start[mesh.on[:, 0], 1] = 0.0
    move = onto_functions(start, mesh.on, functions, _STEP_MM, _STEPS) - start
    move[np.linalg.norm(move, axis=1) > _LONGEST_MM] = 0.0
    move[mesh.on[:, 0], 1] = 0.0
    before = mean_ratio(mesh.points, mesh.cells)
    share = np.ones(len(start))
    for _ in range(_DAMPINGS):
        bad = mean_ratio(start + share[:, None] * move, mesh.cells) < np.minimum(_WORST, _LOSS * before)
        if not bad.any():
            break
        share[np.unique(mesh.cells[bad])] *= _DAMPING
    points = _improved(start + share[:, None] * move, mesh, functions)
    return replace(mesh, points=points)


def _improved(points: np.ndarray, mesh: Meshed, functions: Sequence[Function]) -> np.ndarray:
    """Nodes of bad cells moved at random, along their functions, where that makes the worst cell around them better."""
    random = np.random.default_rng(0)
    origin, cells = points.copy(), mesh.cells
    order = np.argsort(cells.ravel(), kind="stable")
    bounds = np.searchsorted(cells.ravel()[order], np.arange(len(points) + 1))
    for _ in range(_ROUNDS):
        bad = np.flatnonzero(mean_ratio(points, cells) < _WORST)
        if not len(bad):
            break
        for node in np.unique(cells[bad]):
            around = cells[order[bounds[node] : bounds[node + 1]] // 4]
            reach = _REACH * np.median(np.linalg.norm(points[around].reshape(-1, 3) - points[node], axis=1))
            tries = points[node] + random.normal(0.0, reach, (_TRIES, 3))
            on = np.tile(mesh.on[node], (_TRIES, 1))
            tries = onto_functions(tries, on, functions, _STEP_MM, 3)
            if mesh.on[node, 0]:
                tries[:, 1] = 0.0
            best, place = mean_ratio(points, around).min(), points[node].copy()
            for attempt in tries[np.linalg.norm(tries - origin[node], axis=1) < _FARTHEST_MM]:
                points[node] = attempt
                reached = mean_ratio(points, around).min()
                if reached > best:
                    best, place = reached, attempt
            points[node] = place
    return points

"""Rigid alignment of a template with a surface in any frame: iterative closest points from all principal axes."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
from scipy.spatial import KDTree

from fem_lumbar.surfaces.surface import Surface

Oriented = tuple[np.ndarray, np.ndarray]
"""Points (k, 3) in mm and unit normals (k, 3)."""

_COARSE, _FINE = 500, 3000  # samples
_KEPT, _FINALISTS = 8, 3  # of the starts: the right one may converge slowly
_TRIM = 0.9  # share of the closest pairs that are used: parts of only one surface are ignored
_FIRST_STEPS, _COARSE_STEPS, _DUEL_STEPS, _LAST_STEPS = 12, 40, 12, 80
_SETTLED_MM = 1e-4
_NORMAL_MM = 8.0  # distance that weighs as much as normals at right angles: opposite sides of a lamina do not pair


def rigid_alignment(template: Surface, target: Surface, turn: np.ndarray | None = None) -> np.ndarray:
    """Rigid motion (4, 4) that aligns ``template`` with ``target``, whatever their frames.

    The 24 proper rotations that map principal axes to principal axes are tried; mirror images are not.

    Parameters
    ----------
    template, target : Surface
        mm, both with outward normals.
    turn : ndarray (3, 3), optional
        The only rotation to start from, if it is roughly known.
    """
    coarse = _sampled(template, _COARSE), _sampled(target, _COARSE)
    fine = _sampled(template, _FINE), _sampled(target, _FINE)
    found = _best([_iterated(start, *coarse, _FIRST_STEPS) for start in _starts(template, target, turn)], _KEPT)
    found = _best([_iterated(start, *coarse, _COARSE_STEPS) for start in found], _FINALISTS)
    found = _best([_iterated(start, *fine, _DUEL_STEPS) for start in found], 1)
    return _iterated(found[0], *fine, _LAST_STEPS)[0]


def _best(found: list[tuple[np.ndarray, float]], count: int) -> list[np.ndarray]:
    return [transform for transform, _ in sorted(found, key=lambda pair: pair[1])[:count]]


def _sampled(surface: Surface, count: int) -> Oriented:
    samples = surface.samples(count)
    return surface.at(samples), surface.triangle_normals[samples.triangle]


def _starts(template: Surface, target: Surface, turn: np.ndarray | None) -> list[np.ndarray]:
    if turn is None:
        signed = [
            np.diag(signs)[:, list(order)]
            for order in permutations(range(3))
            for signs in product((1.0, -1.0), repeat=3)
        ]
        proper = [axes for axes in signed if np.linalg.det(axes) > 0.0]
        turns = [target.principal_axes @ axes @ template.principal_axes.T for axes in proper]
    else:
        turns = [turn]
    starts = np.tile(np.eye(4), (len(turns), 1, 1))
    starts[:, :3, :3] = turns
    starts[:, :3, 3] = target.centroid - starts[:, :3, :3] @ template.centroid
    return list(starts)


def _iterated(transform: np.ndarray, template: Oriented, target: Oriented, steps: int) -> tuple[np.ndarray, float]:
    """Motion (4, 4) after at most ``steps`` closest-point steps, and the trimmed mean distance (mm) left."""
    points, normals = template
    target_points, target_normals = target
    target_tree = KDTree(np.hstack([target_points, _NORMAL_MM * target_normals]))
    misfit = np.inf
    for _ in range(steps):
        rotation = transform[:3, :3]
        now, now_normals = points @ rotation.T + transform[:3, 3], normals @ rotation.T
        feature = np.hstack([now, _NORMAL_MM * now_normals])
        forth = target_tree.query(feature)[1]
        back = KDTree(feature).query(target_tree.data)[1]
        # Pairs in both directions: with only one, a short process fits anywhere inside a long one.
        source = np.concatenate([now, now[back]])
        goal = np.concatenate([target_points[forth], target_points])
        distance = np.linalg.norm(goal - source, axis=1)
        near = np.argsort(distance)[: int(_TRIM * len(distance))]
        misfit = float(distance[near].mean())
        step = best_motion(source[near], goal[near])
        transform = step @ transform
        moved = source @ step[:3, :3].T + step[:3, 3]
        if np.abs(moved - source).max() < _SETTLED_MM:
            break
    return transform, misfit


def best_motion(source: np.ndarray, goal: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Rigid motion (4, 4) from points (n, 3) to goals (n, 3) by least squares, with optional weights (n,)."""
    weights = np.ones(len(source)) if weights is None else weights
    centre, aim = np.average(source, axis=0, weights=weights), np.average(goal, axis=0, weights=weights)
    left, _, right = np.linalg.svd((weights[:, None] * (source - centre)).T @ (goal - aim))
    proper = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    motion = np.eye(4)
    motion[:3, :3] = (left @ proper @ right).T
    motion[:3, 3] = aim - motion[:3, :3] @ centre
    return motion

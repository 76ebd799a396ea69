"""Nodes put back onto their functions after remeshing."""

from dataclasses import replace

import numpy as np

from fem_lumbar.cutting.settle import settled
from fem_lumbar.foundation.tetrahedra import mean_ratio
from tests.cutting.half_ball import ball, half_ball, midplane


def test_disturbed_nodes_come_back():
    mesh = half_ball(snap=0.35)
    random = np.random.default_rng(0)
    pushed = mesh.points + random.normal(0.0, 0.02, mesh.points.shape)
    found = settled(replace(mesh, points=pushed), [midplane, ball])
    assert np.all(found.points[mesh.on[:, 0], 1] == 0.0)
    away = np.abs(ball(found.points[mesh.on[:, 1]]).value)
    assert np.mean(away < 1e-6) > 0.95
    assert mean_ratio(found.points, found.cells).min() >= min(0.8 * mean_ratio(pushed, mesh.cells).min(), 0.18)


def test_a_bad_cell_is_improved():
    mesh = half_ball(snap=0.35)
    before = mean_ratio(mesh.points, mesh.cells)
    inner = np.flatnonzero(~mesh.on.any(axis=1))
    node = inner[np.linalg.norm(mesh.points[inner] - mesh.points[inner].mean(axis=0), axis=1).argmin()]
    around = np.flatnonzero((mesh.cells == node).any(axis=1))
    other = mesh.cells[around[0]][mesh.cells[around[0]] != node]
    points = mesh.points.copy()
    points[node] += 0.98 * (points[other].mean(axis=0) - points[node])
    spoilt = replace(mesh, points=points)
    assert mean_ratio(points, mesh.cells)[around].min() < min(0.12, before[around].min())
    found = settled(spoilt, [midplane, ball])
    assert mean_ratio(found.points, found.cells)[around].min() > mean_ratio(points, mesh.cells)[around].min() + 0.03

"""Remeshing by mmg keeps volumes, functions and the ridge between them, and repeats itself to the last bit."""

import sys

import numpy as np
import pytest

from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.cutting.lattice import lattice
from fem_lumbar.cutting.remesh import Meshed, Pass, remeshed, without_outside
from fem_lumbar.cutting.tetrahedra import shapes, volumes
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.shape.jet import Jet, coordinate

OPTIONS = Pass(deviation=0.1, growth=2.0, smallest=0.3, largest=3.0)


def ball(points):
    arms = points - np.array([0.1, 0.0, 0.3])
    length = np.linalg.norm(arms, axis=1)
    return Jet(length - 4.0, arms / length[:, None])


def midplane(points):
    return coordinate(points, np.array([0.0, 1.0, 0.0]), np.zeros(3))


@pytest.fixture(scope="module")
def half_ball():
    def everywhere(points):
        return np.ones(len(points), dtype=bool)

    cutter = Cutter(*lattice(np.full(3, -6.0), np.full(3, 6.0), 1.5, ()))
    cutter.cut(Cut("midplane", midplane, everywhere))
    cutter.cut(Cut("ball", ball, everywhere))
    region = (cutter.inside("midplane") & cutter.inside("ball")).astype(np.int64)
    return without_outside(Meshed(cutter.points, cutter.cells, region, cutter.on))


def test_without_mmgpy_the_remedy_is_given(half_ball, monkeypatch):
    monkeypatch.setitem(sys.modules, "mmgpy", None)
    with pytest.raises(InputError, match="fem-lumbar\\[template\\]"):
        remeshed(half_ball, np.full(len(half_ball.points), 2.0), [3, 1], OPTIONS)


def test_shape_and_functions_are_kept(half_ball):
    pytest.importorskip("mmgpy")
    found = remeshed(half_ball, np.full(len(half_ball.points), 2.0), [3, 1], OPTIONS)
    before, after = (volumes(mesh.points, mesh.cells).sum() for mesh in (half_ball, found))
    assert abs(after - before) < 0.05 * before
    assert len(found.cells) < 0.8 * len(half_ball.cells)
    assert shapes(found.points, found.cells).min() > 0.2
    assert np.abs(found.points[found.on[:, 0], 1]).max() < 1e-6
    assert np.abs(ball(found.points[found.on[:, 1]]).value).max() < 2.0 * OPTIONS.deviation
    ridge = found.points[found.on.all(axis=1)]
    assert len(ridge) > 6  # the rim stays a rim


def test_it_repeats(half_ball):
    pytest.importorskip("mmgpy")
    one, other = (remeshed(half_ball, np.full(len(half_ball.points), 2.0), [3, 1], OPTIONS) for _ in range(2))
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.cells, other.cells)

"""Cutting a lattice: the pieces fill it exactly, faces lie on the surface, the mesh stays conforming."""

import numpy as np
import pytest

from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.cutting.lattice import lattice
from fem_lumbar.cutting.regions import without_strays
from fem_lumbar.foundation.tetrahedra import shared_faces, signed_volumes
from fem_lumbar.shape.jet import Jet, coordinate

CENTRE = np.array([0.1, 0.2, 0.3])


def ball(radius):
    def function(points):
        arms = points - CENTRE
        length = np.linalg.norm(arms, axis=1)
        return Jet(length - radius, arms / length[:, None])

    return function


def everywhere(points):
    return np.ones(len(points), dtype=bool)


@pytest.fixture(scope="module")
def cut():
    low, high = np.full(3, -6.0), np.full(3, 6.0)
    points, cells = lattice(low, high, 3.0, (lambda x, size: np.abs(ball(4.0)(x).value) < size,))
    cutter = Cutter(points, cells)
    whole = signed_volumes(points, cells).sum()
    cutter.cut(Cut("ball", ball(4.0), everywhere))
    cutter.cut(Cut("plane", lambda x: coordinate(x, np.array([0.0, 0.0, 1.0]), CENTRE), everywhere))
    return cutter, whole


def test_cells_are_positive_and_fill_the_box(cut):
    cutter, whole = cut
    cells = signed_volumes(cutter.points, cutter.cells)
    assert cells.min() > 0.0
    assert abs(cells.sum() - whole) < 0.02 * whole  # nodes of the outside may move along it


def test_pieces_have_the_volume_of_the_ball(cut):
    cutter, _ = cut
    cells = signed_volumes(cutter.points, cutter.cells)
    exact = 4.0 / 3.0 * np.pi * 4.0**3
    assert abs(cells[cutter.inside("ball")].sum() - exact) < 0.05 * exact
    lower = cutter.inside("ball") & cutter.inside("plane")
    assert abs(cells[lower].sum() - 0.5 * exact) < 0.05 * exact


def test_border_faces_lie_on_the_surface_and_meet_two_cells(cut):
    cutter, _ = cut
    faces, first, second = shared_faces(cutter.cells)
    inside = cutter.inside("ball")
    border = faces[(second >= 0) & (inside[first] != inside[second])]
    assert np.abs(ball(4.0)(cutter.points[np.unique(border)]).value).max() < 5e-3
    assert cutter.on[border, 0].all()
    edges, count = np.unique(
        np.sort(border[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0, return_counts=True
    )
    assert set(count) == {2}  # a closed surface without cracks
    assert len(np.unique(border)) - len(edges) + len(border) == 2  # Euler: a sphere


def test_same_input_same_mesh(cut):
    cutter, _ = cut
    low, high = np.full(3, -6.0), np.full(3, 6.0)
    points, cells = lattice(low, high, 3.0, (lambda x, size: np.abs(ball(4.0)(x).value) < size,))
    again = Cutter(points, cells)
    again.cut(Cut("ball", ball(4.0), everywhere))
    again.cut(Cut("plane", lambda x: coordinate(x, np.array([0.0, 0.0, 1.0]), CENTRE), everywhere))
    np.testing.assert_array_equal(again.points, cutter.points)
    np.testing.assert_array_equal(again.cells, cutter.cells)


def test_a_stray_piece_goes_to_its_neighbour(cut):
    cutter, _ = cut
    region = np.where(cutter.inside("ball"), 1, 2)
    cell = np.flatnonzero(cutter.inside("ball"))[0]
    centre = cutter.points[cutter.cells].mean(axis=1)
    deep = np.linalg.norm(centre - CENTRE, axis=1).argmin()
    region[deep] = 2
    cleaned = without_strays(cutter.points, cutter.cells, region)
    assert cleaned[deep] == 1 and cleaned[cell] == 1
    assert (cleaned != region).sum() == 1

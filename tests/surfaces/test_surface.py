"""Measures of a surface against those of a sphere and an ellipsoid."""

import numpy as np
import pytest

from fem_lumbar.surfaces import Surface
from tests.surfaces.shapes import inverted, joined, motion, sphere, vertebra


def test_measures_of_a_sphere():
    ball = sphere(30.0, (100.0, -50.0, 7.0), fineness=4)
    assert ball.area == pytest.approx(4.0 * np.pi * 30.0**2, rel=5e-3)
    assert ball.volume == pytest.approx(4.0 / 3.0 * np.pi * 30.0**3, rel=5e-3)
    np.testing.assert_allclose(ball.centroid, [100.0, -50.0, 7.0], atol=1e-3)


def test_closest_points_lie_on_the_surface_and_know_which_way_it_faces():
    ball = sphere(30.0, fineness=4)
    outside = 45.0 * ball.points[::50] / 30.0
    closest, distances, normals = ball.closest(outside)
    np.testing.assert_allclose(distances, 15.0, atol=0.05)
    np.testing.assert_allclose(np.linalg.norm(closest, axis=1), 30.0, atol=0.05)
    assert np.all(np.sum(normals * outside, axis=1) > 0.99 * 45.0)


def test_samples_are_even_and_move_with_the_vertices():
    ball = sphere(30.0)
    samples = ball.samples(4000)
    points = ball.at(samples)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=0.3)
    assert np.mean(points[:, 2] > 15.0) == pytest.approx(0.25, abs=0.01)  # the share of that cap in the area
    place = motion(3)
    np.testing.assert_allclose(ball.moved(place).at(samples), points @ place[:3, :3].T + place[:3, 3], atol=1e-9)


def test_diagonal_and_axes_do_not_depend_on_the_frame():
    bone = vertebra()
    assert bone.moved(motion(5)).diagonal == pytest.approx(bone.diagonal)
    # The triangles of one contour are not symmetric to 1e-6; with their mirror image they are exactly.
    mirrored = inverted(Surface(bone.points * [1.0, -1.0, 1.0], bone.triangles))
    pair = joined(bone, mirrored)
    axes = Surface(pair.points * [1.0, 3.0, 0.2], pair.triangles).principal_axes
    np.testing.assert_allclose(np.abs(axes[:, 0]), [0.0, 1.0, 0.0], atol=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0)

"""Measuring on triangles: a tetrahedron, a square and a cube whose measures are known."""

import numpy as np
import pytest

from fem_lumbar.foundation import triangles as measuring
from fem_lumbar.meshing.cell_faces import free_faces

CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
TETRAHEDRON = CORNERS[free_faces(np.array([[0, 1, 2, 3]]))]
SQUARE = np.array([[[0.0, 0, 2], [4, 0, 2], [4, 2, 2]], [[0.0, 0, 2], [4, 2, 2], [0, 2, 2]]])


def test_free_faces_of_a_tetrahedron_are_closed_and_point_outward():
    vectors = measuring.area_vectors(TETRAHEDRON)
    np.testing.assert_allclose(vectors.sum(axis=0), 0.0, atol=1e-15)
    assert np.all(np.einsum("ki,ki->k", vectors, TETRAHEDRON.mean(axis=1) - CORNERS.mean(axis=0)) > 0)
    _, count = measuring.edge_counts(free_faces(np.array([[0, 1, 2, 3]])))
    assert count.tolist() == [2] * 6


def test_plane_and_moments_of_a_rectangle():
    centre, normal = measuring.best_fit_plane(SQUARE)
    np.testing.assert_allclose(centre, [2, 1, 2])
    np.testing.assert_allclose(normal, [0, 0, 1], atol=1e-12)
    _, moments = measuring.area_moments(SQUARE)
    np.testing.assert_allclose(np.diag(moments), [2 * 4**3 / 12, 4 * 2**3 / 12, 0.0], atol=1e-12)


@pytest.mark.parametrize("height", [0.1, 0.25, 0.5])
def test_section_of_a_tetrahedron(height):
    cut = measuring.section(TETRAHEDRON, np.array([0, 0, height]), np.array([0.0, 0, 1]))
    lengths = np.linalg.norm(cut[:, 1] - cut[:, 0], axis=1)
    assert lengths.sum() == pytest.approx((1 - height) * (2 + np.sqrt(2)))
    assert np.all(cut[..., 2] == pytest.approx(height))


def test_ray_through_a_shared_edge_is_not_lost():
    hits = measuring.ray_hits(SQUARE, np.array([2.0, 1.0, 0.0]), np.array([0, 0, 3.0]))
    assert hits.tolist() == [2.0, 2.0]
    assert len(measuring.ray_hits(SQUARE, np.array([2.0, 1.0, 0.0]), np.array([0, 0, -1.0]))) == 0


def test_distances_carry_the_side_and_leave_out_what_lies_beyond_the_rim():
    points = np.array([[1.0, 1, 2.5], [1.0, 1, 1.0], [7.0, 1, 1.9]])
    np.testing.assert_allclose(measuring.facing_distances(points, SQUARE), [0.5, -1.0, np.nan])


def test_samples_stand_for_the_whole_area():
    points, weights, normals = measuring.samples(TETRAHEDRON, 0.3)
    assert weights.sum() == pytest.approx(1.5 + np.sqrt(3) / 2)
    np.testing.assert_allclose(weights @ points / weights.sum(), measuring.area_moments(TETRAHEDRON)[0])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0)


def test_mean_over_an_area_counts_triangles_by_their_size():
    corners = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 0], [3, 0, 0], [0, 1, 0]]], dtype=float)
    values = np.stack([np.full((3, 1), 1.0), np.array([[3.0], [5.0], [7.0]])])
    assert measuring.area_mean(corners, values) == pytest.approx([(1.0 + 3 * 5.0) / 4])

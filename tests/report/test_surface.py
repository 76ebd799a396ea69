"""Free surfaces and nodal averages of cell values."""

from __future__ import annotations

import numpy as np

from fem_lumbar.report.style import load_label, robust_maximum, round_up
from fem_lumbar.report.surface import Surface
from tests.synthetic_run import synthetic_mesh


def outward_volume(points, triangles):
    """Volume enclosed by triangles with outward normals, by the divergence theorem."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_surface_encloses_the_volume_of_its_tetrahedra():
    mesh = synthetic_mesh()
    surface = Surface.of(mesh.cells, mesh.region)
    edges = mesh.points[mesh.cells[:, 1:]] - mesh.points[mesh.cells[:, :1]]
    volume = np.linalg.det(edges).sum() / 6
    assert np.isclose(outward_volume(mesh.points[surface.nodes], surface.triangles), volume, rtol=1e-12)


def test_part_of_a_mesh_has_its_own_closed_surface():
    mesh = synthetic_mesh()
    keep = mesh.region == mesh.region_names.index("L4.cancellous")
    surface = Surface.of(mesh.cells, mesh.region, keep)
    assert np.isclose(outward_volume(mesh.points[surface.nodes], surface.triangles), 34 * 48 * 30, rtol=1e-12)
    assert len(surface.triangles) == 6 * 2 * 4**2


def test_nodes_between_regions_are_not_shared():
    cells = np.array([[0, 1, 2, 3], [0, 2, 1, 4]])
    surface = Surface.of(cells, np.array([0, 1]))
    assert len(surface.triangles) == 6
    assert len(surface.nodes) == 8
    values = surface.values(cells, np.array([0, 1]), np.array([3.0, 7.0]))
    assert np.array_equal(values, np.where(surface.region == 0, 3.0, 7.0))


def test_values_are_averages_around_each_node():
    cells = np.array([[0, 1, 2, 3], [0, 2, 1, 4]])
    surface = Surface.of(cells, np.array([0, 0]))
    values = surface.values(cells, np.array([0, 0]), np.array([3.0, 7.0]))
    expected = {0: 5.0, 1: 5.0, 2: 5.0, 3: 3.0, 4: 7.0}
    assert dict(zip(surface.nodes.tolist(), values.tolist(), strict=True)) == expected


def test_colour_scale_end_is_round_and_robust():
    assert np.isclose(round_up(0.13), 0.15)
    assert round_up(2.0) == 2.0
    assert round_up(73.0) == 100.0
    values = np.full(10_000, 1.9)
    values[0] = 1e6
    assert robust_maximum([values, np.full(3, np.nan)]) == 2.0
    assert robust_maximum([np.zeros(5)]) == 1.0
    assert robust_maximum([]) == 1.0


def test_load_is_named_with_units():
    entry = {"status": "converged", "applied": {"moment_Nm": [0, -7.5, 0], "follower_N": 500, "muscle_activation": 0.1}}
    assert load_label(entry) == "moment 7.5 N·m, follower load 500 N, muscle activation 10 %"
    failed = {"status": "failed", "load_fraction": 0.4, "applied": {"moment_Nm": [0, 3.0, 0], "follower_N": 0}}
    assert "NOT CONVERGED, state at 40 % of the load" in load_label(failed)

"""Free surfaces and nodal averages of cell values."""

from __future__ import annotations

import numpy as np

from fem_lumbar.documents.style import load_label, robust_maximum, round_up
from fem_lumbar.mechanics.space import TET_EDGES, QuadraticSpace
from fem_lumbar.runs.surface import Surface, flat_parts
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


def quadratic_mesh():
    """The synthetic mesh with mid-edge nodes: positions (n, 3) and cells (m, 10)."""
    mesh = synthetic_mesh()
    space = QuadraticSpace(mesh.points, mesh.cells)
    middles = [space.mid_nodes(mesh.cells[:, edge]) for edge in TET_EDGES]
    return mesh, space.nodes, np.column_stack([mesh.cells, *middles])


def test_quadratic_surface_encloses_the_same_volume_and_follows_its_nodes():
    mesh, points, cells = quadratic_mesh()
    keep = mesh.region == mesh.region_names.index("L4.cancellous")
    surface = Surface.of(cells, mesh.region, keep)
    assert len(surface.triangles) == 4 * 6 * 2 * 4**2
    assert np.isclose(outward_volume(points[surface.nodes], surface.triangles), 34 * 48 * 30, rtol=1e-12)
    bulging = points * (1 + 0.1 * np.cos(np.pi * (points[:, :1]) / 34))
    flat = Surface.of(mesh.cells, mesh.region, keep)
    ball = outward_volume(bulging[surface.nodes], surface.triangles)
    assert ball > outward_volume(bulging[flat.nodes], flat.triangles) * 1.001
    values = surface.values(cells, mesh.region, np.where(keep, 2.0, 7.0))
    assert np.allclose(values, 2.0)


def test_flat_parts_of_a_face_keep_its_side():
    mesh, points, cells = quadratic_mesh()
    facet = mesh.surfaces["L4.facet.inferior.left"]
    parts = flat_parts(facet, cells)
    assert len(parts) == 4 * len(facet)
    areas = [np.cross(points[t[:, 1]] - points[t[:, 0]], points[t[:, 2]] - points[t[:, 0]]) / 2 for t in (facet, parts)]
    assert np.allclose(areas[0].sum(axis=0), areas[1].sum(axis=0))
    assert np.allclose(areas[0], areas[1].reshape(-1, 4, 3).sum(axis=1))
    assert np.array_equal(flat_parts(facet, mesh.cells), facet)


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

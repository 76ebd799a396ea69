"""Facets are kept from overlapping, and left alone where they do not."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.anatomy.part_name import facet_surfaces
from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.triangles import facing_distances, unit_normals
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.meshing.facet_gaps import LEAST_MM, opened


def gaps(mesh, points):
    found = []
    for joint in JOINTS:
        for side in SIDES:
            faces = [mesh.surfaces[name] for name in facet_surfaces(joint, side)]
            for own, other in (faces, faces[::-1]):
                found.append(np.nanmin(facing_distances(points[np.unique(own)], points[other])))
    return np.array(found)


def test_facets_that_overlap_are_parted_and_others_do_not_move():
    mesh = segment_mesh(Anatomy.model_validate(default_anatomy_values()), MeshSettings(density="test"))
    np.testing.assert_array_equal(opened(mesh, mesh.points, JOINTS), mesh.points)
    joint, side = JOINTS[0], SIDES[0]
    face = mesh.surfaces[facet_surfaces(joint, side)[0]]
    nodes = np.unique(face)
    closer = mesh.points.copy()
    closer[nodes] += 0.33 * unit_normals(mesh.points[face]).mean(axis=0)  # about the gap
    assert gaps(mesh, closer).min() < 0.0
    parted = opened(mesh, closer, JOINTS)
    assert gaps(mesh, parted).min() >= LEAST_MM - 1e-9
    moved = np.flatnonzero((parted != closer).any(axis=1))
    either = np.unique(np.concatenate([mesh.surfaces[name] for name in facet_surfaces(joint, side)]))
    assert len(moved) > 0 and set(moved) <= set(either)
    assert np.linalg.norm(parted - closer, axis=1).max() < 0.2

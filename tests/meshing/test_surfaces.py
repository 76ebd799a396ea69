"""Named surfaces: where they lie, which way they point, what they enclose."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.spine import JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.foundation.tetrahedra import signed_volumes
from fem_lumbar.foundation.triangles import closest
from fem_lumbar.meshing.cell_faces import all_faces

WITHIN_MM = 0.5


def area_vectors(points, triangles):
    a, b, c = points[triangles].transpose(1, 0, 2)
    return 0.5 * np.cross(b - a, c - a)


def test_all_are_there_and_not_empty(mesh):
    wanted = {f"{level}.endplate.{face}" for level in LEVELS for face in ("superior", "inferior")}
    wanted |= {f"{level}.{name}" for level in LEVELS for name in ("cortex", "posterior")}
    wanted |= {f"{joint}.annulus.outer" for joint in JOINTS}
    for side in SIDES:
        for part in ("mammillary_end", "accessory_end", "dorsal", "lateral"):
            wanted |= {f"{level}.mal.{side}.{part}" for level in LEVELS}
        for upper, lower in map(joint_levels, JOINTS):
            wanted |= {f"{upper}.facet.inferior.{side}", f"{lower}.facet.superior.{side}"}
    assert set(mesh.surfaces) == wanted
    assert all(len(triangles) for triangles in mesh.surfaces.values())


@pytest.mark.parametrize("level", LEVELS)
def test_body_surface_is_closed_where_it_does_not_meet_the_pedicles(mesh, level):
    faces = all_faces(mesh.cells, mesh.region)
    number = {name: index for index, name in enumerate(mesh.region_names)}
    pedicle = faces.nodes[
        (faces.owner == number[f"{level}.cancellous"]) & (faces.neighbour == number[f"{level}.posterior"])
    ]
    pieces = [mesh.surfaces[f"{level}.{n}"] for n in ("cortex", "endplate.superior", "endplate.inferior")]
    closed = mesh.points[np.vstack([*pieces, pedicle])]
    enclosed = np.einsum("ij,ij->", closed[:, 0], np.cross(closed[:, 1], closed[:, 2])) / 6.0
    inside = signed_volumes(mesh.points, mesh.cells[mesh.region_cells(f"{level}.cancellous")]).sum()
    assert enclosed == pytest.approx(inside, rel=1e-9)


@pytest.mark.parametrize("joint", JOINTS)
def test_facets_face_each_other_across_the_given_gap(mesh, anatomy, scene, joint):
    facet, gap = scene.facets[joint], anatomy.joints[joint].facet_gap_mm
    upper, lower = joint_levels(joint)
    for side in SIDES:
        there = mirrored if side == "left" else np.asarray
        normal = there(facet.frame.normal)
        inferior, superior = (
            mesh.surfaces[f"{upper}.facet.inferior.{side}"],
            mesh.surfaces[f"{lower}.facet.superior.{side}"],
        )
        assert np.all(area_vectors(mesh.points, inferior) @ normal < 0)
        assert np.all(area_vectors(mesh.points, superior) @ normal > 0)
        nodes = mesh.points[np.unique(inferior)]
        nodes = nodes[facet.outside(there(nodes)).value < -WITHIN_MM]  # at the rim there is nothing opposite
        feet, _ = closest(nodes, mesh.points[superior])
        distance = np.linalg.norm(nodes - feet, axis=1)
        # triangles of edge h cut a hollow face of curvature k short by h² k / 8
        edge = np.linalg.norm(np.diff(mesh.points[superior], axis=1), axis=2).max()
        sag = edge**2 * anatomy.joints[joint].facet_curvature_per_mm / 8
        assert gap - sag < distance.min() <= distance.max() < gap + 1e-3
        assert gap - 0.5 * sag < distance.mean() < gap


@pytest.mark.parametrize("joint", JOINTS)
def test_neighbouring_vertebrae_keep_clear_of_each_other(mesh, scene, joint):
    """Bones end where the gap is wider than a distance, which grows as steeply as its gradient says.

    Beyond the facets the gap goes over into the middle between both bones, and is steeper than a distance.
    """
    sides = [mesh.points[np.unique(mesh.surfaces[f"{level}.posterior"])] for level in joint_levels(joint)]
    above, below = (points[points[:, 1] <= 0.0] for points in sides)
    distance, nearest = cKDTree(above).query(below)
    wide = 2.0 * scene.facets[joint].bone_offset
    near = np.flatnonzero(distance < wide)
    assert len(near) > 1
    for one in near:
        way = np.linspace(below[one], above[nearest[one]], 11)
        steepest = np.linalg.norm(scene.gap(joint, way).gradient, axis=1).max()
        assert distance[one] >= 0.97 * wide / steepest

"""Named surfaces: where they lie, which way they point, what they enclose."""

import numpy as np
import pytest

from fem_lumbar.anatomy.placement import facet_frames, level_frames
from fem_lumbar.anatomy.spine import JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.foundation.triangles import closest
from fem_lumbar.meshing.arch_sections import arch_frame
from fem_lumbar.meshing.cell_faces import FREE, all_faces
from fem_lumbar.meshing.quality import signed_volumes


def area_vectors(points, triangles):
    a, b, c = points[triangles].transpose(1, 0, 2)
    return 0.5 * np.cross(b - a, c - a)


def area(points, triangles):
    return np.linalg.norm(area_vectors(points, triangles), axis=1).sum()


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


def test_endplates_point_out_of_the_bone_and_have_the_outlined_area(mesh):
    for level in LEVELS:
        axis = mesh.frames[level][:3, 2]
        for face, sign in (("superior", 1.0), ("inferior", -1.0)):
            vectors = area_vectors(mesh.points, mesh.surfaces[f"{level}.endplate.{face}"])
            assert np.all(sign * vectors @ axis > 0.9 * np.linalg.norm(vectors, axis=1))
            assert 1250 < np.linalg.norm(vectors.sum(axis=0)) < 1750


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
def test_facets_face_each_other_across_the_given_gap(mesh, anatomy, joint):
    facet, gap = facet_frames(anatomy)[joint], anatomy.joints[joint].facet_gap_mm
    upper, lower = joint_levels(joint)
    for side in SIDES:
        normal = mirrored(facet.normal) if side == "left" else facet.normal
        inferior, superior = (
            mesh.surfaces[f"{upper}.facet.inferior.{side}"],
            mesh.surfaces[f"{lower}.facet.superior.{side}"],
        )
        assert np.all(area_vectors(mesh.points, inferior) @ normal < 0)
        assert np.all(area_vectors(mesh.points, superior) @ normal > 0)
        nodes = mesh.points[np.unique(inferior)]
        feet, _ = closest(nodes, mesh.points[superior])
        distance = np.linalg.norm(nodes - feet, axis=1)
        # triangles of edge h cut a hollow face of curvature k short by h² k / 8
        edge = np.linalg.norm(np.diff(mesh.points[superior], axis=1), axis=2).max()
        sag = edge**2 * anatomy.joints[joint].facet_curvature_per_mm / 8
        assert gap - sag < distance.min() <= distance.max() < gap + 1e-3
        assert gap - 0.5 * sag < distance.mean() < gap


@pytest.mark.parametrize("joint", JOINTS)
def test_facet_areas(mesh, joint):
    upper, lower = joint_levels(joint)
    superior = area(mesh.points, mesh.surfaces[f"{lower}.facet.superior.right"])
    inferior = area(mesh.points, mesh.surfaces[f"{upper}.facet.inferior.right"])
    assert 140 < superior < 190
    assert 0.8 * superior < inferior < superior


@pytest.mark.parametrize("joint", JOINTS)
def test_neighbouring_vertebrae_keep_clear_of_each_other(mesh, anatomy, joint):
    from scipy.spatial import cKDTree

    upper, lower = joint_levels(joint)
    nodes = [mesh.points[np.unique(mesh.surfaces[f"{level}.posterior"])] for level in (upper, lower)]
    distance, _ = cKDTree(nodes[0]).query(nodes[1])
    measures = anatomy.joints[joint]
    between_facets = measures.facet_gap_mm + 2 * measures.facet_cartilage_thickness_mm
    assert distance.min() >= 0.97 * between_facets  # bent bony faces are parallel to first order in curvature


@pytest.mark.parametrize("level", LEVELS)
def test_ligament_arch_is_bonded_at_both_ends_and_free_between(mesh, anatomy, level):
    arch = arch_frame(anatomy.levels[level], level_frames(anatomy)[level])
    faces = all_faces(mesh.cells, mesh.region)
    own, bone = (mesh.region_names.index(name) for name in (f"{level}.mal.right", f"{level}.posterior"))
    owned = faces.owner == own
    assert set(faces.neighbour[owned]) == {FREE, own, bone}
    bonded = faces.nodes[owned & (faces.neighbour == bone)]
    along = (mesh.points[bonded].mean(axis=1) - arch.start) @ arch.along / arch.length
    assert not np.any((along > 0.4) & (along < 0.85))
    section = anatomy.mal[level].width_mm * anatomy.mal[level].thickness_mm
    for end in ("mammillary_end", "accessory_end"):
        assert area(mesh.points, mesh.surfaces[f"{level}.mal.right.{end}"]) > 0.8 * section


@pytest.mark.parametrize("level", LEVELS)
def test_groove_under_the_ligament_arch_is_deep_enough_for_the_nerve(mesh, anatomy, level):
    arch = arch_frame(anatomy.levels[level], level_frames(anatomy)[level])
    bone = mesh.points[mesh.surfaces[f"{level}.posterior"]].mean(axis=1)
    offset = bone - 0.5 * (arch.start + arch.end)
    along, across, outward = offset @ arch.along, offset @ arch.across, offset @ arch.outward
    under = (np.abs(along) < 1.0) & (np.abs(across) < 1.0) & (outward > -8.0)
    assert under.any()
    assert outward[under].max() <= -2.4


def test_ligament_arch_has_its_section_and_span(mesh, anatomy):
    for level in LEVELS:
        measures = anatomy.mal[level]
        cells = mesh.cells[mesh.region_cells(f"{level}.mal.right")]
        length = signed_volumes(mesh.points, cells).sum() / (measures.width_mm * measures.thickness_mm)
        assert 5.5 < length < 11.0

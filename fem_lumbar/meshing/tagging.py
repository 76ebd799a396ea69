"""Named surfaces of the whole mesh, found from which regions meet at each face."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import endplate_frame, facet_frames, level_frames
from fem_lumbar.anatomy.spine import ARCH_LEVELS, JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.cell_faces import FREE, Faces, all_faces
from fem_lumbar.meshing.geometry_mal import ArchFrame, arch_frame
from fem_lumbar.meshing.mirror import WholeMesh
from fem_lumbar.shape.arch import Arch

_IN_PLANE_MM = 2e-3


def named_surfaces(mesh: WholeMesh, anatomy: Anatomy) -> dict[str, np.ndarray]:
    """Surfaces of the segment: name to triangles (k, 3) with outward normals.

    Parameters
    ----------
    mesh : WholeMesh
    anatomy : Anatomy
        The anatomy the mesh was built from.
    """
    faces = all_faces(mesh.cells, mesh.region)
    number: dict[str, int] = {name: index for index, name in enumerate(mesh.region_names)}
    found: dict[str, np.ndarray] = {}
    frames, facets = level_frames(anatomy), facet_frames(anatomy)
    for level in LEVELS:
        owned = faces.owner == number[f"{level}.cancellous"]
        bone = [number[f"{level}.posterior"], number[f"{level}.cancellous"]]
        exposed = owned & ~np.isin(faces.neighbour, bone)
        ends = np.zeros(len(owned), dtype=bool)
        for face in ("superior", "inferior"):
            plane = frames[level] @ endplate_frame(anatomy.levels[level], face)
            on_it = exposed & _in_plane(mesh.points, faces.nodes, plane[:3, 3], plane[:3, 2])
            found[f"{level}.endplate.{face}"] = faces.nodes[on_it]
            ends |= on_it
        found[f"{level}.cortex"] = faces.nodes[exposed & ~ends]
        free = faces.neighbour == FREE
        found[f"{level}.posterior"] = faces.nodes[free & (faces.owner == number[f"{level}.posterior"])]
    for level in ARCH_LEVELS:
        arch = arch_frame(anatomy.levels[level], frames[level])
        for side in ("right", "left"):
            found.update(arch_surfaces(mesh, faces, number, level, side, arch))
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        outer = (faces.owner == number[f"{joint}.annulus"]) & (faces.neighbour == FREE)
        found[f"{joint}.annulus.outer"] = faces.nodes[outer]
        facet, half_gap = facets[joint], 0.5 * anatomy.joints[joint].facet_gap_mm
        for level, face, sign in ((upper, "inferior", 1.0), (lower, "superior", -1.0)):
            for side in ("right", "left"):
                centre = facet.centre + sign * half_gap * facet.normal
                normal = facet.normal
                if side == "left":
                    centre, normal = mirrored(centre), mirrored(normal)
                owned = (faces.owner == number[f"{level}.facet_cartilage.{face}.{side}"]) & (faces.neighbour == FREE)
                articulating = owned & _in_plane(mesh.points, faces.nodes, centre, normal)
                found[f"{level}.facet.{face}.{side}"] = faces.nodes[articulating]
    return found


def _in_plane(points: np.ndarray, nodes: np.ndarray, centre: np.ndarray, normal: np.ndarray) -> np.ndarray:
    near = np.abs((points - centre) @ normal) < _IN_PLANE_MM
    return np.all(near[nodes], axis=1)


def arch_surfaces(
    mesh: WholeMesh, faces: Faces, number: Mapping[str, int], level: str, side: str, arch: ArchFrame | Arch
) -> dict[str, np.ndarray]:
    """Ends and free outer faces of one ligament arch."""
    flip = mirrored if side == "left" else (lambda vector: vector)
    owned = faces.owner == number[f"{level}.mal.{side}"]
    bonded = owned & (faces.neighbour == number[f"{level}.posterior"])
    centres = mesh.points[faces.nodes].mean(axis=1)
    progress = (centres - flip(arch.start)) @ flip(arch.along) / arch.length
    normals = unit_normals(mesh.points[faces.nodes])
    outer = owned & (faces.neighbour == FREE) & (normals @ flip(arch.outward) > 0.5)
    across = (centres - flip(arch.start)) @ flip(arch.across)
    dorsal_sign = -np.sign(arch.across[0])
    dorsal = outer & (dorsal_sign * across >= 0)
    return {
        f"{level}.mal.{side}.mammillary_end": faces.nodes[bonded & (progress < 0.5)],
        f"{level}.mal.{side}.accessory_end": faces.nodes[bonded & (progress >= 0.5)],
        f"{level}.mal.{side}.dorsal": faces.nodes[dorsal],
        f"{level}.mal.{side}.lateral": faces.nodes[outer & ~dorsal],
    }

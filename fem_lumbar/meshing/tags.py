"""Named surfaces of the template: from the function each face lies on and the regions that meet there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.anatomy.spine import ARCH_LEVELS, FACES, SACRUM, joint_levels
from fem_lumbar.foundation.conventions import SIDE_SIGN, SIDES, mirrored
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.cell_faces import FREE, Faces, all_faces
from fem_lumbar.meshing.cuts import SACRAL_CUT
from fem_lumbar.meshing.mirror import WholeMesh
from fem_lumbar.meshing.transition import is_transitional, joint_surfaces
from fem_lumbar.shape.arch import Arch
from fem_lumbar.shape.scene import Scene

_LATERAL, _ASIDE_MM = 0.4, 42.0
"""Least lateral component of the normal of an auricular face (1), and its least distance from the midline."""


def named_surfaces(mesh: WholeMesh, scene: Scene, on: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Surfaces of the segment: name to triangles (k, 3) with outward normals.

    Parameters
    ----------
    mesh : WholeMesh
    scene : Scene
        Functions along which the mesh was cut.
    on : mapping
        Name of a function or a cap to the mask (n,) of the nodes on it, in both halves.
    """
    faces = all_faces(mesh.cells, mesh.region)
    number: dict[str, int] = {name: index for index, name in enumerate(mesh.region_names)}
    found: dict[str, np.ndarray] = {}
    free = faces.neighbour == FREE
    bare = free | np.isin(faces.neighbour, [number[name] for name in number if is_transitional(name)])
    for level in scene.levels:
        bone = [number[f"{level}.posterior"], number[f"{level}.cancellous"]]
        wall = (faces.owner == bone[1]) & ~np.isin(faces.neighbour, bone)
        for face in scene.bones[level].shape.faces:
            cap = on.get(f"{level}.cap.{face}")
            if cap is None:
                (joint,) = (joint for joint in scene.joints if level == joint_levels(joint)[FACES[::-1].index(face)])
                over = np.isin(faces.neighbour, [number[f"{joint}.{part}"] for part in ("annulus", "nucleus")])
            else:
                over = free & cap[faces.nodes].all(axis=1)
            plate = wall & over
            found[f"{level}.endplate.{face}"] = faces.nodes[plate]
            wall &= ~plate
        found[f"{level}.cortex"] = faces.nodes[wall]
        found[f"{level}.posterior"] = faces.nodes[bare & (faces.owner == bone[0])]
    for level in ARCH_LEVELS:
        for side in SIDES:
            found.update(_arch(mesh, faces, number, level, side, scene.arches[level]))
    found |= _sacral(mesh, scene, found, on) | joint_surfaces(faces, number)
    for joint in scene.joints:
        found[f"{joint}.annulus.outer"] = faces.nodes[free & (faces.owner == number[f"{joint}.annulus"])]
        found.update(_articular(faces, number, joint, on))
    return found


def _arch(
    mesh: WholeMesh, faces: Faces, number: Mapping[str, int], level: str, side: str, arch: Arch
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


def _sacral(
    mesh: WholeMesh, scene: Scene, found: Mapping[str, np.ndarray], on: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Support surfaces of the sacrum: cut plane and auricular faces; also its cortex and posterior without the cut."""
    if scene.sacrum is None:
        return {}
    cortex, behind = found[f"{SACRUM}.cortex"], found[f"{SACRUM}.posterior"]
    cut = {name: on[SACRAL_CUT][faces].all(axis=1) for name, faces in (("cortex", cortex), ("posterior", behind))}
    skin = np.vstack([cortex[~cut["cortex"]], behind[~cut["posterior"]]])
    centres = mesh.points[skin].mean(axis=1)
    outward = unit_normals(mesh.points[skin])[:, 1]
    ears = scene.sacrum.is_auricular(centres)
    return {
        f"{SACRUM}.cortex": cortex[~cut["cortex"]],
        f"{SACRUM}.posterior": behind[~cut["posterior"]],
        f"{SACRUM}.cut": np.vstack([cortex[cut["cortex"]], behind[cut["posterior"]]]),
        **{
            f"{SACRUM}.auricular.{side}": skin[
                ears & (SIDE_SIGN[side] * outward > _LATERAL) & (SIDE_SIGN[side] * centres[:, 1] > _ASIDE_MM)
            ]
            for side in SIDES
        },
    }


def _articular(faces: Faces, number: Mapping[str, int], joint: str, on: Mapping[str, np.ndarray]) -> dict:
    """Articular faces of a joint: faces of cartilage whose nodes lie on the function of the face."""
    found = {}
    for level, name, face in zip(joint_levels(joint), ("upper", "lower"), reversed(FACES)):
        articulating = on[f"face.{name}.{joint}"][faces.nodes].all(axis=1) & (faces.neighbour == FREE)
        for side in SIDES:
            own = faces.owner == number[f"{level}.facet_cartilage.{face}.{side}"]
            found[f"{level}.facet.{face}.{side}"] = faces.nodes[own & articulating]
    return found

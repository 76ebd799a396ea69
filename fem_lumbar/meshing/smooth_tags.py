"""Named surfaces of the smooth template: from the function each face lies on and the regions that meet there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.anatomy.spine import ARCH_LEVELS, FACES, SACRUM, joint_levels
from fem_lumbar.foundation.conventions import SIDE_SIGN, SIDES, mirrored
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.cell_faces import FREE, Faces, all_faces
from fem_lumbar.meshing.mirror import WholeMesh
from fem_lumbar.meshing.smooth_cuts import SACRAL_CUT
from fem_lumbar.meshing.tagging import arch_surfaces
from fem_lumbar.shape.scene import Scene

_BESIDE_BODY_MM = 2.0
"""Distance beyond the side wall of a body at which no face belongs to an endplate."""
_LATERAL, _ASIDE_MM = 0.4, 42.0
"""Least sideward part of the normal of an auricular face (1), and its least distance from the midline."""


def smooth_surfaces(mesh: WholeMesh, scene: Scene, on: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Surfaces of the segment: name to triangles (k, 3) with outward normals.

    Parameters
    ----------
    mesh : WholeMesh
    scene : Scene
        What the mesh was cut by.
    on : mapping
        Name of a function to the nodes that lie on it, a mask (n,) of both halves.
    """
    faces = all_faces(mesh.cells, mesh.region)
    number: dict[str, int] = {name: index for index, name in enumerate(mesh.region_names)}
    centres = mesh.points[faces.nodes].mean(axis=1)
    found: dict[str, np.ndarray] = {}
    free = faces.neighbour == FREE
    for level in scene.levels:
        bone = [number[f"{level}.posterior"], number[f"{level}.cancellous"]]
        exposed = np.flatnonzero((faces.owner == bone[1]) & ~np.isin(faces.neighbour, bone))
        sort = _nearest_of_body(scene, level, centres[exposed])
        rise = unit_normals(mesh.points[faces.nodes[exposed]]) @ scene.frames[level][:3, 2]
        for index, face in enumerate(scene.bones[level].shape.faces, start=1):
            sign = 1.0 if face == FACES[0] else -1.0
            sort[(sort == index) & (sign * rise <= 0.0)] = 0  # hangs over at the rounded rim
            found[f"{level}.endplate.{face}"] = faces.nodes[exposed[sort == index]]
        found[f"{level}.cortex"] = faces.nodes[exposed[sort == 0]]
        found[f"{level}.posterior"] = faces.nodes[free & (faces.owner == bone[0])]
    for level in ARCH_LEVELS:
        for side in SIDES:
            found.update(arch_surfaces(mesh, faces, number, level, side, scene.arches[level]))
    found |= _sacral(mesh, scene, found, on)
    for joint in scene.joints:
        found[f"{joint}.annulus.outer"] = faces.nodes[free & (faces.owner == number[f"{joint}.annulus"])]
        found.update(_articular(faces, number, joint, on))
    return found


def _nearest_of_body(scene: Scene, level: str, points: np.ndarray) -> np.ndarray:
    """Whether points (n, 3) lie on the side wall (0), the superior (1) or the inferior endplate (2)."""
    on_right = np.where(points[:, 1:2] > 0.0, mirrored(points), points)
    values = scene.bones[level](on_right)
    plates = [getattr(values, face).value for face in scene.bones[level].shape.faces]
    return np.where(values.wall.value > _BESIDE_BODY_MM, 0, np.argmax([values.wall.value, *plates], axis=0))


def _sacral(
    mesh: WholeMesh, scene: Scene, found: Mapping[str, np.ndarray], on: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Where the sacrum is held: the plane it is cut in, and the auricular faces; its cortex ends at the cut."""
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

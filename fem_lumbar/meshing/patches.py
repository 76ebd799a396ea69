"""Attachment patches: nodes of a surface near a target point, weighted so that their mean is the target."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from fem_lumbar.anatomy.attachment_sites import attachment_values
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import ARCH_LEVELS, LEVELS
from fem_lumbar.foundation.closest_point import nearest_on_surface
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.meshing.attachments import AttachmentTargets, Target
from fem_lumbar.meshing.mesh import Patch, SegmentMesh
from fem_lumbar.meshing.mirror import WholeMesh

_SUM_WEIGHT = 1e3
"""Weight, in the least squares, of the condition that weights sum to one; they are normalised afterwards."""


def attachment_patches(
    mesh: WholeMesh | SegmentMesh, surfaces: dict[str, np.ndarray], anatomy: Anatomy
) -> dict[str, Patch]:
    """All patches of the segment; left ones are exact mirror images of right ones.

    Parameters
    ----------
    mesh : WholeMesh or SegmentMesh
    surfaces : dict
        From :func:`fem_lumbar.meshing.tags.named_surfaces`.
    anatomy : Anatomy

    Raises
    ------
    AnatomyError
        When a ligament arch has no node at mid-span, or a follower point is not between the walls of its body.
    """
    targets = AttachmentTargets(anatomy)
    found: dict[str, Patch] = {}
    for name, target in targets.midline().items():
        found[name] = symmetric_patch(near_patch(mesh, surfaces, target), mesh.mirror)
    for name, target in targets.right().items():
        found[name] = near_patch(mesh, surfaces, target, right_only=True)
    for level in ARCH_LEVELS:
        for face in ("dorsal", "lateral"):
            found[f"{level}.mal.right.{face}"] = _arch_patch(mesh, surfaces, level, face)
    for name, patch in list(found.items()):
        image = mirror_image(PartName(name))
        found[image] = patch if image == name else Patch(mesh.mirror[patch.nodes], patch.weights)
    for level in LEVELS:
        wall, point = np.unique(surfaces[f"{level}.cortex"]), targets.follower_point(level)
        follower = follower_patch(mesh.points, wall, targets.frames[level], point, level)
        found[f"{level}.follower"] = symmetric_patch(follower, mesh.mirror)
    return dict(sorted(found.items()))


def mirror_image(name: PartName) -> PartName:
    """Name of the mirror image: side swapped, or strand counted from the other side (ALL and PLL, 5 strands)."""
    if name.part in ("ALL", "PLL"):
        strand, end = name.details
        return PartName.of(name.place, name.part, 6 - int(strand), end)
    return name.mirrored


def near_patch(
    mesh: WholeMesh | SegmentMesh, surfaces: dict[str, np.ndarray], target: Target, right_only: bool = False
) -> Patch:
    """Patch around the closest point on the triangles of the target's surfaces, not around the closest node.

    ``right_only`` uses only triangles with y <= 0.
    """
    triangles = np.concatenate([surfaces[name] for name in target.surfaces])
    if right_only:
        triangles = triangles[(mesh.points[triangles, 1] <= 0.0).all(axis=1)]
    (nearest,), (place,) = nearest_on_surface(target.point[None], mesh.points[triangles])
    nodes = np.unique(triangles)
    distance = np.linalg.norm(mesh.points[nodes] - place, axis=1)
    fewest = np.sort(distance)[attachment_values()["patches"]["fewest_nodes"] - 1]
    near = (distance <= max(target.radius, 1.001 * fewest)) | np.isin(nodes, triangles[nearest])
    return weighted_patch(mesh.points, nodes[near], place)


def weighted_patch(points: np.ndarray, nodes: np.ndarray, target: np.ndarray) -> Patch:
    """Patch of ``nodes`` whose weighted mean is at ``target`` (3,), or as near to it as positive weights allow.

    Weights are as close to equal as that allows: a non-negative least-squares problem in which a deviation of a
    weight by 1/k costs as much as a misplacement of ``smoothing_mm`` / k, for k nodes.
    """
    count = len(nodes)
    smoothing = attachment_values()["patches"]["smoothing_mm"]
    matrix = np.vstack([points[nodes].T - target[:, None], _SUM_WEIGHT * np.ones(count), smoothing * np.eye(count)])
    wanted = np.concatenate([np.zeros(3), [_SUM_WEIGHT], np.full(count, smoothing / count)])
    weights, _ = nnls(matrix, wanted)
    used = weights > 1e-4
    return Patch(nodes[used], weights[used] / weights[used].sum())


def symmetric_patch(patch: Patch, mirror: np.ndarray) -> Patch:
    """Patch made exactly symmetric: mean of itself and its mirror image."""
    nodes = np.unique(np.concatenate([patch.nodes, mirror[patch.nodes]]))
    weights = np.zeros(len(nodes))
    np.add.at(weights, np.searchsorted(nodes, patch.nodes), 0.5 * patch.weights)
    np.add.at(weights, np.searchsorted(nodes, mirror[patch.nodes]), 0.5 * patch.weights)
    return Patch(nodes, weights)


def _arch_patch(mesh: WholeMesh | SegmentMesh, surfaces: dict[str, np.ndarray], level: str, face: str) -> Patch:
    """Part of a free face of a ligament arch around mid-span."""
    begin, end = attachment_values()["patches"]["arch_midspan"]
    nodes = np.unique(surfaces[f"{level}.mal.right.{face}"])
    feet = [
        mesh.points[surfaces[f"{level}.mal.right.{foot}_end"]].mean(axis=(0, 1)) for foot in ("mammillary", "accessory")
    ]
    chord = feet[1] - feet[0]
    along = (mesh.points[nodes] - feet[0]) @ chord / (chord @ chord)
    middle = nodes[(along >= begin) & (along <= end)]
    if len(middle) == 0:
        raise AnatomyError(f"the {face} face of the mamillo-accessory ligament of {level} has no node at mid-span")
    return Patch(middle, np.full(len(middle), 1.0 / len(middle)))


def follower_patch(points: np.ndarray, wall: np.ndarray, frame: np.ndarray, target: np.ndarray, level: str) -> Patch:
    """Patch on both lateral walls of a body whose weighted mean is exactly the follower point.

    Parameters
    ----------
    points : (n, 3)
        mm.
    wall : (k,) int
        Nodes of the cortex of the body.
    frame : (4, 4)
        Body frame in the global frame.
    target : (3,)
        Follower point in the body's mid-sagittal plane, mm.
    level : str
        For the error message.

    Raises
    ------
    AnatomyError
        When the point is not between the walls.
    """
    local, middle = ((place - frame[:3, 3]) @ frame[:3, :3] for place in (points[wall], target))
    offset = local - middle
    sizes = attachment_values()["patches"]
    for band in sizes["follower_bands_mm"]:
        lateral = (np.abs(offset[:, 0]) < band) & (np.abs(offset[:, 2]) < band)
        sides = [_balanced(offset[lateral & (sign * local[:, 1] > 0.0)], sizes["fewest_nodes"]) for sign in (-1.0, 1.0)]
        if any(weights is None for weights in sides):
            continue
        chosen = [np.flatnonzero(lateral & (sign * local[:, 1] > 0.0)) for sign in (-1.0, 1.0)]
        reach = [abs(weights @ offset[rows, 1]) for weights, rows in zip(sides, chosen)]
        shares = (reach[1] / sum(reach), reach[0] / sum(reach))
        return Patch(wall[np.concatenate(chosen)], np.concatenate([s * w for s, w in zip(shares, sides)]))
    raise AnatomyError(f"the follower point of {level} lies outside its side walls; check follower_offset_mm")


def _balanced(offset: np.ndarray, fewest: int) -> np.ndarray | None:
    """Positive weights (k,), as equal as possible, with the mean of offsets (k, 3) at x = z = 0.

    None with fewer than ``fewest`` offsets, or when a weight would not be positive.
    """
    if len(offset) < fewest:
        return None
    conditions = np.vstack([np.ones(len(offset)), offset[:, ::2].T])
    equal = np.full(len(offset), 1.0 / len(offset))
    weights = equal + np.linalg.pinv(conditions) @ (np.array([1.0, 0.0, 0.0]) - conditions @ equal)
    return weights if np.all(weights > 0.0) else None

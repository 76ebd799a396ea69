"""Attachment patches: nodes of a surface near a target point, weighted so that their mean meets it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.conventions import LEVELS
from fem_lumbar.errors import AnatomyError
from fem_lumbar.meshing.attachments import AttachmentTargets, Target
from fem_lumbar.meshing.mesh import Patch
from fem_lumbar.meshing.mirror import WholeMesh

_FEWEST_NODES = 4
_SUM_WEIGHT = 1e3
_SMOOTHING_MM = 0.5
_MIDSPAN = (0.25, 0.75)
_FOLLOWER_BANDS_MM = (6.0, 8.0, 10.0, 12.0)
"""Half sizes of the window on the side wall, the smallest sufficient one is taken."""


def attachment_patches(mesh: WholeMesh, surfaces: dict[str, np.ndarray], anatomy: Anatomy) -> dict[str, Patch]:
    """All patches of the segment; left ones are exact mirror images of right ones.

    Parameters
    ----------
    mesh : WholeMesh
    surfaces : dict
        From :func:`fem_lumbar.meshing.tagging.named_surfaces`.
    anatomy : Anatomy
    """
    targets = AttachmentTargets(anatomy)
    found: dict[str, Patch] = {}
    for name, target in targets.midline().items():
        found[name] = _symmetric(_near(mesh, surfaces, target), mesh.mirror)
    for name, target in targets.right().items():
        found[name] = _near(mesh, surfaces, target, right_only=True)
    for level in LEVELS:
        for face in ("dorsal", "lateral"):
            found[f"{level}.mal.right.{face}"] = _arch_patch(mesh, surfaces, level, face)
    for name, patch in list(found.items()):
        found[_left_name(name)] = (
            found[name] if _left_name(name) == name else Patch(mesh.mirror[patch.nodes], patch.weights)
        )
    for level in LEVELS:
        found[f"{level}.follower"] = _follower_patch(mesh, surfaces, targets, level)
    return dict(sorted(found.items()))


def _left_name(name: str) -> str:
    """Name of the mirror image: side swapped, or strand counted from the other side (ALL and PLL, 5 strands)."""
    if ".right" in name:
        return name.replace(".right", ".left")
    joint, *rest = name.split(".")
    if rest[0] in ("ALL", "PLL"):
        return f"{joint}.{rest[0]}.{6 - int(rest[1])}.{rest[2]}"
    return name


def _near(mesh: WholeMesh, surfaces: dict[str, np.ndarray], target: Target, right_only: bool = False) -> Patch:
    nodes = np.unique(np.concatenate([surfaces[name].ravel() for name in target.surfaces]))
    if right_only:
        nodes = nodes[mesh.points[nodes, 1] <= 0.0]
    distance = np.linalg.norm(mesh.points[nodes] - target.point, axis=1)
    closest = np.argsort(distance, kind="stable")
    reach = max(distance[closest[0]] + 0.5 * target.radius, target.radius, 1.001 * distance[closest[_FEWEST_NODES - 1]])
    near = nodes[distance <= reach]
    return weighted_patch(mesh.points, near, target.point)


def weighted_patch(points: np.ndarray, nodes: np.ndarray, target: np.ndarray) -> Patch:
    """Patch of ``nodes`` whose weighted mean is as near to ``target`` (3,) as positive weights allow.

    Weights deviate from equal ones as little as that needs: a non-negative least-squares problem in which a
    deviation of 1/k costs as much as a misplacement of half a millimetre over the number of nodes k.
    """
    count = len(nodes)
    matrix = np.vstack([points[nodes].T - target[:, None], _SUM_WEIGHT * np.ones(count), _SMOOTHING_MM * np.eye(count)])
    wanted = np.concatenate([np.zeros(3), [_SUM_WEIGHT], np.full(count, _SMOOTHING_MM / count)])
    weights, _ = nnls(matrix, wanted)
    used = weights > 1e-4
    return Patch(nodes[used], weights[used] / weights[used].sum())


def _symmetric(patch: Patch, mirror: np.ndarray) -> Patch:
    """Patch made exactly symmetric: mean of itself and its mirror image."""
    nodes = np.unique(np.concatenate([patch.nodes, mirror[patch.nodes]]))
    weights = np.zeros(len(nodes))
    np.add.at(weights, np.searchsorted(nodes, patch.nodes), 0.5 * patch.weights)
    np.add.at(weights, np.searchsorted(nodes, mirror[patch.nodes]), 0.5 * patch.weights)
    return Patch(nodes, weights)


def _arch_patch(mesh: WholeMesh, surfaces: dict[str, np.ndarray], level: str, face: str) -> Patch:
    """Middle half of a free face of a ligament arch."""
    nodes = np.unique(surfaces[f"{level}.mal.right.{face}"])
    ends = (f"{level}.mal.right.{end}" for end in ("mammillary_end", "accessory_end"))
    feet = [mesh.points[surfaces[end]].mean(axis=(0, 1)) for end in ends]
    chord = feet[1] - feet[0]
    along = (mesh.points[nodes] - feet[0]) @ chord / (chord @ chord)
    middle = nodes[(along >= _MIDSPAN[0]) & (along <= _MIDSPAN[1])]
    if len(middle) == 0:
        raise AnatomyError(f"the {face} face of the mamillo-accessory ligament of {level} has no node at mid-span")
    return Patch(middle, np.full(len(middle), 1.0 / len(middle)))


def _follower_patch(mesh: WholeMesh, surfaces: dict[str, np.ndarray], targets: AttachmentTargets, level: str) -> Patch:
    """Both lateral walls of a body, weighted so that the mean is the follower point exactly."""
    nodes = np.unique(surfaces[f"{level}.cortex"])
    frame, target = targets.frames[level], targets.follower_point(level)
    local = (mesh.points[nodes] - frame[:3, 3]) @ frame[:3, :3]
    offset = local - np.array([targets.anatomy.levels[level].follower_offset_mm, 0.0, 0.0])
    for band in _FOLLOWER_BANDS_MM:
        lateral = (np.abs(offset[:, 0]) < band) & (np.abs(offset[:, 2]) < band)
        near = nodes[lateral & (mesh.points[nodes, 1] < 0.0)]
        if len(near) < _FEWEST_NODES:
            continue
        conditions = np.vstack([np.ones(len(near)), (mesh.points[near, ::2] - target[::2]).T])
        equal = np.full(len(near), 1.0 / len(near))
        weights = equal + np.linalg.pinv(conditions) @ (np.array([1.0, 0.0, 0.0]) - conditions @ equal)
        if np.all(weights > 0.0):
            return Patch(np.concatenate([near, mesh.mirror[near]]), 0.5 * np.concatenate([weights, weights]))
    raise AnatomyError(f"the follower point of {level} lies outside its side walls; check follower_offset_mm")

"""Narrowing of discs in a finished mesh: everything above moves down, facets stay opposite one another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.placement import lordosis_of, transformed
from fem_lumbar.anatomy.spine import HORIZONTAL, JOINTS, joint_levels
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.triangles import closest
from fem_lumbar.meshing.clashes import parted
from fem_lumbar.meshing.faces import facet_nodes
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.mirror import COORDINATE_STEP_MM
from fem_lumbar.meshing.morph import assembled, vertebra_nodes
from fem_lumbar.meshing.quality import LOWEST_QUALITY, sound_quality
from fem_lumbar.meshing.repair import repaired

_BLEND_MM = 18.0
"""Distance from the inferior facets, which stay, over which the motion of a vertebra builds up: about that to its
pedicles."""


def narrowed(mesh: SegmentMesh, losses: Mapping[str, float]) -> SegmentMesh:
    """The mesh of a person with discs that have lost the same fraction of their height anteriorly and posteriorly.

    Everything above a disc moves as one rigid body. The inferior facets of the vertebra directly above stay opposite
    the superior ones of the vertebra below, as in any other anatomy: the bone between them and the pedicles deforms.

    Parameters
    ----------
    mesh : SegmentMesh
        Not symmetric.
    losses : mapping
        Joint to the fraction of the height that is lost.

    Raises
    ------
    AnatomyError
        When a cell becomes too flat or bones would overlap; the message names the place.
    """
    points, frames, landmarks = mesh.points.copy(), dict(mesh.frames), dict(mesh.landmarks)
    for joint in reversed(JOINTS):
        if loss := losses.get(joint, 0.0):
            descent = _Descent.of(mesh, points, landmarks, joint, loss)
            points = descent.moved(mesh, points)
            landmarks = {name: descent.carried(PartName(name), point) for name, point in landmarks.items()}
            frames = {level: descent.motion @ f if level in descent.above else f for level, f in frames.items()}
    upright = np.eye(4)
    upright[:3, :3] = frames[HORIZONTAL][:3, :3].T
    points = transformed(upright, points)
    frames = {level: upright @ frame for level, frame in frames.items()}
    landmarks = {name: transformed(upright, point) for name, point in landmarks.items()}
    flat = _faces(mesh)
    points, pushed = parted(mesh, points, {level: vertebra_nodes(mesh, level) for level in frames}, flat)
    points = repaired(mesh.points, points, mesh.cells, flat)
    points = np.round(points / COORDINATE_STEP_MM) * COORDINATE_STEP_MM
    quality = sound_quality(mesh, points, LOWEST_QUALITY)
    told = json.dumps([mesh.meta.get("defined_by_sha256"), sorted(losses.items())])
    meta = {
        **mesh.meta,
        "narrowed": dict(losses),
        "pushed_apart_mm": max(round(pushed, 2), mesh.meta.get("pushed_apart_mm", 0.0)),
        "minimum_quality": quality,
        "lordosis_deg": lordosis_of(frames),
        "defined_by_sha256": hashlib.sha256(told.encode()).hexdigest(),
    }
    return replace(assembled(mesh, points, False, frames, landmarks), meta=meta)


@dataclass(frozen=True)
class _Descent:
    """Motion of everything above a disc that is narrowed.

    Attributes
    ----------
    joint : str
    above : tuple of str
        Bodies that move, cranial first.
    motion : (4, 4)
        Rigid motion in the global frame.
    facets : cKDTree
        Nodes of the inferior facets of the vertebra directly above, which stay.
    """

    joint: str
    above: tuple[str, ...]
    motion: np.ndarray
    facets: cKDTree

    @classmethod
    def of(
        cls, mesh: SegmentMesh, points: np.ndarray, landmarks: Mapping[str, np.ndarray], joint: str, loss: float
    ) -> _Descent:
        """Motion that reduces the heights of a disc, between rim corners, by the fraction ``loss``; nodes at (n, 3)."""
        upper, lower = joint_levels(joint)
        ends = ("anterior", "posterior")
        below, here = (
            np.array([landmarks[f"{level}.{face}_{end}_corner"] for end in ends])
            for level, face in ((lower, "superior"), (upper, "inferior"))
        )
        there = below + (1.0 - loss) * (here - below)
        before, after = (pair[0] - pair[1] for pair in (here, there))
        axis = np.cross(before, after) / (np.linalg.norm(before) * np.linalg.norm(after))
        size = np.linalg.norm(axis)
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_rotvec(axis * (np.arcsin(size) / size if size else 1.0)).as_matrix()
        turn[:3, 3] = there.mean(axis=0) - turn[:3, :3] @ here.mean(axis=0)
        nodes = [n for side in SIDES for n in facet_nodes(mesh, upper, "inferior", side)]
        levels = tuple(mesh.frames)
        return cls(joint, levels[: levels.index(upper) + 1], turn, cKDTree(points[np.concatenate(nodes)]))

    def moved(self, mesh: SegmentMesh, points: np.ndarray) -> np.ndarray:
        """Node positions (n, 3) after the motion, mm."""
        upper, lower = joint_levels(self.joint)
        names = mesh.region_names
        discs = [joint for joint in JOINTS if joint_levels(joint)[1] in self.above]
        rigid = [n for n in names if n.place in (*self.above[:-1], *discs)]
        share = np.zeros(len(points))
        share[np.unique(mesh.cells[mesh.region_cells(*rigid)])] = 1.0 if rigid else 0.0
        own = vertebra_nodes(mesh, upper)
        share[own] = self._share(points[own])
        plates = [mesh.surfaces[f"{lower}.endplate.superior"], mesh.surfaces[f"{upper}.endplate.inferior"]]
        disc = np.unique(mesh.cells[mesh.region_cells(f"{self.joint}.annulus", f"{self.joint}.nucleus")])
        inside = np.setdiff1d(disc, np.concatenate([plate.ravel() for plate in plates]))
        away = [np.linalg.norm(closest(points[inside], points[p])[0] - points[inside], axis=1) for p in plates]
        share[inside] = away[0] / (away[0] + away[1])
        return points + share[:, None] * (transformed(self.motion, points) - points)

    def carried(self, name: PartName, point: np.ndarray) -> np.ndarray:
        """A landmark (3,) after the mean motion of the bodies it belongs to, mm."""
        own = [
            self._share(point[None])[0] if body == self.above[-1] else float(body in self.above) for body in name.bodies
        ]
        return point + np.mean(own) * (transformed(self.motion, point) - point)

    def _share(self, points: np.ndarray) -> np.ndarray:
        """Fraction (n,) of the motion for points (n, 3) of the vertebra directly above the disc."""
        near = np.clip(self.facets.query(points)[0] / _BLEND_MM, 0.0, 1.0)
        return near * near * (3.0 - 2.0 * near)


def _faces(mesh: SegmentMesh) -> np.ndarray:
    """Mask (n,) of nodes on endplates, articular faces or the bone under these."""
    found = np.zeros(len(mesh.points), dtype=bool)
    for name, triangles in mesh.surfaces.items():
        if "endplate" in name:
            found[triangles] = True
    for joint in JOINTS:
        for level, process in zip(joint_levels(joint), ("inferior", "superior")):
            for side in SIDES:
                for nodes in facet_nodes(mesh, level, process, side):
                    found[nodes] = True
    return found

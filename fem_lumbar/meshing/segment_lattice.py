"""The lattice around the bones of the template: fine at surfaces, finest at facets and ligament arches."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.spine import SACRUM
from fem_lumbar.cutting.lattice import lattice
from fem_lumbar.meshing.transition_cuts import near_transition
from fem_lumbar.shape.scene import Scene

_LARGEST_MM = 6.0
_SHARE = 0.9
"""A surface crosses a cube when its distance from the centre is below this fraction of the edge of the cube."""
_BEHIND_MM, _BEFORE_MM, _BELOW_MM, _ABOVE_MM, _ASIDE_MM = 90.0, 36.0, 48.0, 36.0, 60.0
"""Extent of the box posterior and anterior, caudal and cranial of the origins of the body frames, and to the side."""
_BELOW_SACRUM_MM, _ASIDE_SACRUM_MM = 90.0, 72.0
"""Extent caudal of the origin of the sacrum, beyond its cut, and to the side, beyond the ala."""
_SPARE_MM = 6.0
"""Extent of the lattice beyond the mid-sagittal plane; cells within twice that of a bone are kept."""


def segment_lattice(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3), mm, and cells (m, 4) of the lattice around the right half of the segment."""
    origins = np.array([frame[:3, 3] for frame in scene.frames.values()])
    aside, below = (_ASIDE_MM, _BELOW_MM) if scene.sacrum is None else (_ASIDE_SACRUM_MM, _BELOW_SACRUM_MM)
    low = origins.min(axis=0) - [_BEHIND_MM, aside, below]
    high = origins.max(axis=0) + [_BEFORE_MM, _SPARE_MM, _ABOVE_MM]

    def at_surfaces(centres: np.ndarray, size: float) -> np.ndarray:
        reach = _SHARE * size
        wanted = np.zeros(len(centres), dtype=bool)
        for level in scene.levels:
            wanted |= np.abs(_outside(scene, level, centres)) < reach
        for joint in scene.joints:
            disc = scene.discs[joint]
            over, under = disc.between(centres)
            near = np.flatnonzero((over > -2.0) & (under > -2.0) & (np.abs(centres[:, 0] - disc.middle[0, 3]) < 32.0))
            wall, nucleus = disc.wall(centres[near]).value, disc.nucleus(centres[near]).value
            wanted[near] |= (np.abs(wall) < reach) | (np.abs(nucleus) < reach)
        return wanted | at_joints_and_arches(centres, size)

    def at_joints_and_arches(centres: np.ndarray, size: float) -> np.ndarray:
        reach = _SHARE * size
        wanted = np.zeros(len(centres), dtype=bool)
        for facet in scene.facets.values():
            if np.any(near := np.linalg.norm(centres - facet.frame.centre, axis=1) < 24.0):
                height, outside = facet.height(centres[near]).value, facet.outside(centres[near]).value
                wanted[near] |= (np.abs(height) < 1.2 + reach) & (outside < 1.5 + reach)
        for arch in scene.arches.values():
            if np.any(near := np.linalg.norm(centres - arch.centre, axis=1) < 16.0):
                here = centres[near]
                wanted[near] |= (arch.strap(here).value < reach + 0.3) & (arch.beyond_ends(here).value < reach)
        return (wanted | near_transition(scene, centres, reach)) & (centres[:, 1] < size)

    points, cells = lattice(low, high, _LARGEST_MM, (at_surfaces, at_surfaces, at_joints_and_arches))
    distance = np.min([_outside(scene, level, points) for level in scene.levels], axis=0)
    close = (distance < 2.0 * _SPARE_MM)[cells].any(axis=1)
    used, cells = np.unique(cells[close], return_inverse=True)
    return points[used], cells.reshape(-1, 4)


def _outside(scene: Scene, level: str, points: np.ndarray) -> np.ndarray:
    """Signed distance (n,) from a bone, mm, positive outside; the sacrum ends at its cut."""
    distance = scene.bones[level](points).bone.value
    if scene.sacrum is not None and level == SACRUM:
        distance = np.maximum(distance, scene.sacrum.below_cut(points).value)
    return distance

"""Cuts of the lattice for the enlarged process of a transitional anatomy and its joint with the ala."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem_lumbar.anatomy.spine import LEVELS, SACRUM
from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.meshing.transition import joint_region, process_regions
from fem_lumbar.shape.scene import Scene

_SOLID, _JOINT = "transition.solid", "transition.joint"
_BEYOND_MM = 1.5
"""Distance outside the solid, and into both bones, up to which it is cut."""


def transition_cuts(scene: Scene) -> Iterator[Cut]:
    """Surfaces of the right side: that of the enlarged process, and the upper face of the joint under it."""
    transition = scene.transition
    if transition is None:
        return

    def near(points: np.ndarray) -> np.ndarray:
        found = np.linalg.norm(points - transition.centre, axis=1) < transition.reach + _BEYOND_MM
        found[found] = transition.solid(points[found]).value < _BEYOND_MM
        for level in (LEVELS[-1], SACRUM):
            found[found] = scene.bones[level](points[found]).bone.value > -_BEYOND_MM
        return found

    yield Cut(_SOLID, transition.solid, near)
    yield Cut(_JOINT, transition.above_joint, near, snap=0.2)


def transition_regions(scene: Scene, cutter: Cutter) -> dict[str, np.ndarray]:
    """Masks (m,) of the cells of the new bone and of the joint, by region; cells already in a bone stay in it."""
    if scene.transition is None:
        return {}
    within, below = cutter.inside(_SOLID), cutter.inside(_JOINT)
    under, over = process_regions("right")
    middle = (cutter.points[cutter.cells].mean(axis=1) - scene.transition.centre) @ scene.frames[SACRUM][:3, 2]
    crest = middle > scene.transition.crest_mm
    return {joint_region("right"): within & below, under: within & ~below & ~crest, over: within & ~below & crest}


def near_transition(scene: Scene, centres: np.ndarray, reach: float) -> np.ndarray:
    """Mask (n,) of lattice cubes to refine: those crossed by a surface of the enlarged process or its joint."""
    transition = scene.transition
    wanted = np.zeros(len(centres), dtype=bool)
    if transition is None:
        return wanted
    near = np.flatnonzero(np.linalg.norm(centres - transition.centre, axis=1) < transition.reach + reach)
    here = centres[near]
    outside, above = transition.solid(here).value, transition.above_joint(here).value
    free = np.min([scene.bones[level](here).bone.value for level in (LEVELS[-1], SACRUM)], axis=0) > -reach
    crossed = (np.abs(outside) < reach) | ((np.abs(above) < reach) & (outside < reach))
    wanted[near] = free & crossed
    return wanted

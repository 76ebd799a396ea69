"""Cranial direction of a person's spine from the shape of the vertebrae, and check of their order.

The frame of the surfaces is arbitrary and a vertebra is nearly symmetric about two planes, so the cranial direction is
taken from the best rigid fit of a template to each of them: three independent estimates that must agree.
"""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.surfaces.registration import Distances
from fem_lumbar.surfaces.rigid import rigid_alignment
from fem_lumbar.surfaces.surface import Surface

_HARDLY_WORSE = 1.1  # mean distance over that of the free fit, below which the neighbour's orientation is taken
_TURN_DEG = 60.0  # between the anterior axes of a vertebra and of the nearer of the others
_ALONG = 0.5  # least cosine between the cranial axis of a vertebra and the line from the lowermost to the uppermost


def aligned_levels(surfaces: dict[str, Surface], templates: dict[str, Surface]) -> dict[str, np.ndarray]:
    """Rigid motions (4, 4) from the templates to the surfaces, by level.

    Parameters
    ----------
    surfaces : dict of Surface
        All bodies of the template, as :func:`fem_lumbar.surfaces.soundness.check_surfaces` returns them.
    templates : dict of Surface
        The same levels, each in its body frame: z cranial.

    Raises
    ------
    InputError
        When the uppermost and the lowermost are exchanged, or a vertebra is not oriented like the others.
    """
    rigid = {level: rigid_alignment(templates[level], surfaces[level]) for level in LEVELS}
    top, bottom = LEVELS[0], LEVELS[-1]
    up = surfaces[top].centroid - surfaces[bottom].centroid
    up /= np.linalg.norm(up)
    along = {level: float(rigid[level][:3, 2] @ up) for level in LEVELS}
    upright = [level for level in LEVELS if along[level] >= _ALONG]
    for level in set(LEVELS) - set(upright) if len(upright) == len(LEVELS) - 1 else ():
        again = _from_neighbour(templates[level], surfaces[level], rigid[level], rigid[upright[0]])
        rigid[level], along[level] = again, float(again[:3, 2] @ up)
    if all(value < -_ALONG for value in along.values()):
        raise InputError(
            f"the surface given as {top} lies below that given as {bottom}, judging from the shape of the vertebrae; "
            "exchange the two"
        )
    odd = [level for level in LEVELS if along[level] < _ALONG]
    if odd:
        angles = ", ".join(
            f"{level} by {np.degrees(np.arccos(np.clip(along[level], -1.0, 1.0))):.0f}°" for level in odd
        )
        raise InputError(
            f"judging from their shape, the vertebrae are not stacked: {angles} from the line through "
            "them; expected whole lumbar vertebrae of one person in one common frame"
        )
    for level in LEVELS:
        others = [one for one in LEVELS if one != level]
        if _turn_deg(rigid, level, others) < _TURN_DEG:
            continue
        rigid[level] = _from_neighbour(templates[level], surfaces[level], rigid[level], rigid[others[0]])
        if (turn := _turn_deg(rigid, level, others)) >= _TURN_DEG:
            raise InputError(
                f"judging from its shape, {level} is turned by {turn:.0f}° about the axis of the spine beside its "
                "neighbours; expected vertebrae of one person in one common frame"
            )
    return rigid


def _turn_deg(rigid: dict[str, np.ndarray], level: str, others: list[str]) -> float:
    """Least angle (deg) between the anterior axis of a vertebra and those of others."""
    cosine = max(float(rigid[level][:3, 0] @ rigid[one][:3, 0]) for one in others)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _from_neighbour(template: Surface, surface: Surface, free: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
    """Rigid fit (4, 4) started from the orientation of a neighbour, unless the free fit is clearly closer.

    A vertebra of unusual shape may fit almost as well upside down.
    """
    again = rigid_alignment(template, surface, turn=neighbour[:3, :3])
    misfit = {}
    for name, transform in (("free", free), ("again", again)):
        moved = template.moved(transform)
        misfit[name] = Distances.between(moved, surface).mean + Distances.between(surface, moved).mean
    return again if misfit["again"] < _HARDLY_WORSE * misfit["free"] else free

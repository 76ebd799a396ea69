"""Aimed needles and their final placement: in contact with bone, not through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, qmc

from fem_lumbar.needle.aim import Aim
from fem_lumbar.needle.clearance import Clearance
from fem_lumbar.needle.coverage import Placed
from fem_lumbar.needle.lesion import Lesion
from fem_lumbar.needle.parameters import Placement, needle_values

DIMENSIONS = 7
"""Random numbers per needle: errors along and across the nerve and off the bone, two angles, two means of angles."""
_LOWERING_ROUNDS, _TILT_ROUNDS = 8, 24
_FIRST_TILT_DEG, _LAST_TILT_DEG, _LEVER_MM = 2.5, 0.05, 2.0
"""Rotation of a needle in the first and last iteration; reduced if it touches within the lever of its middle."""
_ALONG_MM = 1.0
"""Spacing of the points of a needle that are checked against bone."""
_TOLERANCE_MM = 0.3
"""Accepted penetration of the needle surface into bone: error of the grid, and compliance of the tissue."""


@dataclass(frozen=True)
class Needles:
    """Needles in their final placement.

    Attributes
    ----------
    tip : ndarray (n, 3)
        Ends of the tips, mm.
    along : ndarray (n, 3)
        Unit vectors from the tip backwards.
    held_back_mm : ndarray (n,)
        Distance by which bone on the path stopped them short.
    """

    tip: np.ndarray
    along: np.ndarray
    held_back_mm: np.ndarray

    def some(self, which: slice) -> Needles:
        """The needles of a slice of placements."""
        return Needles(self.tip[which], self.along[which], self.held_back_mm[which])

    def lesions(self, lesion: Lesion) -> Placed:
        """Lesions of one kind at these needles."""
        return Placed(lesion, self.tip + 0.5 * lesion.tip_mm * self.along, self.along)


def draws(count: int, seed: int, stream: int = 0) -> np.ndarray:
    """Latin hypercube samples (count, DIMENSIONS) between 0 and 1; reproducible for a seed and stream."""
    return qmc.LatinHypercube(d=DIMENSIONS, seed=np.random.default_rng([seed, stream])).random(count)


def placed_needles(aim: Aim, lesion: Lesion, how: Placement, drawn: np.ndarray, obstacles: Clearance) -> Needles:
    """Place needles aimed at one target.

    Each needle is moved along the outward normal of the bone at the target until the nearest point of its active tip is
    at the needle radius plus the sampled tissue thickness from bone, and is tilted into contact there. Bone anywhere on
    its path then stops it short.

    Parameters
    ----------
    aim : Aim
    lesion : Lesion
        Gives active tip and needle radius.
    how : Placement
    drawn : ndarray (n, DIMENSIONS)
        Samples between 0 and 1.
    obstacles : Clearance
        Distance from obstacles to needles.
    """
    scatter = norm.ppf(np.clip(drawn[:, :5], 1e-9, 1.0 - 1e-9))
    means = 0.5 + (drawn[:, 5:7] - 0.5) * (how.angles > 0.0)
    along = aim.directions(how.angles * scatter[:, 3:5], means)
    target = aim.target + how.along_mm * scatter[:, :1] * aim.nerve + how.across_mm * scatter[:, 1:2] * aim.aside
    tip = target - aim.held_at * lesion.tip_mm * along
    radius = lesion.needle_radius_mm
    wanted = radius + how.off_bone_mm * np.abs(scatter[:, 2])
    tip, along = _settled(tip, along, lesion.tip_mm, wanted, aim, how.tilt_deg, obstacles)
    held_back = _held_back(tip, along, radius - _TOLERANCE_MM, obstacles.at)
    return Needles(tip + held_back[:, None] * along, along, held_back)


def _settled(
    tip: np.ndarray,
    along: np.ndarray,
    length: float,
    wanted: np.ndarray,
    aim: Aim,
    tilt_deg: float,
    obstacles: Clearance,
) -> tuple[np.ndarray, np.ndarray]:
    """Tips (n, 3) and directions (n, 3) of needles in contact with the surface near the middle of their active tips.

    A needle that touches away from its middle is rotated about the contact point, up to ``tilt_deg``, until it touches
    at two points or at its middle.
    """
    places, first = _points_along(length), along
    steps = np.radians(np.linspace(_FIRST_TILT_DEG, _LAST_TILT_DEG, _TILT_ROUNDS))
    most = np.cos(np.radians(tilt_deg))
    for step in (*np.zeros(_LOWERING_ROUNDS), *steps, 0.0):
        gaps = obstacles.at(tip[:, None] + places[:, None] * along[:, None])
        touching = places[gaps.argmin(axis=1)]
        tip = tip + (wanted - gaps.min(axis=1))[:, None] * aim.outward
        lever = np.clip(touching - 0.5 * length, -_LEVER_MM, _LEVER_MM) / _LEVER_MM
        turned = along + (step * lever)[:, None] * aim.outward
        turned /= np.linalg.norm(turned, axis=1, keepdims=True)
        turned = np.where((np.einsum("ni,ni->n", turned, first) >= most)[:, None], turned, along)
        tip, along = tip + touching[:, None] * (along - turned), turned
    return tip, along


def _held_back(
    tip: np.ndarray, along: np.ndarray, radius: float, distance: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Distance (n,) each needle is withdrawn so that no bone on its path is nearer than ``radius``, mm."""
    places = _points_along(needle_values()["placement"]["shaft_mm"])
    blocked = distance(tip[:, None] + places[:, None] * along[:, None]) < radius
    return np.where(blocked, places + _ALONG_MM, 0.0).max(axis=1)


def _points_along(length: float) -> np.ndarray:
    """Distances (k,) from the tip of sample points over a length, mm."""
    return np.linspace(0.0, length, int(np.ceil(length / _ALONG_MM)) + 1)

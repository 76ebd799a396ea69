"""What part of a nerve lies in lesions: with its whole cross-section, along its course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.needle.lesion import Lesion

AROUND = 8
"""Points on the circumference of the nerve at each station."""


@dataclass(frozen=True)
class Nerve:
    """A nerve as a tube of round cross-section.

    Attributes
    ----------
    rims : ndarray (s, AROUND, 3)
        Circumference at each station, mm.
    steps_mm : ndarray (s - 1,)
        Length between stations.
    part : ndarray (s - 1,) of int
        Which part of the course each step belongs to.
    """

    rims: np.ndarray
    steps_mm: np.ndarray
    part: np.ndarray

    @classmethod
    def along(cls, points: np.ndarray, tangents: np.ndarray, radius_mm: float, part: np.ndarray) -> Nerve:
        """About a line of stations (s, 3) with unit tangents (s, 3)."""
        aside = np.eye(3)[np.abs(tangents).argmin(axis=1)]
        first = np.cross(tangents, aside)
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(tangents, first)
        turn = 2.0 * np.pi * np.arange(AROUND)[:, None] / AROUND
        rims = points[:, None] + radius_mm * (np.cos(turn) * first[:, None] + np.sin(turn) * second[:, None])
        return cls(rims, np.linalg.norm(np.diff(points, axis=0), axis=1), part)


@dataclass(frozen=True)
class Placed:
    """Lesions of one kind, one in each placement: middles (n, 3), mm, and unit directions of their needles (n, 3)."""

    lesion: Lesion
    middle: np.ndarray
    along: np.ndarray


def worst_excess(nerve: Nerve, placed: Sequence[Placed]) -> np.ndarray:
    """Excess (n, s) of the point of each cross-section that is furthest out of all lesions of a placement.

    Negative where the whole cross-section lies in them together.
    """
    found = []
    for one in placed:
        middle, along = one.middle[:, None, None], one.along[:, None, None]
        found.append(one.lesion.excess(nerve.rims[None], middle, along))
    return np.minimum.reduce(found).max(axis=2)


def covered(nerve: Nerve, excess: np.ndarray, open_to_heat: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Covered length of each step, and the longest covered run.

    Parameters
    ----------
    nerve : Nerve
    excess : ndarray (n, s)
        From :func:`worst_excess`; between stations it is taken for linear.
    open_to_heat : ndarray (s - 1,) of bool, optional
        Steps that a lesion can reach; all when not given.

    Returns
    -------
    lengths : ndarray (n, s - 1)
        mm.
    longest : ndarray (n,)
        Longest stretch that is covered without a gap, mm.
    """
    before, behind = excess[:, :-1], excess[:, 1:]
    into, out_of = before < 0.0, behind < 0.0
    apart = np.where(into == out_of, 1.0, before - behind)
    crossing = before / apart
    share = np.where(into, np.where(out_of, 1.0, crossing), np.where(out_of, 1.0 - crossing, 0.0))
    if open_to_heat is not None:
        share = np.where(open_to_heat, share, 0.0)
        into, out_of = into & open_to_heat, out_of & open_to_heat
    lengths = share * nerve.steps_mm
    run = np.zeros(len(excess))
    longest = np.zeros(len(excess))
    for step in range(lengths.shape[1]):
        run = np.where(into[:, step], run, 0.0) + lengths[:, step]
        longest = np.maximum(longest, run)
        run = np.where(out_of[:, step], run, 0.0)
    return lengths, longest

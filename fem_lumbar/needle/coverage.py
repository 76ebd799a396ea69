"""Part of a nerve inside lesions: coverage of its whole cross-section, along its course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.needle.lesion import Lesion

AROUND = 8
"""Number of points on the circumference of the nerve at each station."""


@dataclass(frozen=True)
class Nerve:
    """A nerve as a tube of circular cross-section.

    Attributes
    ----------
    rims : ndarray (s, AROUND, 3)
        Points of the circumference at each station, mm.
    steps_mm : ndarray (s - 1,)
        Length between successive stations.
    part : ndarray (s - 1,) of int
        Index of the part of the course to which each step belongs.
    """

    rims: np.ndarray
    steps_mm: np.ndarray
    part: np.ndarray

    @classmethod
    def along(cls, points: np.ndarray, tangents: np.ndarray, radius_mm: float, part: np.ndarray) -> Nerve:
        """Tube about stations (s, 3), mm, with unit tangents (s, 3) and the part (s - 1,) of each step."""
        aside = np.eye(3)[np.abs(tangents).argmin(axis=1)]
        first = np.cross(tangents, aside)
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(tangents, first)
        turn = 2.0 * np.pi * np.arange(AROUND)[:, None] / AROUND
        rims = points[:, None] + radius_mm * (np.cos(turn) * first[:, None] + np.sin(turn) * second[:, None])
        return cls(rims, np.linalg.norm(np.diff(points, axis=0), axis=1), part)


@dataclass(frozen=True)
class Placed:
    """One lesion per placement, all of one kind: centres (n, 3), mm, and unit directions of the needles (n, 3)."""

    lesion: Lesion
    middle: np.ndarray
    along: np.ndarray


def worst_excess(nerve: Nerve, placed: Sequence[Placed]) -> np.ndarray:
    """Largest excess (n, s) over the circumference of each cross-section, by :meth:`Lesion.excess`, no unit.

    Of several lesions of a placement the smallest excess counts: negative if they contain the whole cross-section.
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
        From :func:`worst_excess`; interpolated linearly between stations.
    open_to_heat : ndarray (s - 1,) of bool, optional
        Steps that the heat can reach; default: all.

    Returns
    -------
    lengths : ndarray (n, s - 1)
        mm.
    longest : ndarray (n,)
        Longest covered length without a gap, mm.
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

"""One cross-section of the tunnel under a mamillo-accessory ligament: its outline, area and height."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Section:
    """Opening between the underside of the ligament and the bone in one plane across the nerve.

    The plane holds the chord of the ligament. Its first axis points from the mammillary to the accessory foot, the
    second one away from the bone; its origin is midway between the feet.

    Attributes
    ----------
    outline : ndarray (n, 2)
        Closed, counter-clockwise, mm.
    roof : ndarray (n,) of bool
        Whether the edge that starts at a point belongs to the ligament.
    offset : float
        Distance of the plane from the chord along the nerve, mm.
    """

    outline: np.ndarray
    roof: np.ndarray
    offset: float

    @property
    def area(self) -> float:
        """Area of the opening, mm2; 0 where nothing of it is open."""
        return _open_area(self.outline)

    @property
    def height(self) -> float:
        """Distance of the roof from the bone under its middle, mm."""
        touched = self.roof | np.roll(self.roof, 1)
        middle = 0.5 * (self.outline[touched, 0].min() + self.outline[touched, 0].max())
        start, end = self.outline, np.roll(self.outline, -1, axis=0)
        crossed = (start[:, 0] < middle) != (end[:, 0] < middle)
        start, end = start[crossed], end[crossed]
        share = (middle - start[:, 0]) / (end[:, 0] - start[:, 0])
        heights = np.sort(start[:, 1] + share * (end[:, 1] - start[:, 1]))
        return float(heights[-1] - heights[-2])

    def with_spur(self, thickness: float) -> Section:
        """The section with bone of a thickness (mm, at mid-span) added to its roof.

        The shape is that of the anatomy (``spur_mm``): the roof comes down by the thickness times 1 - (2 f - 1)^4, with
        f from where it leaves the bone to where it meets it again. Where it reaches the bone below, the outline crosses
        itself, and what it goes around backwards is closed.
        """
        touched = self.roof | np.roll(self.roof, 1)
        along = self.outline[:, 0]
        start, end = along[touched].min(), along[touched].max()
        fraction = np.clip((along - start) / (end - start), 0.0, 1.0)
        drop = np.where(touched, thickness * (1.0 - (2.0 * fraction - 1.0) ** 4), 0.0)
        return replace(self, outline=self.outline - np.column_stack([np.zeros_like(drop), drop]))


def largest_opening(local: np.ndarray, triangles: np.ndarray, is_ligament: np.ndarray, offset: float) -> Section | None:
    """The largest closed opening in one plane that is bounded by ligament and by bone; None when there is none.

    Parameters
    ----------
    local : ndarray (n, 3)
        Nodes in the frame of the tunnel: along its chord, across it, outwards; mm.
    triangles : ndarray (m, 3)
        Free surface of ligament and bone, counter-clockwise seen from outside.
    is_ligament : ndarray (m,) of bool
    offset : float
        Second coordinate of the plane, mm.
    """
    starts, ends, points, ligament = _cut(local, triangles, is_ligament, offset)
    best: Section | None = None
    for loop in _loops(starts, ends):
        if not ligament[loop].any() or ligament[loop].all():
            continue
        found = Section(points[loop], ligament[loop], offset)
        if area(found.outline) > (0.0 if best is None else area(best.outline)):
            best = found
    return best


def area(outline: np.ndarray) -> float:
    """Area of a closed outline (n, 2), positive when it runs counter-clockwise, mm2."""
    x, y = outline.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _open_area(outline: np.ndarray) -> float:
    """Area that an outline (n, 2) goes around counter-clockwise, mm2: what it goes around backwards is not open.

    Summed over upright strips between corners and crossings, within which no two edges cross.
    """
    start, end = outline, np.roll(outline, -1, axis=0)
    run = end - start
    places = np.unique(np.concatenate([outline[:, 0], _crossings(start, run)]))
    middle = 0.5 * (places[:-1] + places[1:])[:, None]
    spans = (start[:, 0] < middle) != (end[:, 0] < middle)
    along = np.where(run[:, 0] == 0.0, 1.0, run[:, 0])  # upright edges span no strip
    heights = np.where(spans, start[:, 1] + (middle - start[:, 0]) / along * run[:, 1], np.inf)
    order = np.argsort(heights, axis=1)
    turns = np.cumsum(np.take_along_axis(np.where(spans, np.sign(run[:, 0]), 0.0), order, axis=1), axis=1)
    heights = np.take_along_axis(heights, order, axis=1)
    inside = (turns[:, :-1] > 0) & np.isfinite(heights[:, 1:])
    between = np.subtract(heights[:, 1:], heights[:, :-1], out=np.zeros(inside.shape), where=inside)
    return float(np.diff(places) @ between.sum(axis=1))


def _crossings(start: np.ndarray, run: np.ndarray) -> np.ndarray:
    """First coordinates (k,) at which edges, from starts (n, 2) along runs (n, 2), cross one another."""
    one, other = np.triu_indices(len(start), 1)
    apart = start[other] - start[one]
    across = _cross(run[one], run[other])
    slanted = across != 0.0
    one, other, apart, across = one[slanted], other[slanted], apart[slanted], across[slanted]
    shares = np.stack([_cross(apart, run[other]) / across, _cross(apart, run[one]) / across])
    met = ((shares > 0.0) & (shares < 1.0)).all(axis=0)
    return start[one[met], 0] + shares[0, met] * run[one[met], 0]


def _cross(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _cut(
    local: np.ndarray, triangles: np.ndarray, is_ligament: np.ndarray, offset: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Directed edges in which triangles meet a plane: starts, ends (k,), points (k, 2) at the starts, ligament or not.

    Ends are named by the edge of the mesh they lie on, so that neighbours share them exactly. Edges run so that the
    open side is on their left.
    """
    height = local[:, 1] - offset
    above = height[triangles] >= 0.0
    crossed = above.any(axis=1) & ~above.all(axis=1)
    cut, above, is_ligament = triangles[crossed], above[crossed], is_ligament[crossed]
    each = np.arange(len(cut))
    lone_above = above.sum(axis=1) == 1
    lone = np.where(lone_above, above.argmax(axis=1), above.argmin(axis=1))
    corner, after, before = (cut[each, (lone + step) % 3] for step in (0, 1, 2))
    # The order of the corners is counter-clockwise seen from outside; it tells which way round the cut has the solid
    # on its right, with the second axis of the frame out of the plane.
    first, second = _edge_names(corner, after, len(local)), _edge_names(corner, before, len(local))
    starts, ends = np.where(lone_above, first, second), np.where(lone_above, second, first)
    other = np.where(lone_above, after, before)
    share = height[corner] / (height[corner] - height[other])
    points = local[corner] + share[:, None] * (local[other] - local[corner])
    return starts, ends, points[:, [0, 2]], is_ligament


def _edge_names(one: np.ndarray, two: np.ndarray, count: int) -> np.ndarray:
    return np.minimum(one, two) * count + np.maximum(one, two)


def _loops(starts: np.ndarray, ends: np.ndarray) -> list[list[int]]:
    """Closed chains of directed edges, each edge once; chains that do not close are left out."""
    leaving: dict[int, list[int]] = {}
    for edge, start in enumerate(starts.tolist()):
        leaving.setdefault(start, []).append(edge)
    loops = []
    for first in range(len(starts)):
        if first not in leaving.get(int(starts[first]), ()):
            continue
        loop, at = [], first
        while True:
            loop.append(at)
            leaving[int(starts[at])].remove(at)
            if ends[at] == starts[first]:
                loops.append(loop)
                break
            following = leaving.get(int(ends[at]), [])
            if not following:
                break
            at = following[0]
    return loops

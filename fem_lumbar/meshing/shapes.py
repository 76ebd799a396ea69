"""Building blocks of the geometry: closed outlines and the solids lofted through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

_LOST_MM = 3.0
"""A union that ends so much short of its parts lacks one; boxes of curved solids are not tighter than that."""

_HALF_SPACE_MM = 400.0


@dataclass(frozen=True)
class Section:
    """Superelliptic cross-section of a tube.

    Attributes
    ----------
    centre : ndarray (3,)
        mm.
    first, second : ndarray (3,)
        Semi-axes as vectors, mm.
    exponent : float
        2 is an ellipse, larger is boxier.
    """

    centre: np.ndarray
    first: np.ndarray
    second: np.ndarray
    exponent: float = 2.4

    def points(self, count: int = 12) -> np.ndarray:
        """Points on the rim, (count, 3), mm."""
        angle = 2.0 * np.pi * np.arange(count) / count
        cosine, sine = np.cos(angle), np.sin(angle)
        radius = (np.abs(cosine) ** self.exponent + np.abs(sine) ** self.exponent) ** (-1.0 / self.exponent)
        return self.centre + np.outer(radius * cosine, self.first) + np.outer(radius * sine, self.second)


def closed_wire(gmsh: ModuleType, points: np.ndarray) -> int:
    """Wire through a smooth closed curve interpolating ``points`` (n, 3), mm; returns its tag."""
    occ = gmsh.model.occ
    tags = [occ.addPoint(*point) for point in points]
    return occ.addWire([occ.addSpline([*tags, tags[0]])])


def polygon_wire(gmsh: ModuleType, points: np.ndarray) -> int:
    """Wire through the closed polygon ``points`` (n, 3), mm; returns its tag."""
    occ = gmsh.model.occ
    tags = [occ.addPoint(*point) for point in points]
    return occ.addWire([occ.addLine(a, b) for a, b in zip(tags, [*tags[1:], tags[0]], strict=True)])


def loft(gmsh: ModuleType, wires: Sequence[int], ruled: bool = False) -> int:
    """Solid through closed wires in order; returns its volume tag."""
    made = gmsh.model.occ.addThruSections(list(wires), makeSolid=True, makeRuled=ruled)
    return next(tag for dim, tag in made if dim == 3)


def tube(gmsh: ModuleType, sections: Sequence[Section], count: int = 12) -> int:
    """Solid lofted through superelliptic sections; returns its volume tag."""
    return loft(gmsh, [closed_wire(gmsh, section.points(count)) for section in sections])


def unite(gmsh: ModuleType, volumes: Sequence[int]) -> int:
    """Union of volumes as one solid, in the first order in which the kernel makes it.

    Raises ValueError when they do not hang together or the kernel loses one in every order: it may return without a
    word a union that lacks a part, so each union must reach as far as its parts.
    """
    occ = gmsh.model.occ
    failures = []
    for start in range(len(volumes)):
        parts = [occ.copy([(3, tag)])[0][1] for tag in (*volumes[start:], *volumes[:start])]
        try:
            whole = _united(gmsh, parts)
        except ValueError as failure:
            failures.append(failure)
            continue
        occ.remove([(3, tag) for tag in volumes], recursive=True)
        return whole
    raise failures[0]


def _united(gmsh: ModuleType, parts: Sequence[int]) -> int:
    """Union of parts, joined one after the other; of a failure nothing is left."""
    occ = gmsh.model.occ
    whole, *others = parts
    for count, other in enumerate(others, start=1):
        reach = np.array([occ.getBoundingBox(3, tag) for tag in (whole, other)])
        made = [tag for dim, tag in occ.fuse([(3, whole)], [(3, other)])[0] if dim == 3]
        boxes = np.array([occ.getBoundingBox(3, tag) for tag in made]).reshape(-1, 6)
        lost = (
            not made
            or np.any(reach[:, 3:] > boxes[:, 3:].max(axis=0) + _LOST_MM)
            or np.any(reach[:, :3] < boxes[:, :3].min(axis=0) - _LOST_MM)
        )
        if lost or len(made) != 1:
            occ.remove([(3, tag) for tag in (*made, *others[count:])], recursive=True)
            raise ValueError("the kernel lost a part" if lost else f"{len(made)} separate pieces instead of one")
        whole = made[0]
    return whole


def subtract(gmsh: ModuleType, volume: int, tools: Sequence[int], keep_tools: bool = False) -> int:
    """``volume`` without ``tools``; of several pieces the largest is kept."""
    made, _ = gmsh.model.occ.cut([(3, volume)], [(3, tag) for tag in tools], removeTool=not keep_tools)
    return largest(gmsh, made)


def intersect(gmsh: ModuleType, volume: int, tool: int) -> int:
    """Common part of two volumes; of several pieces the largest is kept."""
    made, _ = gmsh.model.occ.intersect([(3, volume)], [(3, tool)])
    return largest(gmsh, made)


def largest(gmsh: ModuleType, dim_tags: Sequence[tuple[int, int]]) -> int:
    """Tag of the largest volume; the other pieces are removed."""
    occ = gmsh.model.occ
    tags = [tag for dim, tag in dim_tags if dim == 3]
    if not tags:
        raise ValueError("nothing remains of it")
    best = max(tags, key=lambda tag: occ.getMass(3, tag))
    occ.remove([(3, tag) for tag in tags if tag != best], recursive=True)
    return best


def right_half(gmsh: ModuleType, volume: int) -> int:
    """The part of a volume on the right side (y ≤ 0)."""
    size = _HALF_SPACE_MM
    box = gmsh.model.occ.addBox(-0.5 * size, -size, -0.5 * size, size, size, size)
    return intersect(gmsh, volume, box)

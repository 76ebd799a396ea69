"""The course of a medial branch over a vertebra: a smooth curve along landmarks, on the bone and through the tunnel.

The branch reaches the bone where the superior articular process meets the transverse process, follows the neck of the
articular process back to the notch between mammillary and accessory process, runs through the tunnel under the
ligament, and then medially and caudally over the lamina. Between landmarks it takes the shortest way along the bone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values
from fem_lumbar.foundation.triangles import ray_hits, section
from fem_lumbar.measures.tunnel import tunnel_of
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.nerve.bone import BoneSurface, SideFrame, bone_regions
from fem_lumbar.nerve.outline import largest_circle

_DATA = Path(str(files("fem_lumbar.nerve") / "data" / "course.yaml"))
PARTS = ("neck", "tunnel", "lamina")
"""Before, under and behind the ligament."""
STATION_MM = 0.25
"""Spacing of the stations along the curve."""
_KNOT_MM, _ROUNDS = 1.0, 150
"""Spacing of the points that are drawn tight, and how often."""
_REACH_MM = 40.0
"""Bone further than this from the tunnel is not looked at."""
_PLANES_MM, _SAMPLE_MM = 0.25, 0.1
_LEAST_LATERAL_MM = 8.0
"""The posterior arch nearer to the midline than this has no articular process."""
_FROM_ABOVE_AND_ASIDE = np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
"""Where the valley between articular and transverse process is seen from."""


@cache
def course_quantities() -> QuantityTree:
    """Every number of the course with its unit, source and range."""
    return read_quantities(_DATA)


def course_values() -> dict[str, Any]:
    """Bare values, in the units of their keys."""
    return values(course_quantities())


@dataclass(frozen=True)
class Course:
    """A medial branch over one vertebra, in the frame of its side.

    Attributes
    ----------
    level, side : str
        Of the vertebra and the ligament that it runs under.
    frame : SideFrame
    bone : BoneSurface
        What it lies on, in that frame.
    radius_mm : float
        Of the nerve.
    points : ndarray (n, 3)
        Stations, mm.
    arc_mm : ndarray (n,)
        Length along the curve from where the nerve reaches the bone.
    entrance, exit : int
        Stations at either end of the tunnel.
    clearance_mm : tuple of float
        Distance of the nerve's middle from the bone at entrance and exit, where it is in the middle of the tunnel.
    """

    level: str
    side: str
    frame: SideFrame
    bone: BoneSurface
    radius_mm: float
    points: np.ndarray
    arc_mm: np.ndarray
    entrance: int
    exit: int
    clearance_mm: tuple[float, float]

    @property
    def tangents(self) -> np.ndarray:
        """Unit tangents (n, 3), from the foramen to the lamina."""
        slopes = np.gradient(self.points, self.arc_mm, axis=0)
        return slopes / np.linalg.norm(slopes, axis=1, keepdims=True)

    @property
    def part_of_interval(self) -> np.ndarray:
        """Index (n - 1,) into :data:`PARTS` of what lies between each station and the next."""
        between = np.arange(len(self.points) - 1)
        return (between >= self.entrance).astype(int) + (between >= self.exit)

    @property
    def lengths_mm(self) -> dict[str, float]:
        """Length of each part, mm."""
        steps, part = np.diff(self.arc_mm), self.part_of_interval
        return {name: float(steps[part == index].sum()) for index, name in enumerate(PARTS)}

    @property
    def neck_mm(self) -> float:
        """Length on the neck of the superior articular process: from where it reaches the bone to the tunnel."""
        return float(self.arc_mm[self.entrance])

    def on_neck(self, ratio: float) -> int:
        """Station at a ratio of the neck: 0 in front, 1 at its posterior margin, where the tunnel begins."""
        return int(np.argmin(np.abs(self.arc_mm - ratio * self.neck_mm)))

    @property
    def in_tunnel(self) -> int:
        """Station in the middle of the tunnel."""
        middle = 0.5 * (self.arc_mm[self.entrance] + self.arc_mm[self.exit])
        return int(np.argmin(np.abs(self.arc_mm - middle)))


def course_of(mesh: SegmentMesh, level: str, side: str, radius_mm: float) -> Course:
    """The course of the medial branch under one ligament of a mesh, before loading.

    Parameters
    ----------
    mesh : SegmentMesh
        With the ligament in it.
    level, side : str
    radius_mm : float
        Of the nerve.

    Raises
    ------
    PhysicsError
        When the tunnel is not closed, or a landmark is not found.
    """
    frame, known = SideFrame.of(mesh, level, side), course_values()["bone"]
    middles = frame.local(_tunnel_middles(mesh, level, side))
    bone = BoneSurface.of(mesh, bone_regions(mesh, level), frame).near(middles.mean(axis=0), _REACH_MM)
    start = _start(bone, middles, known["valley_depth_mm"], f"{level} {side}")
    if np.linalg.norm(middles[0] - start) > np.linalg.norm(middles[-1] - start):
        middles = middles[::-1]
    end = _end(bone, middles[-1], known, f"{level} {side}")
    rise = known["rise_to_tunnel_mm"]
    before, entrance = _tight(bone, start, middles[0], radius_mm, rise)
    behind, leaving = _tight(bone, end, middles[-1], radius_mm, rise)
    knots = np.vstack([before[:-1], middles, behind[::-1][1:]])
    first, last = len(before) - 1, len(before) + len(middles) - 2
    points, arc, stations = _stations(knots, (first, last))
    return Course(level, side, frame, bone, radius_mm, points, arc, *stations, (entrance, leaving))


def _tunnel_middles(mesh: SegmentMesh, level: str, side: str) -> np.ndarray:
    """Middle line (k, 3) of the tunnel: a straight line through the centres of the largest circles, mm.

    The sections are cut through facets of the mesh, which the circles follow; the line does not.
    """
    tunnel = tunnel_of(mesh, level, side)
    origin, axes = tunnel.frame(mesh.points)
    found = []
    for one in tunnel.sections(mesh.points):
        centre, _ = largest_circle(one.outline)
        found.append((one.offset, *centre))
    offset, along, outward = np.array(found).T
    middles = np.column_stack([np.polyval(np.polyfit(offset, c, 1), offset) for c in (along, offset, outward)])
    return origin + middles @ axes


def _start(bone: BoneSurface, middles: np.ndarray, depth: float, place: str) -> np.ndarray:
    """Bottom (3,) of the valley between superior articular and transverse process where it begins, from the front."""
    front = bone.corners[bone.corners[..., 1].min(axis=1) > _LEAST_LATERAL_MM]
    tunnel = middles.mean(axis=0)
    for x in np.arange(tunnel[0] + 20.0, tunnel[0], -_PLANES_MM):
        bottom = _valley(section(front, np.array([x, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])), depth, tunnel[2])
        if bottom is not None:
            return bottom
    raise PhysicsError(f"{place}: no valley between the superior articular and the transverse process was found")


def _valley(segments: np.ndarray, depth: float, lowest: float) -> np.ndarray | None:
    """Deepest point (3,) of the outline (s, 2, 3) between two rises, seen from above and aside; None if not as deep."""
    if not len(segments):
        return None
    counts = int(np.ceil(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).max() / _SAMPLE_MM)) + 1
    shares = np.linspace(0.0, 1.0, counts)[:, None, None]
    outline = (segments[:, 0] + shares * (segments[:, 1] - segments[:, 0])).reshape(-1, 3)
    outline = outline[outline[:, 2] > lowest]
    if not len(outline):
        return None
    height = outline @ _FROM_ABOVE_AND_ASIDE
    across = outline @ np.array([0.0, 1.0, -1.0]) / np.sqrt(2.0)
    bins = np.floor((across - across.min()) / (2.0 * _SAMPLE_MM)).astype(int)
    order = np.lexsort((-height, bins))
    top = order[np.unique(bins[order], return_index=True)[1]]
    profile = height[top]
    rims = np.minimum(np.maximum.accumulate(profile), np.maximum.accumulate(profile[::-1])[::-1])
    deepest = int(np.argmax(rims - profile))
    return outline[top[deepest]] if rims[deepest] - profile[deepest] >= depth else None


def _end(bone: BoneSurface, leaving: np.ndarray, known: dict[str, float], place: str) -> np.ndarray:
    """Point (3,) of the back of the lamina at which the course ends, seen straight from behind."""
    behind = np.array(
        [
            leaving[0] - _REACH_MM,
            known["lamina_lateral_ratio"] * leaving[1],
            leaving[2] - known["lamina_caudal_mm"],
        ]
    )
    hits = ray_hits(bone.corners, behind, np.array([1.0, 0.0, 0.0]))
    if not len(hits):
        raise PhysicsError(f"{place}: no lamina below the tunnel was found")
    return behind + hits[0] * np.array([1.0, 0.0, 0.0])


def _tight(
    bone: BoneSurface, far: np.ndarray, tunnel: np.ndarray, radius: float, rise: float
) -> tuple[np.ndarray, float]:
    """Points (k, 3) of the shortest way along the bone from a point on it to an end of the tunnel, and its clearance.

    Each point is held at the radius of the nerve from the bone; nearer to the tunnel than ``rise`` the distance grows
    smoothly to the clearance at its end.
    """
    clearance = float(bone.above(tunnel[None])[0][0])
    count = max(4, int(np.ceil(np.linalg.norm(tunnel - far) / _KNOT_MM)) + 1)
    points = far + np.linspace(0.0, 1.0, count)[:, None] * (tunnel - far)
    for _ in range(_ROUNDS):
        left = np.linalg.norm(np.diff(points, axis=0), axis=1)[::-1].cumsum()[::-1]
        share = np.clip(1.0 - np.append(left, 0.0) / rise, 0.0, 1.0)
        height = radius + (clearance - radius) * share**2 * (3.0 - 2.0 * share)
        points[0] = bone.at_distance(points[:1], height[:1])[0]
        points[1:-1] = 0.5 * points[1:-1] + 0.25 * (points[:-2] + points[2:])
        points[1:-1] = bone.at_distance(points[1:-1], height[1:-1])
    return points, clearance


def _stations(knots: np.ndarray, ends: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Spline through points (k, 3) as stations (n, 3), arc lengths (n,), and the stations of two of the points."""
    chord = np.append(0.0, np.linalg.norm(np.diff(knots, axis=0), axis=1).cumsum())
    curve = CubicSpline(chord, knots, axis=0)
    places, found = [np.zeros(1)], []
    for low, high in zip((0, *ends), (*ends, len(knots) - 1)):
        steps = max(2, int(np.ceil((chord[high] - chord[low]) / STATION_MM)))
        places.append(np.linspace(chord[low], chord[high], steps + 1)[1:])
        found.append(sum(map(len, places)) - 1)
    points = curve(np.concatenate(places))
    arc = np.append(0.0, np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum())
    return points, arc, (found[0], found[1])

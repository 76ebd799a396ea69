"""The course of a medial branch over a vertebra: a smooth curve through landmarks, on the bone and in the tunnel.

The branch reaches the bone where the superior articular process meets the transverse process, follows the neck of the
articular process back to the notch between mammillary and accessory process, runs through the tunnel under the
ligament, and then medially and caudally over the lamina. Between landmarks it takes the shortest path along the bone.
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
"""Parts of the course: before, under and behind the ligament."""
STATION_MM = 0.25
"""Spacing of the stations along the curve."""
_KNOT_MM, _ROUNDS = 1.0, 150
"""Initial spacing of the points of the shortest path, and number of its smoothing iterations."""
_REACH_MM = 40.0
"""Bone further than this from the tunnel is ignored; the lamina is searched from this far behind."""
_PLANES_MM, _SAMPLE_MM = 0.25, 0.1
_LEAST_LATERAL_MM = 8.0
"""Bone of the posterior arch nearer to the midline than this is not searched for the articular process."""
_FROM_ABOVE_AND_ASIDE = np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
"""Viewing direction for the valley between articular and transverse process."""


@cache
def course_quantities() -> QuantityTree:
    """All parameters of the course with unit, source and range."""
    return read_quantities(_DATA)


def course_values() -> dict[str, Any]:
    """Values of the parameters, in the units of their keys."""
    return values(course_quantities())


@dataclass(frozen=True)
class Course:
    """A medial branch over one vertebra, in the frame of its side.

    Attributes
    ----------
    level, side : str
        Vertebra and side of the ligament under which it runs.
    frame : SideFrame
    bone : BoneSurface
        Bone under the nerve, in that frame.
    radius_mm : float
        Radius of the nerve.
    points : ndarray (n, 3)
        Stations in that frame, mm.
    arc_mm : ndarray (n,)
        Arc length from the point where the nerve reaches the bone, mm.
    entrance, exit : int
        Stations at either end of the tunnel.
    clearance_mm : tuple of float
        Distance of the centre line from the bone at entrance and exit, where it is in the middle of the tunnel.
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
        """Unit tangents (n, 3), directed from the foramen to the lamina."""
        slopes = np.gradient(self.points, self.arc_mm, axis=0)
        return slopes / np.linalg.norm(slopes, axis=1, keepdims=True)

    @property
    def part_of_interval(self) -> np.ndarray:
        """Index (n - 1,) into :data:`PARTS` of the interval between each station and the next."""
        between = np.arange(len(self.points) - 1)
        return (between >= self.entrance).astype(int) + (between >= self.exit)

    @property
    def lengths_mm(self) -> dict[str, float]:
        """Length of each part, mm."""
        steps, part = np.diff(self.arc_mm), self.part_of_interval
        return {name: float(steps[part == index].sum()) for index, name in enumerate(PARTS)}

    @property
    def neck_mm(self) -> float:
        """Length on the neck of the superior articular process, from the first station to the tunnel, mm."""
        return float(self.arc_mm[self.entrance])

    def on_neck(self, ratio: float) -> int:
        """Station at a fraction of the neck: 0 at its front, 1 at its posterior margin, where the tunnel begins."""
        return int(np.argmin(np.abs(self.arc_mm - ratio * self.neck_mm)))

    @property
    def in_tunnel(self) -> int:
        """Station halfway along the tunnel."""
        middle = 0.5 * (self.arc_mm[self.entrance] + self.arc_mm[self.exit])
        return int(np.argmin(np.abs(self.arc_mm - middle)))


def course_of(mesh: SegmentMesh, level: str, side: str, radius_mm: float) -> Course:
    """The course of the medial branch under one ligament of an undeformed mesh.

    Parameters
    ----------
    mesh : SegmentMesh
        Contains the ligament.
    level, side : str
    radius_mm : float
        Radius of the nerve.

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
    """Centre line (k, 3) of the tunnel, mm: a straight line fitted to the centres of the largest circles.

    The sections follow the facets of the mesh, and so do the circles; the fit smooths this.
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
    """Bottom (3,) of the valley between superior articular and transverse process, at its anterior end."""
    front = bone.corners[bone.corners[..., 1].min(axis=1) > _LEAST_LATERAL_MM]
    tunnel = middles.mean(axis=0)
    for x in np.arange(tunnel[0] + 20.0, tunnel[0], -_PLANES_MM):
        bottom = _valley(section(front, np.array([x, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])), depth, tunnel[2])
        if bottom is not None:
            return bottom
    raise PhysicsError(f"{place}: no valley between the superior articular and the transverse process was found")


def _valley(segments: np.ndarray, depth: float, lowest: float) -> np.ndarray | None:
    """Deepest point (3,) of the valley of an outline (s, 2, 3), seen obliquely from above; None if it is too shallow.

    Only points above ``lowest`` (mm) count; ``depth`` (mm) is the least depth below the lower of the two rims.
    """
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
    """End point (3,) of the course: on the back of the lamina, found by a ray from posterior."""
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
    """Points (k, 3) of the shortest path along the bone from a point on it to an end of the tunnel, and the clearance.

    Each point is kept at the radius of the nerve from the bone. Within ``rise`` (mm) of the tunnel the distance grows
    smoothly to the clearance at its end (mm).
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
    """Spline through points (k, 3): stations (n, 3), arc lengths (n,), and the stations of two given points."""
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

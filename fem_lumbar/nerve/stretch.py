"""Length of a medial branch under load: on its vertebra, and across the joint from the foramen above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.muscles import branch_under_mal
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.triangles import ray_hits
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.nerve.bone import AttachedPoints, BoneSurface, SideFrame, bone_regions
from fem_lumbar.nerve.course import PARTS, Course, course_quantities, course_values

NO_ORIGIN = "the vertebra above, where it comes from, is not in the model"
ACROSS = "foramen"
"""Name of the part from the foramen above to the first point on the bone."""
CRANIAL = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class StretchRow:
    """Length of one medial branch in one load case.

    Attributes
    ----------
    level, side : str
        Vertebra that the branch crosses.
    branch : str
        Level of the dorsal ramus it belongs to.
    case : str
    own_mm, own_change_mm : float
        Undeformed length on the vertebra, from the first point on the bone to the end on the lamina, and its change.
    across_mm, across_change_mm : float or None
        Undeformed length from the foramen above to the tunnel, and its change; None if the vertebra above is not in
        the model.
    across_percent : float or None
        The change relative to that length: the elongation of a branch that is fixed in the tunnel.
    sliding_percent : float or None
        Elongation of a branch that slides through the tunnel: change of the whole length over the whole length.
    verdict : str
        ``below <threshold>``, ``reaches <threshold>``, ``slack``, or ``not known``.
    """

    level: str
    side: str
    branch: str
    case: str
    own_mm: float
    own_change_mm: float
    across_mm: float | None
    across_change_mm: float | None
    across_percent: float | None
    sliding_percent: float | None
    verdict: str


class NerveLine:
    """Stations of a course attached to their vertebra, and the origin attached to the vertebra above.

    The part across the joint is a straight line: no slack, and not guided by bone or muscle.

    Parameters
    ----------
    mesh : SegmentMesh
    course : Course
    """

    def __init__(self, mesh: SegmentMesh, course: Course) -> None:
        self.course = course
        stations = course.frame.everywhere(course.points)
        _, _, partner = course.bone.above(course.points)
        self._stations = AttachedPoints.of(stations, mesh.points, course.bone.nodes[partner])
        self._origin = _origin(mesh, course)
        self._unloaded = self.lengths(mesh.points)

    def lengths(self, points: np.ndarray) -> dict[str, float]:
        """Lengths of the parts, mm, for node positions (n, 3), mm; ``foramen`` only with the vertebra above."""
        places = self._stations.at(points)
        steps, part = np.linalg.norm(np.diff(places, axis=0), axis=1), self.course.part_of_interval
        found = {name: float(steps[part == index].sum()) for index, name in enumerate(PARTS)}
        if self._origin is not None:
            found[ACROSS] = float(np.linalg.norm(self._origin.at(points)[0] - places[0]))
        return found

    def row(self, case: str, points: np.ndarray) -> StretchRow:
        """Lengths and their changes in a load case with node positions (n, 3), mm."""
        before, now = self._unloaded, self.lengths(points)
        own, own_now = (sum(one[name] for name in PARTS) for one in (before, now))
        across = change = percent = sliding = None
        if ACROSS in before:
            across, across_now = (one[ACROSS] + one["neck"] for one in (before, now))
            change = across_now - across
            percent = 100.0 * change / across
            whole, whole_now = (sum(one.values()) for one in (before, now))
            sliding = 100.0 * (whole_now - whole) / whole
        level, side = self.course.level, self.course.side
        branch = branch_under_mal(level)
        return StretchRow(
            level, side, branch, case, own, own_now - own, across, change, percent, sliding, stretch_verdict(percent)
        )


def stretch_rows(mesh: SegmentMesh, course: Course, positions: Mapping[str, np.ndarray]) -> list[StretchRow]:
    """One row per load case; ``positions`` maps names of load cases to node positions (n, 3), mm.

    Raises
    ------
    PhysicsError
        When no pedicle is found above the foramen.
    """
    line = NerveLine(mesh, course)
    return [line.row(case, points[: len(mesh.points)]) for case, points in positions.items()]


def stretch_verdict(percent: float | None) -> str:
    """Class of an elongation (%) by the thresholds; see :class:`StretchRow`."""
    if percent is None:
        return "not known"
    if percent <= 0.0:
        return "slack"
    limits = {name: float(one.value) for name, one in course_quantities()["stretch_thresholds"].items()}
    reached = [name for name, limit in limits.items() if percent >= limit]
    return f"reaches {reached[-1]}" if reached else f"below {next(iter(limits))}"


def _origin(mesh: SegmentMesh, course: Course) -> AttachedPoints | None:
    """Exit of the dorsal ramus from the foramen, below the pedicle above; None if that vertebra is not in the model."""
    upper = branch_under_mal(course.level)
    if upper not in mesh.levels:
        return None
    known, frame = course_values()["origin"], SideFrame.of(mesh, upper, course.side)
    bone = BoneSurface.of(mesh, bone_regions(mesh, upper), frame)
    corner = frame.local(mesh.landmarks[f"{upper}.inferior_posterior_corner"])
    start = frame.local(course.frame.everywhere(course.points[0]))
    low = np.array([corner[0] - known["behind_body_mm"], known["lateral_ratio"] * start[1], start[2]])
    hits = ray_hits(bone.corners, low, CRANIAL)
    if not len(hits):
        raise PhysicsError(f"{course.level} {course.side}: no pedicle of {upper} above the foramen was found")
    pedicle = low + hits[0] * CRANIAL
    _, _, partner = bone.above(pedicle[None])
    place = frame.everywhere(pedicle - known["below_pedicle_mm"] * CRANIAL)
    return AttachedPoints.of(place[None], mesh.points, bone.nodes[partner])

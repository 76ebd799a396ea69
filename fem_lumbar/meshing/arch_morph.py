"""Ligament arch and groove of a vertebra made as their measures say, without moving anything but them.

The arch of the template is known by its functions. Its measures are changed where it lies, in the undeformed vertebra,
by displacements that end a few millimetres beside it, so that facets and processes feel nothing of them. Then the
vertebra is deformed as a whole, which stretches the arch: what is asked for is corrected until the measures between
material points of arch and groove are those wanted afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fem_lumbar.anatomy.measures import LigamentArch
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.shape.details import details
from fem_lumbar.shape.scene import Scene

_UNDER, _BESIDE = 1.5, 2.5
"""Distances outside the ligament at which changes of its underside and of its width have faded, mm."""
_SCOOP = 2.3
"""Where changes of the groove have faded, over its own size: cartilage of the facets begins at 2.4."""
_SAMPLES = 401
_DEEPEST_MM = 9.0
_ROUNDS = 6
_FURTHEST_MM = 2.0
"""How much further than what was wanted is asked for at most, so that bones do not fold."""
_MEASURES = ("thickness", "underside", "width", "depth", "radius")


class ArchMorph:
    """Changes of the arch on either side of a vertebra of the template, in front of its deformation as a whole.

    Parameters
    ----------
    scene : Scene
        Functions of the template.
    level : str
        Of a vertebra that has arches.
    warp : callable
        The deformation as a whole: takes points (n, 3) of the vertebra to where they go, mm.
    target : mapping
        What ``right`` and ``left`` shall be like.
    """

    def __init__(
        self,
        scene: Scene,
        level: str,
        warp: Callable[[np.ndarray], np.ndarray],
        target: Mapping[str, Anatomy],
    ) -> None:
        self._arch, self._warp = scene.arches[level], warp
        self._ends, floor = self._free_span(scene, level)
        arch, measures = self._arch, self._arch.measures
        top = measures.rise_mm + measures.thickness_mm
        beside = 0.5 * measures.width_mm
        middle = 0.5 * measures.thickness_mm + measures.rise_mm
        start, end = self._ends
        local = [
            (-0.5 * arch.length, 0.0, 0.0),
            (0.5 * arch.length, 0.0, 0.0),
            (0.0, 0.0, top),
            (0.0, 0.0, measures.rise_mm),
            (0.0, 0.0, -floor),
            (0.0, -beside, middle),
            (0.0, beside, middle),
            (start, 0.0, self._underside(start)),
            (end, 0.0, self._underside(end)),
        ]
        self._points = arch.centre + np.array(local) @ self._axes
        usual = self._found(self._points)
        self._asked = {
            side: self._met(side, usual + _declared(own.mal[level]) - _declared(measures))
            for side, own in target.items()
        }

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 3) of the template go, mm."""
        moved = points.copy()
        for side, asked in self._asked.items():
            there = points if side == "right" else mirrored(points)
            own = there[:, 1] < 0.0
            shift = self._shift(there[own], asked)
            moved[own] += shift if side == "right" else mirrored(shift)
        return self._warp(moved)

    @property
    def _axes(self) -> np.ndarray:
        """Rows (3, 3): along the chord, across it and outwards."""
        return np.array([self._arch.along, self._arch.across, self._arch.outward])

    def _underside(self, along: np.ndarray | float) -> np.ndarray | float:
        """Height of the underside over the chord at places along it from its middle, mm."""
        measures, at_feet = self._arch.measures, details()["arch"]["height_at_feet_mm"]
        bow = measures.rise_mm + 0.5 * measures.thickness_mm - at_feet
        return (1.0 - (2.0 * along / self._arch.length) ** 2) * bow + at_feet - 0.5 * measures.thickness_mm

    def _free_span(self, scene: Scene, level: str) -> tuple[tuple[float, float], float]:
        """Where the underside leaves the bone and meets it again, from the middle of the chord, and depth of the floor."""
        arch = self._arch
        along = np.linspace(-0.5, 0.5, _SAMPLES) * arch.length
        under = arch.centre + np.outer(along, arch.along) + np.outer(self._underside(along), arch.outward)
        free = along[scene.bone(level, under).value > 0.0]
        depths = np.linspace(0.0, _DEEPEST_MM, _SAMPLES)
        below = scene.bone(level, arch.centre - np.outer(depths, arch.outward)).value
        return (float(free[0]), float(free[-1])), float(depths[np.argmax(below < 0.0)])

    def _shift(self, points: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Displacements (n, 3) of points (n, 3) of the right side for changes (5,) of the measures, mm."""
        arch, measures = self._arch, self._arch.measures
        along, across, over = ((points - arch.centre) @ self._axes.T).T
        thickness, underside, width, depth, radius = asked
        outside = np.maximum(arch.strap(points).value, arch.beyond_ends(points).value)
        start, end = self._ends
        span = np.clip((2.0 * along - start - end) / (end - start), -1.0, 1.0)
        height = np.clip((over - self._underside(along)) / measures.thickness_mm, 0.0, 1.0)
        outward = (1.0 - span**4) * (underside + height * thickness) * _fading(outside / _UNDER)
        half = 0.5 * measures.width_mm
        sideways = np.clip(across / half, -1.0, 1.0) * 0.5 * width * _fading(outside / _BESIDE)
        size = np.linalg.norm(
            [
                along / measures.groove_radius_mm,
                across / details()["groove"]["width_mm"],
                over / measures.groove_depth_mm,
            ],
            axis=0,
        )
        scoop = _fading((size - 1.0) / (_SCOOP - 1.0))
        outward += np.minimum(over, 0.0) * depth / measures.groove_depth_mm * scoop
        lengthwise = along * radius / measures.groove_radius_mm * scoop
        return np.column_stack([lengthwise, sideways, outward]) @ self._axes

    def _found(self, points: np.ndarray) -> np.ndarray:
        """Measures (5,) between material points (9, 3) of a right side, mm."""
        start, end, top, under, floor, one, other, leaves, meets = points
        along = (end - start) / np.linalg.norm(end - start)
        outward = top - floor - ((top - floor) @ along) * along
        outward /= np.linalg.norm(outward)
        middle = 0.5 * (start + end)
        return np.array(
            [
                (top - under) @ outward,
                (under - middle) @ outward,
                np.linalg.norm(other - one),
                (middle - floor) @ outward,
                0.5 * np.linalg.norm(meets - leaves),
            ]
        )

    def _met(self, side: str, wanted: np.ndarray) -> np.ndarray:
        """Changes (5,) of the measures before the deformation after which they are as wanted (5,)."""
        there: Callable[[np.ndarray], np.ndarray] = mirrored if side == "left" else np.asarray
        first = asked = wanted - self._found(self._points)
        for _ in range(_ROUNDS):
            moved = self._points + self._shift(self._points, asked)
            off = wanted - self._found(there(self._warp(there(moved))))
            asked = first + np.clip(asked + off - first, -_FURTHEST_MM, _FURTHEST_MM)
        return asked


def _declared(measures: LigamentArch) -> np.ndarray:
    """What the measures (5,) of an arch are to be: thickness, underside over the chord, width, depth, radius; mm."""
    return np.array(
        [
            measures.thickness_mm + measures.spur_mm,
            measures.rise_mm - measures.spur_mm,
            measures.width_mm,
            measures.groove_depth_mm,
            measures.groove_radius_mm,
        ]
    )


def _fading(share: np.ndarray) -> np.ndarray:
    """1 up to 0, falling smoothly to 0 at 1."""
    share = np.clip(share, 0.0, 1.0)
    return 1.0 - share * share * (3.0 - 2.0 * share)

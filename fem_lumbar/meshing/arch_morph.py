"""Local morphing of the ligament arch and the groove of a vertebra to their measures.

The arch of the template is given by implicit functions. Its measures are changed in the undeformed vertebra, by
displacements that decay within a few millimetres, so that facets hardly move. Then the vertebra is deformed as a whole,
which stretches the arch. The prescribed changes are therefore corrected until, after that deformation, the measures
between material points of arch and groove are the target ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.material_points import MaterialPoint, MaterialPoints
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.shape.details import details
from fem_lumbar.shape.scene import Scene

_UNDER, _BESIDE = 1.5, 2.5
"""Distances outside the ligament at which displacements of its underside and of its width have decayed, mm."""
_SCOOP = 2.3
"""Relative size of the groove at which its displacements have decayed: cartilage of the facets begins at 2.4."""
_WITH_FEET = (1.5, 6.0)
"""Distances from the chord within which bone moves with the feet, and beyond which it stays, mm."""
_SAMPLES = 401
_DEEPEST_MM, _ON_FLOOR_MM = 9.0, (-0.7, 0.0, 0.7)
"""Largest depth searched for the floor of the groove, and positions around its middle where its height is taken."""
_ROUNDS, _TRIED_MM = 4, 0.01
"""Iterations of the modified Newton method (constant Jacobian), and step of its finite differences."""
_FURTHEST_MM = 2.0
"""Largest excess of a prescribed change over the target change, so that bones do not fold."""
_SIZES = 5
"""Number of measures that are sizes; those after them are coordinates of the feet."""


class ArchMorph:
    """Changes of the arches on both sides of a vertebra of the template, followed by its deformation as a whole.

    Parameters
    ----------
    template : SegmentMesh
        Mesh of the template.
    scene : Scene
        Implicit functions of the template.
    level : str
        A vertebra with arches.
    warp : callable
        Deformation of the vertebra as a whole: maps points (n, 3), mm.
    target : mapping
        Target anatomies of the ``right`` and the ``left`` side.
    frame : (4, 4)
        Body frame of the vertebra after the deformation, in the global frame.
    feet_follow : bool
        True on a person's bone: feet stay where ``warp`` moves them, and sizes are changed relative to those after
        ``warp``. Otherwise feet and sizes are those of the target.
    """

    def __init__(
        self,
        template: SegmentMesh,
        scene: Scene,
        level: str,
        warp: Callable[[np.ndarray], np.ndarray],
        target: Mapping[str, Anatomy],
        frame: np.ndarray,
        feet_follow: bool = False,
    ) -> None:
        self._arch, self._warp, self._feet_follow = scene.arches[level], warp, feet_follow
        self._into, self._turn = np.linalg.inv(frame), scene.frames[level][:3, :3]
        self._ends, floor = self._free_span(scene, level)
        self._material = MaterialPoints(list(self._material_points(template, level, floor)))
        self._usual = self._found(transformed(np.linalg.inv(scene.frames[level]), self._material.corners))
        before = self._declared(scene.anatomy, level)
        self._asked = {side: self._met(side, self._declared(own, level) - before) for side, own in target.items()}

    def _material_points(self, template: SegmentMesh, level: str, floor: float) -> Iterator[MaterialPoint]:
        """Both feet, top, underside and both edges at mid-span, both ends of the free underside, and the floor."""
        name = f"{level}.mal.right"
        for foot in (self._arch.start, self._arch.end):
            yield MaterialPoint.alone(foot)
        measures = self._arch.measures
        beside, over = 0.5 * measures.width_mm, measures.rise_mm + 0.5 * measures.thickness_mm
        ligament, bone = (
            template.points[free_faces(template.cells[template.region_cells(*regions)])]
            for regions in ((name,), (f"{level}.cancellous", f"{level}.posterior"))
        )
        for place, faces in (
            ((0.0, 0.0, measures.rise_mm + measures.thickness_mm), ligament),
            ((0.0, 0.0, measures.rise_mm), ligament),
            ((0.0, -beside, over), ligament),
            ((0.0, beside, over), ligament),
        ):
            yield MaterialPoint.on_face(self._arch.centre + np.array(place) @ self._axes, faces)
        for along in self._ends:
            under = np.array([along, 0.0, self._underside(along)])
            yield MaterialPoint.alone(self._arch.centre + under @ self._axes)
        for along, across in product(_ON_FLOOR_MM, _ON_FLOOR_MM):
            yield MaterialPoint.on_face(self._arch.centre + np.array([along, across, -floor]) @ self._axes, bone)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Deformed positions (n, 3) of points (n, 3) of the template, mm."""
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
        """Height of the underside over the chord at coordinates along it from its middle, mm."""
        measures, at_feet = self._arch.measures, details()["arch"]["height_at_feet_mm"]
        bow = measures.rise_mm + 0.5 * measures.thickness_mm - at_feet
        return (1.0 - (2.0 * along / self._arch.length) ** 2) * bow + at_feet - 0.5 * measures.thickness_mm

    def _free_span(self, scene: Scene, level: str) -> tuple[tuple[float, float], float]:
        """Ends of the free underside along the chord, from its middle, and depth of the floor of the groove, mm."""
        arch = self._arch
        along = np.linspace(-0.5, 0.5, _SAMPLES) * arch.length
        under = arch.centre + np.outer(along, arch.along) + np.outer(self._underside(along), arch.outward)
        free = along[scene.bone(level, under).value > 0.0]
        depths = np.linspace(0.0, _DEEPEST_MM, _SAMPLES)
        below = scene.bone(level, arch.centre - np.outer(depths, arch.outward)).value
        return (float(free[0]), float(free[-1])), float(depths[np.argmax(below < 0.0)])

    def _shift(self, points: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Displacements (n, 3) of points (n, 3) of the right side for changes (11,) of measures and feet, mm."""
        arch, measures = self._arch, self._arch.measures
        along, across, over = ((points - arch.centre) @ self._axes.T).T
        thickness, underside, width, depth, radius, *feet = asked
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
        progress = np.clip(along / arch.length + 0.5, 0.0, 1.0)
        away = np.linalg.norm([along - (progress - 0.5) * arch.length, across, over], axis=0)
        near, far = _WITH_FEET
        share = np.column_stack([1.0 - progress, progress]) * _fading((away - near) / (far - near))[:, None]
        return np.column_stack([lengthwise, sideways, outward]) @ self._axes + share @ np.reshape(feet, (2, 3))

    def _found(self, corners: np.ndarray) -> np.ndarray:
        """Measures and feet (11,) for corners (k, 3) of the material points of a right side in the body frame, mm.

        Thickness, height of the underside over the chord, width, depth of the groove, half of the free span; the two
        feet along the global axes of the template.
        """
        start, end, top, under, one, other, leaves, meets, *floor = self._material.after(corners)
        along = (end - start) / np.linalg.norm(end - start)
        outward = np.cross(other - one, along)
        outward /= np.linalg.norm(outward)
        middle = 0.5 * (start + end)
        below = (np.array(floor) - middle) @ np.column_stack([along, np.cross(along, outward), outward])
        plane = np.column_stack([np.ones(len(below)), below[:, :2]])  # the floor may be inclined
        sizes = [
            (top - under) @ outward,
            (under - middle) @ outward,
            np.linalg.norm(other - one),
            -np.linalg.lstsq(plane, below[:, 2], rcond=None)[0][0],
            0.5 * np.linalg.norm(meets - leaves),
        ]
        return np.array([*sizes, *(self._turn @ start), *(self._turn @ end)])

    def _declared(self, anatomy: Anatomy, level: str) -> np.ndarray:
        """The same measures and feet (11,) as defined by an anatomy, mm, up to constants common to all anatomies."""
        arch, vertebra = anatomy.mal[level], anatomy.levels[level]
        start, end = map(on_right, (vertebra.mammillary_lower_pole_mm, vertebra.accessory_tip_mm))
        sizes = [
            arch.thickness_mm + arch.spur_mm,
            arch.rise_mm - arch.spur_mm,
            arch.width_mm,
            arch.groove_depth_mm,
            arch.groove_radius_mm + 0.5 * np.linalg.norm(end - start),  # bone at the feet goes with them
        ]
        return np.concatenate([sizes, self._turn @ start, self._turn @ end])

    def _met(self, side: str, change: np.ndarray) -> np.ndarray:
        """Changes (11,) to prescribe before the deformation so that measures and feet change by ``change`` (11,)."""
        there: Callable[[np.ndarray], np.ndarray] = mirrored if side == "left" else np.asarray

        def after(asked: np.ndarray) -> np.ndarray:
            moved = self._material.corners + self._shift(self._material.corners, asked)
            return self._found(there(transformed(self._into, self._warp(there(moved)))))

        def off(asked: np.ndarray) -> np.ndarray:
            return wanted - after(asked)

        first = asked = np.where(np.arange(len(change)) < _SIZES, change, 0.0)  # the deformation moves the feet
        wanted = after(0.0 * change) + first if self._feet_follow else self._usual + change
        missing = off(asked)
        response = np.array([missing - off(asked + step) for step in _TRIED_MM * np.eye(len(asked))]).T / _TRIED_MM
        for _ in range(_ROUNDS):
            over = asked + np.linalg.solve(response, missing) - first
            asked = first + np.clip(over, -_FURTHEST_MM, _FURTHEST_MM)
            missing = off(asked)
        return asked


def _fading(share: np.ndarray) -> np.ndarray:
    """Smooth step (cubic): 1 for shares up to 0, decreasing to 0 at 1."""
    share = np.clip(share, 0.0, 1.0)
    return 1.0 - share * share * (3.0 - 2.0 * share)

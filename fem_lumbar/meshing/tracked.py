"""Measures of a vertebra tracked through a deformation, so that those of the mesh are the target ones.

Control points of processes share bone and are only approximated, so that a measure changes by less than prescribed, and
its neighbours change with it. The prescribed changes are therefore corrected iteratively.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.placement import transformed
from fem_lumbar.anatomy.spine import FACES
from fem_lumbar.foundation.conventions import CRANIAL, SIDES, mirrored
from fem_lumbar.foundation.triangles import edge_counts, ray_hits
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.warp import VertebraWarp

_POINTS = (
    "pedicle_centre_mm",
    "transverse_tip_mm",
    "mammillary_tip_mm",
    "mammillary_lower_pole_mm",
    "accessory_tip_mm",
)
_MIDLINE = ("spinous_tip_mm", "lamina_anterior_mm")
_SIZES = ("pedicle_width_mm", "pedicle_height_mm")
_WIDTHS = tuple(f"{face}_endplate_width_mm" for face in FACES)
_COMMON = (*_MIDLINE, *_WIDTHS, "waist_width_ratio")
_ROUNDS = 3
_FURTHEST, _FURTHEST_OF = 1.5, {"waist_width_ratio": 0.075, **dict.fromkeys(_SIZES, 4.0)}
"""Largest excess of a prescribed measure over the target, mm (ratios 1), so that bones do not fold."""
_WEAKEST, _STRONGEST = 0.4, 1.5
"""Bounds of the response of a measure to a prescribed change, estimated from one round to the next (secant)."""

Measures = dict[str, np.ndarray]


class TrackedMeasures:
    """Material points of a vertebra of the template, and the measures between them.

    Parameters
    ----------
    template : SegmentMesh
        Mesh of the template.
    source : Anatomy
        Its anatomy.
    level : str
    """

    def __init__(self, template: SegmentMesh, source: Anatomy, level: str) -> None:
        self._level, self._frame = level, template.frames[level]
        measures = source.levels[level]
        bone = template.cells[template.region_cells(f"{level}.cancellous", f"{level}.posterior")]
        corners = transformed(np.linalg.inv(self._frame), template.points[free_faces(bone)])
        x, lateral, z = measures.pedicle_centre_mm
        centre = np.array([x, -lateral, z])
        angle = np.radians(measures.pedicle_angle_deg)
        across = np.array([np.sin(angle), -np.cos(angle), 0.0])
        walls = [
            centre + ray_hits(corners, centre, sign * axis)[0] * sign * axis
            for axis in (across, CRANIAL)
            for sign in (1.0, -1.0)
        ]
        widest = [self._widest(template, face) for face in FACES]
        waist = 0.5 * (widest[0] + widest[1]) * [1.0, measures.waist_width_ratio, 1.0]
        points = [np.array([p[0], -p[1], p[2]]) for p in (getattr(measures, key) for key in _POINTS)]
        middle = [np.array([p[0], 0.0, p[1]]) for p in (getattr(measures, key) for key in _MIDLINE)]
        self._points = np.array([*points, *middle, *walls, *widest, waist])
        self._usual = self._asked(source)
        self._before = self._found(self._points)

    def warp(self, source: Anatomy, target: Mapping[str, Anatomy], frame: np.ndarray) -> VertebraWarp:
        """Deformation after which the measures of both sides are approximately those of the target.

        Parameters
        ----------
        source : Anatomy
            Of the template.
        target : mapping
            Anatomies of the ``right`` and the ``left`` side.
        frame : (4, 4)
            New body frame in the global frame.
        """
        wanted = {side: self._change(self._asked(target[side]), self._usual) for side in SIDES}
        control: dict[str, Measures] = {side: dict(self._asked(target[side])) for side in SIDES}
        response = {side: dict.fromkeys(self._usual, 1.0) for side in SIDES}
        step = {side: dict(wanted[side]) for side in SIDES}
        found: dict[str, Measures] = {side: dict.fromkeys(self._usual, np.zeros(1)) for side in SIDES}
        alike = target["right"] == target["left"]
        warp = self._warp(source, target, control, frame)
        for _ in range(_ROUNDS if warp.deforms else 0):
            now: dict[str, Measures] = {side: self._moved(warp, frame, side) for side in SIDES}
            for key in _COMMON:
                now["right"][key] = now["left"][key] = 0.5 * (now["right"][key] + now["left"][key])
            if alike:
                now["left"] = now["right"]
            for side in SIDES:
                for key in self._usual:
                    gain = _gain(now[side][key] - found[side][key], step[side][key], response[side][key])
                    response[side][key] = gain
                    step[side][key] = (wanted[side][key] - now[side][key]) / gain
                    asked = self._asked(target[side])[key]
                    reach = _FURTHEST_OF.get(key, _FURTHEST)
                    over = np.clip(control[side][key] + step[side][key] - asked, -reach, reach)
                    step[side][key] = asked + over - control[side][key]
                    control[side][key] = asked + over
            found = now
            warp = self._warp(source, target, control, frame)
        return warp

    def _widest(self, template: SegmentMesh, face: str) -> np.ndarray:
        """Rightmost point (3,) of the rim of an endplate, in the body frame, mm."""
        edges, count = edge_counts(template.surfaces[f"{self._level}.endplate.{face}"])
        rim = transformed(np.linalg.inv(self._frame), template.points[np.unique(edges[count == 1])])
        return rim[rim[:, 1].argmin()]

    def _warp(
        self, source: Anatomy, target: Mapping[str, Anatomy], control: Mapping[str, Measures], frame: np.ndarray
    ) -> VertebraWarp:
        sides = {side: _with(target[side], self._level, control[side]) for side in SIDES}
        return VertebraWarp(source, sides["right"], sides["left"], frame, self._level)

    def _asked(self, anatomy: Anatomy) -> Measures:
        own = anatomy.levels[self._level]
        keys = (*_POINTS, *_MIDLINE, *_SIZES, *_WIDTHS, "waist_width_ratio")
        return {key: np.atleast_1d(np.asarray(getattr(own, key), dtype=float)) for key in keys}

    def _change(self, now: Measures, before: Measures) -> Measures:
        return {key: now[key] - before[key] for key in before}

    def _moved(self, warp: Callable[[np.ndarray], np.ndarray], frame: np.ndarray, side: str) -> Measures:
        """Changes of the measures of a side by a deformation."""
        there = self._points if side == "right" else mirrored(self._points)
        points = transformed(np.linalg.inv(frame), warp(transformed(self._frame, there)))
        return self._change(self._found(points if side == "right" else mirrored(points)), self._before)

    def _found(self, points: np.ndarray) -> Measures:
        """Measures of a right side from its moved points (n, 3) in the body frame, mm."""
        count = len(_POINTS)
        found = {key: point * [1.0, -1.0, 1.0] for key, point in zip(_POINTS, points)}
        found |= {key: point[[0, 2]] for key, point in zip(_MIDLINE, points[count:])}
        walls, wide = points[count + len(_MIDLINE) :][:4], points[-3:]
        found["pedicle_centre_mm"] = walls.mean(axis=0) * [1.0, -1.0, 1.0]
        for key, (one, other) in zip(_SIZES, (walls[:2], walls[2:])):
            found[key] = np.atleast_1d(np.linalg.norm(one - other))
        for key, point in zip(_WIDTHS, wide):
            found[key] = -2.0 * point[1:2]
        found["waist_width_ratio"] = 2.0 * wide[2, 1:2] / (wide[0, 1] + wide[1, 1])
        return found


def _gain(moved: np.ndarray, asked: np.ndarray, before: float) -> float:
    """Fraction of a prescribed step by which a measure has moved, bounded; the ``before`` value for a zero step."""
    size = float(asked @ asked)
    return before if size < 1e-12 else float(np.clip(moved @ asked / size, _WEAKEST, _STRONGEST))


def _with(anatomy: Anatomy, level: str, measures: Measures) -> Anatomy:
    """The anatomy with other measures of a level, which are not validated."""
    plain = {key: tuple(value) if value.size > 1 else float(value[0]) for key, value in measures.items()}
    levels = {**anatomy.levels, level: anatomy.levels[level].model_copy(update=plain)}
    return anatomy.model_copy(update={"levels": levels})

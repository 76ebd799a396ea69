"""Cut of the sacrum, border of its posterior elements, auricular faces, and height of its endplate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fem_lumbar.anatomy.sacrum import sacral_values
from fem_lumbar.shape.jet import Jet, coordinate, smooth_max, smooth_min
from fem_lumbar.shape.vertebra import BoneShape

_LATERAL_TERMS = slice(4, 8)
"""Terms of an endplate in y², see the data files of shapes."""
_LIP_BLEND_MM = 1.0


def without_lips(shape: BoneShape) -> BoneShape:
    """The shape of the sacrum with an endplate that is equally high at its sides and in the middle."""
    superior = shape.plates["superior"].copy()
    superior[_LATERAL_TERMS] = 0.0
    return replace(shape, plates={**shape.plates, "superior": superior})


@dataclass(frozen=True)
class SacralPlanes:
    """Planes and the auricular faces of a sacrum whose endplate has the frame ``frame`` (4, 4)."""

    frame: np.ndarray

    @property
    def facet_recess_mm(self) -> float:
        """Additional distance of the vertebra above from the mid-surface of the joint outside the face, mm."""
        return float(sacral_values()["body"]["facet_recess_mm"])

    def below_cut(self, points: np.ndarray) -> Jet:
        """Signed distance below the plane in which the sacrum is cut, mm."""
        body = sacral_values()["body"]
        tilt = np.radians(body["cut_tilt_deg"])
        return self._beyond(points, body["cut_mm"], (np.sin(tilt), -np.cos(tilt)))

    def behind_border(self, points: np.ndarray) -> Jet:
        """Signed distance behind the plane that separates the body from the posterior elements, mm."""
        body = sacral_values()["body"]
        tilt = np.radians(body["posterior_border_tilt_deg"])
        return self._beyond(points, body["posterior_border_mm"], (-np.cos(tilt), np.sin(tilt)))

    def trimmed(self, bone: Jet, points: np.ndarray) -> Jet:
        """The bone without the lips beside its endplate, which would meet the vertebra above."""
        body = sacral_values()["body"]
        over = self._beyond(points, (0.0, body["endplate_top_mm"]), (0.0, 1.0))
        in_front = self._beyond(points, (body["endplate_back_mm"], 0.0), (1.0, 0.0))
        return smooth_max(bone, smooth_min(over, in_front, _LIP_BLEND_MM), _LIP_BLEND_MM)

    def is_auricular(self, points: np.ndarray) -> np.ndarray:
        """Mask (n,) of points (n, 3) within the outline of an auricular face in the lateral view."""
        body = sacral_values()["body"]
        local = (points - self.frame[:3, 3]) @ self.frame[:3, :3]
        x, z = (local[:, axis] - place for axis, place in zip((0, 2), body["auricular_centre_mm"]))
        tilt = np.radians(body["auricular_tilt_deg"])
        along, across = x * np.sin(tilt) + z * np.cos(tilt), x * np.cos(tilt) - z * np.sin(tilt)
        half_height, half_width = 0.5 * body["auricular_height_mm"], 0.5 * body["auricular_width_mm"]
        return (along / half_height) ** 2 + (across / half_width) ** 2 < 1.0

    def _beyond(self, points: np.ndarray, place: tuple[float, float], normal: tuple[float, float]) -> Jet:
        """Signed distance beyond a plane normal to the mid-sagittal one: x and z of a point on it and of its normal."""
        across = self.frame[:3, [0, 2]]
        return coordinate(points, across @ np.array(normal), self.frame[:3, 3] + across @ np.array(place))

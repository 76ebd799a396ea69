"""Where the sacrum is cut, where its posterior elements begin and where it meets the ilium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.sacrum import sacral_values
from fem_lumbar.shape.jet import Jet, coordinate


@dataclass(frozen=True)
class SacralPlanes:
    """Planes and the auricular faces of a sacrum whose endplate has the frame ``frame`` (4, 4)."""

    frame: np.ndarray

    def below_cut(self, points: np.ndarray) -> Jet:
        """Distance below the plane in which the sacrum is cut, mm."""
        body = sacral_values()["body"]
        tilt = np.radians(body["cut_tilt_deg"])
        return self._beyond(points, body["cut_mm"], (np.sin(tilt), -np.cos(tilt)))

    def behind_border(self, points: np.ndarray) -> Jet:
        """Distance behind the plane behind which bone counts as posterior elements, mm."""
        body = sacral_values()["body"]
        tilt = np.radians(body["posterior_border_tilt_deg"])
        return self._beyond(points, body["posterior_border_mm"], (-np.cos(tilt), np.sin(tilt)))

    def is_auricular(self, points: np.ndarray) -> np.ndarray:
        """Whether points (n, 3) lie within the outline of an auricular face, seen from the side."""
        body = sacral_values()["body"]
        local = (points - self.frame[:3, 3]) @ self.frame[:3, :3]
        x, z = (local[:, axis] - place for axis, place in zip((0, 2), body["auricular_centre_mm"]))
        tilt = np.radians(body["auricular_tilt_deg"])
        along, across = x * np.sin(tilt) + z * np.cos(tilt), x * np.cos(tilt) - z * np.sin(tilt)
        half_height, half_width = 0.5 * body["auricular_height_mm"], 0.5 * body["auricular_width_mm"]
        return (along / half_height) ** 2 + (across / half_width) ** 2 < 1.0

    def _beyond(self, points: np.ndarray, place: tuple[float, float], normal: tuple[float, float]) -> Jet:
        """Distance beyond a plane square to the mid-sagittal plane: x and z of a point on it and of its normal."""
        across = self.frame[:3, [0, 2]]
        return coordinate(points, across @ np.array(normal), self.frame[:3, 3] + across @ np.array(place))

"""The disc between two bodies: the wall of the annulus and the wall of the nucleus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.measures import DiscAndFacetMeasures
from fem_lumbar.anatomy.spine import FACES
from fem_lumbar.shape.frame import endplate_size
from fem_lumbar.shape.jet import Jet, coordinate, norm
from fem_lumbar.shape.placed import PlacedBone


@dataclass(frozen=True)
class Disc:
    """The disc between ``upper`` and ``lower`` bone with the measures of its joint."""

    upper: PlacedBone
    lower: PlacedBone
    measures: DiscAndFacetMeasures

    def wall(self, points: np.ndarray) -> Jet:
        """Signed distance from the annulus, mm, to first order."""
        below, over_lower = self.lower.wall_of_disc(points, "superior")
        above, under_upper = self.upper.wall_of_disc(points, "inferior")
        height = (over_lower + under_upper + 1.0).clipped(0.5, np.inf)
        share = ((over_lower + 0.5) / height).clipped(0.0, 1.0)
        bulge = share * (1.0 - share) * (4.0 * self.measures.disc_bulge_mm)
        return below + share * (above - below) - bulge

    def between(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances (n,) over the lower and under the upper endplate, mm; both are positive between the bodies."""
        return self.lower(points).superior.value, self.upper(points).inferior.value

    @property
    def middle(self) -> np.ndarray:
        """Frame of the disc, (4, 4): between its two endplates, x anterior, z cranial."""
        ends = [_endplate_centre(self.lower, "superior"), _endplate_centre(self.upper, "inferior")]
        axis = self.lower.frame[:3, 2] + self.upper.frame[:3, 2]
        frame = np.eye(4)
        frame[:3, 2] = axis / np.linalg.norm(axis)
        frame[:3, 0] = np.cross([0.0, 1.0, 0.0], frame[:3, 2])
        frame[:3, 3] = 0.5 * (ends[0] + ends[1])
        return frame

    @property
    def half_size(self) -> tuple[float, float]:
        """Half depth and half width of the disc, mm: mean of its two endplates."""
        sizes = endplate_size(self.lower.shape, FACES[0]), endplate_size(self.upper.shape, FACES[1])
        depth, width = 0.25 * np.sum(sizes, axis=0)
        return float(depth), float(width)

    def nucleus(self, points: np.ndarray) -> Jet:
        """Signed distance from the nucleus, an elliptic cylinder, mm, to first order."""
        depth, width = self.half_size
        share = np.sqrt(self.measures.nucleus_area_fraction / self.measures.nucleus_depth_to_width)
        axes = (share * self.measures.nucleus_depth_to_width * depth, share * width)
        frame = self.middle
        centre = frame[:3, 3] - self.measures.nucleus_posterior_offset_mm * frame[:3, 0]
        x, y = (coordinate(points, frame[:3, i], centre) / axis for i, axis in enumerate(axes))
        return (norm(x, y) - 1.0) * min(axes)


def _endplate_centre(bone: PlacedBone, face: str) -> np.ndarray:
    corners = bone.shape.corners
    local = 0.5 * (corners[f"{face}_anterior"] + corners[f"{face}_posterior"])
    return bone.pose[:3, :3] @ local + bone.pose[:3, 3]

"""A bone of the template placed in the segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.shape.frame import body_frame
from fem_lumbar.shape.jet import Jet
from fem_lumbar.shape.vertebra import BoneShape, BoneValues


@dataclass(frozen=True)
class PlacedBone:
    """A shape whose body frame lies at ``frame`` (4, 4) in the global frame."""

    shape: BoneShape
    frame: np.ndarray

    @property
    def pose(self) -> np.ndarray:
        """Frame of the shape in the global frame, (4, 4)."""
        return self.frame @ np.linalg.inv(body_frame(self.shape))

    def local(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 3) of the global frame transformed to the frame of the shape, mm."""
        pose = self.pose
        return (points - pose[:3, 3]) @ pose[:3, :3]

    def __call__(self, points: np.ndarray) -> BoneValues:
        """The implicit functions of the bone at points (n, 3), with gradients, both in the global frame."""
        return self._turned(self.shape(self.local(points)))

    def wall_of_disc(self, points: np.ndarray, face: str) -> tuple[Jet, Jet]:
        """Signed distance from the wall of a disc that starts at the rim of an endplate, and height over it, mm.

        The wall continues the side wall of the body, as it is at the depth of the rim.
        """
        under = self.shape.rim_depth
        local = self.local(points)
        values = self.shape(local)
        plate: Jet = getattr(values, face)
        sign = 1.0 if face == "superior" else -1.0
        over = plate.value > -under
        lowered = local.copy()
        lowered[over, 2] -= sign * (plate.value[over] + under)
        wall = self.shape(lowered).wall
        slope = wall.gradient.copy()
        slope[over] -= sign * wall.gradient[over, 2:] * plate.gradient[over]
        turn = self.pose[:3, :3]
        return Jet(wall.value + under, slope @ turn.T), Jet(plate.value, plate.gradient @ turn.T)

    def posterior(self, points: np.ndarray, sleeve_mm: float) -> Jet:
        """Signed distance from a sleeve around the side wall, mm: positive in the posterior elements."""
        return self(points).wall - sleeve_mm

    def _turned(self, values: BoneValues) -> BoneValues:
        turn = self.pose[:3, :3]
        bone, body, wall, superior, inferior = (
            Jet(jet.value, jet.gradient @ turn.T)
            for jet in (values.bone, values.body, values.wall, values.superior, values.inferior)
        )
        return BoneValues(bone, body, wall, superior, inferior)

"""The enlarged transverse process of a transitional lumbosacral anatomy and its joint with the ala of the sacrum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fem_lumbar.anatomy.placement import on_right, transformed
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values
from fem_lumbar.shape.jet import Jet, coordinate, superellipse
from fem_lumbar.shape.placed import PlacedBone


@cache
def transition_quantities() -> QuantityTree:
    """Measures of the enlarged process and of its joint, with sources."""
    return read_quantities(Path(__file__).parent / "data" / "transition.yaml")


@cache
def transition_values() -> dict[str, Any]:
    """Bare values, nested like :func:`transition_quantities`."""
    return values(transition_quantities())


@dataclass(frozen=True)
class Transition:
    """The solid between the lowermost vertebra and the ala of the sacrum, right side.

    Attributes
    ----------
    sacrum : PlacedBone
        The sacrum, whose body frame is that of its endplate.
    """

    sacrum: PlacedBone

    @property
    def centre(self) -> np.ndarray:
        """Centre of the solid in the global frame, (3,) mm."""
        return transformed(self.sacrum.frame, on_right(transition_values()["solid"]["centre_mm"]))

    @property
    def crest_mm(self) -> float:
        """Height over the centre that is within the transverse process everywhere: above it is the crest, mm."""
        return float(transition_values()["crest_mm"])

    @property
    def reach(self) -> float:
        """Radius of a ball around the centre that contains the solid, mm."""
        solid = transition_values()["solid"]
        widest = 1.0 + solid["widening_per_mm"] * solid["half_height_mm"]
        across = widest * np.hypot(solid["half_depth_mm"], solid["half_width_mm"])
        return float(np.hypot(across, solid["half_height_mm"]))

    def solid(self, points: np.ndarray) -> Jet:
        """Signed distance from the solid, mm, to first order, at points (n, 3)."""
        measures = transition_values()["solid"]
        turn = np.radians(measures["turn_deg"])
        axes = np.array([[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])
        depth, width, height = (coordinate(points, self.sacrum.frame[:3, :3] @ axis, self.centre) for axis in axes)
        wider = (1.0 - height * measures["widening_per_mm"]).clipped(0.3, 3.0)
        halves = measures["half_depth_mm"], measures["half_width_mm"], measures["half_height_mm"]
        section = superellipse(
            measures["exponent"], depth / (wider * halves[0]), width / (wider * halves[1]), height / halves[2]
        )
        return (section - 1.0) * min(halves)

    def above_joint(self, points: np.ndarray) -> Jet:
        """Signed distance over the upper face of the joint, at constant distance from the ala, mm, to first order."""
        return self.sacrum(points).bone - transition_values()["joint_mm"]

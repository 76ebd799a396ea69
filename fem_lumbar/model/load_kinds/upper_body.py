"""Weight of the upper body, and of what it carries, on the uppermost endplate."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import ANTERIOR, CRANIAL, LEFT
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.section import LoadSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection, UpperBodySettings

BODY, CARRIED = "upper body", "carried mass"


class UpperBodyLoad(AppliedLoad[UpperBodySection, DeadWeight]):
    """Weights on arms from the centre of the uppermost endplate."""

    section: ClassVar[type[LoadSection]] = UpperBodySection
    cause: ClassVar[str] = "upper_body"

    @classmethod
    def build(cls, given: UpperBodySection, site: LoadSite) -> Self:
        """The load at full size."""
        segment, upper = site.segment, given.upper_body
        if upper is None:
            return cls(given, segment, ())
        forwards, up = vertical_axes(upper)
        weights = [(BODY, upper.weight_N, arm_mm(upper))]
        if (carried := upper.carried) is not None:
            place = carried.lever_arm_mm * forwards + carried.lateral_offset_mm * LEFT + carried.height_mm * up
            weights.append((CARRIED, carried.weight_N, _flexion(site).T @ place))
        items = tuple(
            DeadWeight(name, -weight * up, arm, segment.fixture.reference_point, segment.fixture.reference_dof)
            for name, weight, arm in weights
            if weight > 0.0
        )
        return cls(given, segment, items)

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """Weights, with their moment about a centre (3,)."""
        return sum((item.wrench(x, load_factor, centre) for item in self.items), Wrench())

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Weights, and their unloaded positions; entries that are zero by default are included where they are not."""
        upper = self.given.upper_body
        if upper is None:
            return {}
        sizes = {item.name: item.history(load_factor) * float(np.linalg.norm(item.force)) for item in self.items}
        found = {"upper_body_N": sizes.get(BODY, 0.0), "upper_body_lever_arm_mm": upper.lever_arm_mm}
        more = {
            "upper_body_height_mm": upper.height_mm,
            "upper_body_lateral_offset_mm": upper.lateral_offset_mm,
            "inclination_deg": upper.inclination_deg,
        }
        found |= {key: value for key, value in more.items() if value}
        if (carried := upper.carried) is not None:
            found |= {
                "carried_N": sizes.get(CARRIED, 0.0),
                "carried_lever_arm_mm": carried.lever_arm_mm,
                "carried_height_mm": carried.height_mm,
                "carried_lateral_offset_mm": carried.lateral_offset_mm,
            }
        return found

    def magnitude(self, item: DeadWeight) -> np.ndarray:
        """Weight (3,) at full load, N."""
        return item.force


def vertical_axes(upper: UpperBodySettings) -> tuple[np.ndarray, np.ndarray]:
    """Horizontal anterior and vertical upward unit vectors (3,), in the axes of the model.

    Relative to a model inclined forwards both are rotated backwards about the left axis.
    """
    angle = np.radians(upper.inclination_deg)
    forwards = np.cos(angle) * ANTERIOR + np.sin(angle) * CRANIAL
    return forwards, np.cos(angle) * CRANIAL - np.sin(angle) * ANTERIOR


def _flexion(site: LoadSite) -> np.ndarray:
    """Rotation (3, 3) of the upper body in the posture held by muscles, in which the position of a mass is given."""
    flexion_deg = sum(site.scenario.load_cases[site.case].of(MuscleSection).lumbar_flexion_deg.values())
    return rotation_matrix(np.radians(flexion_deg) * LEFT)


def arm_mm(upper: UpperBodySettings) -> np.ndarray:
    """From the centre of the uppermost endplate to the centre of mass of the upper body (3,), in axes of the model."""
    return upper.lever_arm_mm * ANTERIOR + upper.lateral_offset_mm * LEFT + upper.height_mm * CRANIAL

"""Weight of the upper body on the uppermost endplate."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import ANTERIOR, CRANIAL
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.section import LoadSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection


class UpperBodyLoad(AppliedLoad[UpperBodySection, DeadWeight]):
    """A weight on an arm forwards from the centre of the uppermost endplate."""

    section: ClassVar[type[LoadSection]] = UpperBodySection
    cause: ClassVar[str] = "upper_body"

    @classmethod
    def build(cls, given: UpperBodySection, site: LoadSite) -> Self:
        """The load at full size."""
        segment, upper = site.segment, given.upper_body
        if upper is None or upper.weight_N == 0.0:
            return cls(given, segment, ())
        arm, force = upper.lever_arm_mm * ANTERIOR, -upper.weight_N * CRANIAL
        return cls(
            given, segment, (DeadWeight("upper body", force, arm, segment.reference_point, segment.reference_dof),)
        )

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """The weight where it hangs."""
        weights = (
            Wrench.of(item.history(load_factor) * item.force[None], item.place(x)[None], centre) for item in self.items
        )
        return sum(weights, Wrench())

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Weight, and its lever arm in the unloaded state."""
        upper = self.given.upper_body
        return (
            {}
            if upper is None
            else {"upper_body_N": self.size_N(x, load_factor), "upper_body_lever_arm_mm": upper.lever_arm_mm}
        )

    def magnitude(self, item: DeadWeight) -> np.ndarray:
        """Weight (3,) at full load, N."""
        return item.force

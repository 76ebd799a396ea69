"""Pressure in the abdomen as a force on the upper body."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import ANTERIOR, CRANIAL
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.abdominal_pressure import AbdominalPressureSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


class AbdominalPressureLoad(AppliedLoad[AbdominalPressureSection, DeadWeight]):
    """A force along the axis of the pelvis at an anterior lever arm from the centre of the uppermost endplate.

    The force on the diaphragm is assumed to keep its direction; its reaction acts on the pelvis, which is fixed.
    """

    section: ClassVar[type[LoadSection]] = AbdominalPressureSection
    cause: ClassVar[str] = "abdominal_pressure"

    @classmethod
    def build(cls, given: AbdominalPressureSection, site: LoadSite) -> Self:
        """The load at full size."""
        segment = site.segment
        if given.force_N == 0.0:
            return cls(given, segment, ())
        arm, force = given.abdominal_lever_arm_mm * ANTERIOR, given.force_N * CRANIAL
        item = DeadWeight(
            "abdominal pressure", force, arm, segment.fixture.reference_point, segment.fixture.reference_dof
        )
        return cls(given, segment, (item,))

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """Force, with its moment about a centre (3,)."""
        return sum((item.wrench(x, load_factor, centre) for item in self.items), Wrench())

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Force, and its lever arm in the unloaded state."""
        if not self.given.force_N:
            return {}
        arm = self.given.abdominal_lever_arm_mm
        return {"abdominal_pressure_N": self.size_N(x, load_factor), "abdominal_lever_arm_mm": arm}

    def magnitude(self, item: DeadWeight) -> np.ndarray:
        """Force (3,) at full load, N."""
        return item.force

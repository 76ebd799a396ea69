"""Prescribed rotation of the loaded endplate."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.mechanics.prescribed_motion import PrescribedRotation
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.rotation import RotationSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


class RotationLoad(AppliedLoad[RotationSection, PrescribedRotation]):
    """A rotation about an axis fixed in space, with the moment that it takes."""

    section: ClassVar[type[LoadSection]] = RotationSection
    cause: ClassVar[str] = "moment"

    @classmethod
    def build(cls, given: RotationSection, site: LoadSite) -> Self:
        """The load at full size."""
        segment = site.segment
        if not given.rotation_deg:
            return cls(given, segment, ())
        axis, angle = np.array(MOMENT_AXIS[site.case]), np.radians(given.rotation_deg)
        dofs = segment.fixture.reference_dof + 3 + np.arange(3)
        return cls(
            given, segment, (PrescribedRotation("rotation", axis, angle, dofs, segment.fixture.multiplier_dof + 1),)
        )

    def couple_Nmm(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Moment (3,) N·mm that the rotation takes."""
        return sum((item.intensity(x, load_factor) * item.axis for item in self.items), np.zeros(3))

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """The moment, the same about every centre and at every joint."""
        return Wrench(moment=self.couple_Nmm(x, load_factor))

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """How far it has been turned, in the sense of the case."""
        angle = self.given.rotation_deg
        return {"rotation_deg": sum(angle * item.history(load_factor) for item in self.items) + 0.0} if angle else {}

    def magnitude(self, item: PrescribedRotation) -> float:
        """Angle at full load, rad."""
        return item.size

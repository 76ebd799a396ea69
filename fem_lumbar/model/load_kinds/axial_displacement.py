"""Prescribed axial displacement of the loaded endplate."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import CRANIAL
from fem_lumbar.mechanics.prescribed_motion import PrescribedTranslation
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.axial_displacement import AxialDisplacementSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


class AxialDisplacementLoad(AppliedLoad[AxialDisplacementSection, PrescribedTranslation]):
    """A downward displacement of the reference point, with the force it requires."""

    section: ClassVar[type[LoadSection]] = AxialDisplacementSection
    cause: ClassVar[str] = "endplate"

    @classmethod
    def build(cls, given: AxialDisplacementSection, site: LoadSite) -> Self:
        """The load at full size."""
        segment, distance = site.segment, given.axial_displacement_mm
        if distance is None:
            return cls(given, segment, ())
        dofs, multiplier = segment.fixture.reference_dof + np.arange(3), segment.fixture.multiplier_dof
        return cls(given, segment, (PrescribedTranslation("axial displacement", -CRANIAL, distance, dofs, multiplier),))

    def force_N(self, x: np.ndarray, load_factor: float) -> float:
        """Force required by the displacement, N, positive in compression."""
        return sum(item.intensity(x, load_factor) for item in self.items) + 0.0

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """The force at the reference point."""
        place = self.segment.fixture.reference_point + x[self.segment.fixture.reference_dof + np.arange(3)]
        return Wrench.of(-self.force_N(x, load_factor) * CRANIAL[None], place[None], centre)

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Displacement, and the force it requires."""
        distance = self.given.axial_displacement_mm
        if distance is None:
            return {}
        moved = sum(distance * item.history(load_factor) for item in self.items) + 0.0
        return {"axial_displacement_mm": moved, "axial_force_N": self.force_N(x, load_factor)}

    def magnitude(self, item: PrescribedTranslation) -> float:
        """Displacement at full load, mm."""
        return item.size

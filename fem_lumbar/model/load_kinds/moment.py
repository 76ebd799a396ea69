"""Pure moment on the loaded endplate."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.foundation.conventions import MOMENT_AXIS, NMM_PER_NM
from fem_lumbar.mechanics.coupling import PureMoment
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.moment import MomentSection
from fem_lumbar.scenario.load_kinds.section import LoadSection


class MomentLoad(AppliedLoad[MomentSection, PureMoment]):
    """A moment about axes fixed in space."""

    section: ClassVar[type[LoadSection]] = MomentSection
    cause: ClassVar[str] = "moment"

    @classmethod
    def build(cls, given: MomentSection, site: LoadSite) -> Self:
        """The load at full size."""
        moment = _moment_Nmm(given, site.case)
        items = () if moment is None else (PureMoment("moment", moment, site.segment.fixture.reference_dof),)
        return cls(given, site.segment, items)

    def couple_Nmm(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Moment (3,) N·mm on the loaded endplate."""
        return sum((item.intensity(x, load_factor) * item.moment for item in self.items), np.zeros(3))

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """The moment, the same about every centre and at every joint."""
        return Wrench(moment=self.couple_Nmm(x, load_factor))

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Nothing beside ``moment_Nm``."""
        return {}

    def magnitude(self, item: PureMoment) -> np.ndarray:
        """Moment (3,) at full load, N·mm."""
        return item.moment


def _moment_Nmm(given: MomentSection, case: str) -> np.ndarray | None:
    """Applied moment (3,) at full load, N·mm; None without one."""
    if any(given.moment_vector_Nm or ()):
        return NMM_PER_NM * np.array(given.moment_vector_Nm)
    return NMM_PER_NM * given.moment_Nm * np.array(MOMENT_AXIS[case]) if given.moment_Nm else None

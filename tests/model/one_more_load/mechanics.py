"""A dead force on the loaded endplate: its item, resultant and entry in results."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.scenario.load_kinds.section import LoadSection
from tests.model.one_more_load.section import DeadForceSection


class DeadForceLoad(AppliedLoad[DeadForceSection, DeadWeight]):
    """A force at the reference point."""

    section: ClassVar[type[LoadSection]] = DeadForceSection
    cause: ClassVar[str] = "dead_force"

    @classmethod
    def build(cls, given: DeadForceSection, site: LoadSite) -> Self:
        segment = site.segment
        if not any(given.dead_force_N or ()):
            return cls(given, segment, ())
        force, point = np.array(given.dead_force_N), segment.fixture.reference_point
        return cls(
            given, segment, (DeadWeight("dead force", force, np.zeros(3), point, segment.fixture.reference_dof),)
        )

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        return sum((item.wrench(x, load_factor, centre) for item in self.items), Wrench())

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        if self.given.dead_force_N is None:
            return {}
        return {"dead_force_N": self.wrench(x, load_factor, np.zeros(3)).force.tolist()}

    def magnitude(self, item: DeadWeight) -> np.ndarray:
        return item.force

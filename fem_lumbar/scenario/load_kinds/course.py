"""Course of a load case: order and steps in which its loads are applied, time, and unloading."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fem_lumbar.foundation.parameters import StrictModel
from fem_lumbar.scenario.settings import setting


class Course(StrictModel):
    """Keys of a load case that are not loads."""

    initial_step: float | None = setting("load_cases", "initial_step")
    load_levels: tuple[Annotated[float, Field(gt=0.0, lt=1.0)], ...] | None = Field(
        None,
        description="fractions of the load that are solved for on the way and stand in the curve, in rising order; of "
        "each stage where loads come one after the other",
    )
    follower_first: bool = Field(
        False, description="follower load, muscles and weight first, then held while moment or motion is applied"
    )
    loading_s: float | None = setting("load_cases", "loading_s")
    duration_s: float | None = setting("load_cases", "duration_s")
    cycle_s: float | None = setting("load_cases", "cycle_s")
    cycles: int | None = setting("load_cases", "cycles")
    unload: bool = Field(False, description="unload after full load, along the same path")

    @property
    def in_time(self) -> bool:
        """Whether time passes under load."""
        return any(given is not None for given in (self.loading_s, self.duration_s, self.cycle_s))

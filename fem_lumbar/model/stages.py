"""The stages of a load case: loads that are applied together or held, and unloading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fem_lumbar.mechanics.load import Ramp
from fem_lumbar.model.loads import Loads

LOADING, UNLOADING = "loading", "unloading"


@dataclass(frozen=True)
class Stage:
    """Part of the path of a load case, with its own load factor from 0 to 1.

    Attributes
    ----------
    loads : Loads
        The loads with their histories during the stage.
    way : Ramp
        Load factor of the case as a function of that of the stage.
    branch : str
        ``loading`` or ``unloading``.
    """

    loads: Loads
    way: Ramp
    branch: str = LOADING

    def starting_at(self, x: np.ndarray) -> Stage:
        """The stage starting at a state x (n_dofs,), from which prescribed motions are counted."""
        return replace(self, loads=self.loads.starting_at(x))

    @property
    def reaches_full_load(self) -> bool:
        """Whether the case is at full load at the end of the stage."""
        return self.way.end == 1.0


def loading_stages(loads: Loads, follower_first: bool) -> list[Stage]:
    """Stages from the unloaded state to full load: all together, or pulls and weight first, then held."""
    if not follower_first:
        return [Stage(loads, Ramp())]
    first = loads.held()
    then = loads.during(Ramp(1.0, 1.0), Ramp())
    return [Stage(first, Ramp(0.0, 0.5)), Stage(then, Ramp(0.5, 1.0))]


def unloading_stages(loading: Sequence[Stage]) -> list[Stage]:
    """Unloading stages: the loading stages in reverse order, with every load history reversed."""
    return [_back(stage) for stage in reversed(loading)]


def _back(stage: Stage) -> Stage:
    loads = stage.loads
    return replace(stage, loads=loads.reversed(), way=stage.way.reversed, branch=UNLOADING)

"""The loads of one case: all kinds of load, acting together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from fem_lumbar.foundation.conventions import NMM_PER_NM
from fem_lumbar.mechanics.load import Load, Ramp
from fem_lumbar.mechanics.prescribed_motion import PrescribedMotion
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, LoadSite
from fem_lumbar.model.load_kinds.kinds import LOADS
from fem_lumbar.model.load_kinds.line_load import LineLoad
from fem_lumbar.model.muscles import Muscle
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario

AnyLoad = AppliedLoad[Any, Any]
L = TypeVar("L", bound=AnyLoad)


@dataclass(frozen=True, eq=False)
class Loads:
    """Loads that act together; ``kinds`` has one load of each kind, without items where it does not act."""

    kinds: tuple[AnyLoad, ...] = ()

    @property
    def items(self) -> list[Load]:
        """Items of all loads, for the solver."""
        return [item for one in self.kinds for item in one.items]

    @property
    def acting(self) -> list[AnyLoad]:
        """Loads that have items."""
        return [one for one in self.kinds if one.items]

    @property
    def line_loads(self) -> list[LineLoad[Any]]:
        """Loads that pull along lines."""
        return [one for one in self.acting if isinstance(one, LineLoad)]

    @property
    def lines(self) -> list[LinePull]:
        """Items that pull along lines."""
        return [item for item in self.items if isinstance(item, LinePull)]

    @property
    def motions(self) -> list[PrescribedMotion]:
        """Items that prescribe a motion of the loaded endplate."""
        return [item for item in self.items if isinstance(item, PrescribedMotion)]

    def of(self, kind: type[L]) -> L:
        """The load of a kind."""
        return next(one for one in self.kinds if isinstance(one, kind))

    def couple_Nmm(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Pure moment (3,) N·mm on the loaded endplate in a state x (n_dofs,) at a load factor."""
        return sum((one.couple_Nmm(x, load_factor) for one in self.kinds), np.zeros(3))

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray) -> Wrench:
        """Force and moment about a centre (3,) on the whole segment."""
        return sum((one.wrench(x, load_factor, centre) for one in self.acting), Wrench())

    def wrenches(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str) -> dict[str, Wrench]:
        """Force and moment about a centre (3,) on everything above a joint, by cause, each only where it acts."""
        causes: dict[str, Wrench] = {}
        for one in self.acting:
            causes[one.cause] = causes.get(one.cause, Wrench()) + one.wrench(x, load_factor, centre, joint)
        return causes

    def size_N(self, x: np.ndarray, load_factor: float) -> float:
        """Reference force for residuals: the sum over all loads, N."""
        return sum(one.size_N(x, load_factor) for one in self.acting) + 0.0

    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Entry ``applied`` of the summary: prescribed loads and motions, and reactions to motions."""
        moment = [float(value) / NMM_PER_NM for value in self.couple_Nmm(x, load_factor)]
        return {"moment_Nm": moment} | {
            key: value for one in self.kinds for key, value in one.applied(x, load_factor).items()
        }

    def held(self) -> Loads:
        """Only the loads that are held while others change (pulls and weight)."""
        return self._each(lambda one: one if one.given.held else one.absent())

    def during(self, held: Ramp, others: Ramp) -> Loads:
        """The same loads with one history for pulls and weight, and one for moment and motions."""
        return self._each(lambda one: one.during(held if one.given.held else others))

    def reversed(self) -> Loads:
        """The same loads, each with its history backwards."""
        return self._each(lambda one: one.reversed())

    def starting_at(self, x: np.ndarray) -> Loads:
        """The same loads in a stage that begins in a state x (n_dofs,), from which motions are counted."""
        return self._each(lambda one: one.starting_at(x))

    def _each(self, change: Callable[[AnyLoad], AnyLoad]) -> Loads:
        return Loads(tuple(change(one) for one in self.kinds))


def build_loads(
    scenario: Scenario,
    segment: Segment,
    name: str,
    set_at: np.ndarray | None = None,
    activations: Mapping[Muscle, float] | None = None,
) -> Loads:
    """Loads of the case ``name`` on a segment, all proportional to the load factor.

    Parameters
    ----------
    scenario, segment, name, set_at, activations
        As in :class:`fem_lumbar.model.load_kinds.applied_load.LoadSite`.
    """
    site = LoadSite(scenario, segment, name, set_at, activations)
    mechanics = {kind.section: kind for kind in LOADS}
    return Loads(tuple(mechanics[type(given)].build(given, site) for given in scenario.load_cases[name].loads))

"""The interface of a kind of load on a segment.

The part without mechanics (keys, words, rules) is the ``section`` of the kind, see
:mod:`fem_lumbar.scenario.load_kinds.section`.

1. ``build(given, site)`` makes the load from the section of a load case; where nothing is given it has no items.
2. ``items`` are the items added to the solver (:mod:`fem_lumbar.mechanics.load`). In a stage without this load there
   are none, and all results are zero.
3. ``wrench(x, load_factor, centre, joint)`` is the external force and moment on everything above a joint, or on the
   whole segment where no joint is given; the load path lists it under ``cause``.
4. ``applied(x, load_factor)`` is its part of ``applied`` in the summary, with keys that no other kind has; a moment
   under ``moment_Nm`` is added by :class:`fem_lumbar.model.loads.Loads`.
5. ``magnitude(item)`` distinguishes load cases whose states are far apart, for warm starts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from typing_extensions import Self

from fem_lumbar.mechanics.load import Load, Ramp
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.muscles import Muscle
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.load_kinds.section import LoadSection
from fem_lumbar.scenario.model import Scenario

Given = TypeVar("Given", bound=LoadSection)
ItemT = TypeVar("ItemT", bound=Load)


@dataclass(frozen=True)
class LoadSite:
    """Where a load acts.

    Attributes
    ----------
    scenario, segment
        Scenario, and its model.
    case : str
        Name of the load case.
    set_at : (n_dofs,), optional
        Posture in which activations were set; without it muscles have no short-range stiffness.
    activations : mapping, optional
        Activations found for a balanced case; without them only prescribed muscle forces act in it.
    """

    scenario: Scenario
    segment: Segment
    case: str
    set_at: np.ndarray | None = None
    activations: Mapping[Muscle, float] | None = None


@dataclass(frozen=True, eq=False)
class AppliedLoad(ABC, Generic[Given, ItemT]):
    """One kind of load of a case, as it acts on a segment."""

    section: ClassVar[type[LoadSection]]
    cause: ClassVar[str]

    given: Given
    segment: Segment
    items: tuple[ItemT, ...]

    @classmethod
    @abstractmethod
    def build(cls, given: Given, site: LoadSite) -> Self:
        """The load at full size, growing with the load factor."""

    @abstractmethod
    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """Force and moment about a centre (3,) in a state x (n_dofs,) at a load factor."""

    @abstractmethod
    def applied(self, x: np.ndarray, load_factor: float) -> dict[str, Any]:
        """Its entries in ``applied`` of the summary."""

    @abstractmethod
    def magnitude(self, item: ItemT) -> Any:
        """Size of an item at full load, a number or an array; empty where the state hardly depends on it."""

    def couple_Nmm(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Pure moment (3,) N·mm on the loaded endplate."""
        return np.zeros(3)

    def size_N(self, x: np.ndarray, load_factor: float) -> float:
        """Reference force for residuals, N."""
        return float(np.linalg.norm(self.wrench(x, load_factor, np.zeros(3)).force))

    def during(self, history: Ramp) -> Self:
        """The same load with another history."""
        return replace(self, items=tuple(item.during(history) for item in self.items))

    def reversed(self) -> Self:
        """The same load with its history backwards."""
        return replace(self, items=tuple(item.during(item.history.reversed) for item in self.items))

    def starting_at(self, x: np.ndarray) -> Self:
        """The same load in a stage that begins in a state x (n_dofs,)."""
        return replace(self, items=tuple(item.starting_at(x) for item in self.items))

    def absent(self) -> Self:
        """The load where it does not act."""
        return replace(self, items=())

"""The contract of a kind of load on a segment.

What needs no mechanics (keys, words, rules) is in the ``section`` of the kind, see
:mod:`fem_lumbar.scenario.load_kinds.section`.

1. ``build(given, site)`` makes the load from the section of a load case; without anything given it has no items.
2. ``items`` are what the solver sums (:mod:`fem_lumbar.mechanics.load`); in a stage in which the load does not act
   there are none, and every answer is zero.
3. ``wrench(x, load_factor, centre, joint)`` is what it exerts from outside on everything above a joint, or on the whole
   segment where none is named, under ``cause`` in the load path.
4. ``applied(x, load_factor)`` is its part of ``applied`` in the summary, by keys that no other kind has; a moment under
   ``moment_Nm`` is added by :class:`fem_lumbar.model.loads.Loads`.
5. ``magnitude(item)`` is what tells apart cases whose states are far from each other.
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
        What is modelled, and its model.
    case : str
        Name of the load case.
    set_at : (n_dofs,), optional
        Posture in which activations were set; before there is one, short-range stiffness is left out.
    activations : mapping, optional
        Activations that were found for a balanced case; without them only given forces pull in it.
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
        """Size of an item at full load, a number or an array; empty where states hardly depend on it."""

    def couple_Nmm(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Moment (3,) N·mm that it applies to the loaded endplate without a force."""
        return np.zeros(3)

    def size_N(self, x: np.ndarray, load_factor: float) -> float:
        """Force by which residuals are judged, N."""
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

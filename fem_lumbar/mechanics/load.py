"""The interface of an item that loads the segment: its intensity along the load path, and the work it does.

In addition to the interface of :mod:`fem_lumbar.mechanics.item`:

1. ``intensity(x, load_factor)`` is the factor on the full load in a state x (n_dofs,) at a load factor, and
   ``intensity_rate(rate)`` its derivative by the load factor where the state changes at ``rate`` (n_dofs,).
2. ``pattern(x)`` gives the forces (n_rows, m) of the full load. The residual is ``-intensity * pattern``, plus the
   derivative of any energy that the load itself stores.
3. ``advance(before, after)`` is the work of the full load between two states.
4. ``stored(x)`` is the energy that the load itself stores, independent of the load factor, N·mm.
5. The residual is linear in the load factor.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from typing_extensions import Self

from fem_lumbar.mechanics.item import Item


@dataclass(frozen=True)
class Ramp:
    """History of a load: its factor is linear from ``start`` at load factor 0 to ``end`` at load factor 1."""

    start: float = 0.0
    end: float = 1.0

    def __call__(self, load_factor: float) -> float:
        """Factor at a load factor."""
        return self.start + (self.end - self.start) * load_factor

    @property
    def rate(self) -> float:
        """Change of the factor per load factor."""
        return self.end - self.start

    @property
    def reversed(self) -> Ramp:
        """The history backwards."""
        return Ramp(self.end, self.start)


class Load(Item, Protocol):
    """An item that loads the segment."""

    history: Ramp

    def during(self, history: Ramp) -> Self:
        """The same load with another history."""

    def starting_at(self, x: np.ndarray) -> Self:
        """The same load in a stage that begins in a state x (n_dofs,)."""

    def intensity(self, x: np.ndarray, load_factor: float) -> float:
        """Factor on the full load."""

    def intensity_rate(self, rate: np.ndarray) -> float:
        """Derivative of the factor by the load factor."""

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Forces (n_rows, m) of the full load."""

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Work (N·mm) of the full load between two states."""

    def stored(self, x: np.ndarray) -> float:
        """Energy (N·mm) that the load itself stores."""


class Ramped:
    """A load whose intensity is prescribed by its history."""

    history: Ramp = Ramp()

    def during(self, history: Ramp) -> Self:
        """The same load with another history."""
        other = copy(self)
        other.history = history
        return other

    def starting_at(self, x: np.ndarray) -> Self:
        """The same load: it does not depend on the state in which a stage begins."""
        return self

    def intensity(self, x: np.ndarray, load_factor: float) -> float:
        """Factor on the full load."""
        return self.history(load_factor)

    def intensity_rate(self, rate: np.ndarray) -> float:
        """Derivative of the factor by the load factor."""
        return self.history.rate

    def stored(self, x: np.ndarray) -> float:
        """Zero: the load stores no energy."""
        return 0.0

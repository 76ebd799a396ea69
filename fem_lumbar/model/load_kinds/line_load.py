"""Common part of loads along lines of action: their resultant, and the structure each line belongs to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad, Given
from fem_lumbar.model.span import Span


class LineLoad(AppliedLoad[Given, LinePull]):
    """A load that pulls along lines; ``line_kind`` is what its lines are called in field files."""

    line_kind: ClassVar[str]

    @property
    @abstractmethod
    def spans(self) -> Sequence[Span]:
        """Levels joined by each line."""

    @property
    @abstractmethod
    def line_names(self) -> Sequence[str]:
        """Structure that each line belongs to."""

    @property
    @abstractmethod
    def line_sides(self) -> Sequence[str]:
        """``left``, ``right``, or nothing in the middle, of each line."""

    def activation(self, load_factor: float) -> np.ndarray:
        """Activation (n,) of each line at a load factor, NaN where there is none."""
        return np.full(len(self.spans), np.nan)

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None = None) -> Wrench:
        """Forces of lines that cross a joint on everything above it; without a joint, of all lines on the segment."""
        return sum((self._of_item(item, x, load_factor, centre, joint) for item in self.items), Wrench())

    def size_N(self, x: np.ndarray, load_factor: float) -> float:
        """Largest tension, N."""
        return sum(float(np.abs(item.tension(x, load_factor)).max(initial=0.0)) for item in self.items)

    def _of_item(
        self, item: LinePull, x: np.ndarray, load_factor: float, centre: np.ndarray, joint: str | None
    ) -> Wrench:
        if joint is None:  # by nodes: a line between two of them has no resultant, one to a point fixed in space has
            rows = -item.spread(x, item.tension(x, load_factor)).reshape(*item.nodes.shape, 3)
            place = self.segment.node_places[item.nodes] + x[item.dofs].reshape(rows.shape)
            return Wrench(rows.sum(axis=(0, 1)), np.cross(place - centre, rows).sum(axis=(0, 1)))
        across = np.array([span.crosses(joint) for span in self.spans], dtype=bool)
        pull = -(item.tension(x, load_factor) / item.lengths(x))[:, None] * item.vectors(x)
        return Wrench.of(pull[across], item.upper_ends(x)[across], centre)

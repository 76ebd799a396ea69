"""Forces of given size along lines of action: the follower load and muscles."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.short_range_stiffness import ShortRangeStiffness
from fem_lumbar.mechanics.lines import Lines, WeightedPoint
from fem_lumbar.mechanics.load import Ramped


class LinePull(Ramped, Lines):
    """A tension of given size in each line, which follows its end points; energy = tension · elongation.

    For the follower load the lines are the segments of the path through the vertebral centres (Patwardhan et al.
    1999, Spine 24:1003-1009), so that the force follows the path as the spine bends. For muscles each line is a
    fascicle.

    Parameters
    ----------
    name : str
        Name of the item.
    lower, upper : list of WeightedPoint
        Ends of each line.
    force : (n,)
        Tension at full load, N.
    """

    def __init__(self, name: str, lower: list[WeightedPoint], upper: list[WeightedPoint], force: np.ndarray) -> None:
        super().__init__(name, lower, upper)
        self.force = np.asarray(force, dtype=float)

    def full(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy (N·mm), tension (N) and its slope over length (N/mm) of each line, (n,), at full load."""
        return self.force * (self.lengths(x) - self.rest), self.force, np.zeros(len(self.force))

    def tension(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tension (n,) of each line in a state x (n_dofs,) at a load factor, N."""
        return self.history(load_factor) * self.full(x)[1]

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Forces (n, 3 k) in N of the full load."""
        return -self.spread(x, self.full(x)[1])

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Energy (N·mm), negative of the work done so far, and residual (n, 3 k) in N."""
        energy, tension, _ = self.full(x)
        part = self.history(load_factor)
        return part * float(energy.sum()), self.spread(x, part * tension)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm."""
        _, tension, slope = self.full(x)
        part = self.history(load_factor)
        return self.stiffness(x, part * tension, part * slope)

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Work (N·mm) of the full load between two states."""
        return float(np.sum(self.full(before)[0] - self.full(after)[0]))


class ReactivePull(LinePull):
    """Muscle at constant activation with short-range stiffness: tension responds to the change of length since then.

    Parameters
    ----------
    name : str
        Name of the item.
    lower, upper : list of WeightedPoint
        Ends of each line.
    force : (n,)
        Tension at full load and the length at activation, N.
    law : ShortRangeStiffness
        Tension as a function of the change of length.
    set_at : (n_dofs,)
        State in which the activation was set.
    """

    def __init__(
        self,
        name: str,
        lower: list[WeightedPoint],
        upper: list[WeightedPoint],
        force: np.ndarray,
        law: ShortRangeStiffness,
        set_at: np.ndarray,
    ) -> None:
        super().__init__(name, lower, upper, force)
        self._law = law
        self.rest = self.lengths(set_at)

    def full(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy (N·mm), tension (N) and its slope over length (N/mm) of each line, (n,), at full load."""
        energy, tension, slope = self._law.response(self.lengths(x) / self.rest - 1.0)
        return self.force * self.rest * energy, self.force * tension, self.force / self.rest * slope

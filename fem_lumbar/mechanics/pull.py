"""Constant-force pulls along lines: the follower load and muscles of prescribed force."""

from __future__ import annotations

import numpy as np

from fem_lumbar.mechanics.lines import Lines, WeightedPoint
from fem_lumbar.mechanics.load import Ramped


class LinePull(Ramped, Lines):
    """A force of given size along each line, following its ends; energy = tension · length.

    For the follower load the lines are the segments of the path through the vertebral centres (Patwardhan et al.
    1999, Spine 24:1003-1009): its force stays along the path as the spine bends. For muscles each line is a fascicle.

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

    def tension(self, load: float) -> np.ndarray:
        """Tension (n,) of each line at a load fraction, N."""
        return self.history(load) * self.force

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Forces (n, 3 k) in N of the full load."""
        return -self.spread(x, self.force)

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Potential of the pull (N·mm) and residual (n, 3 k) in N."""
        tension = self.tension(load)
        return float(tension @ (self.lengths(x) - self.rest)), self.spread(x, tension)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm."""
        return self.stiffness(x, self.tension(load), np.zeros(len(self.force)))

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Work (N·mm) that the full force would do between two states."""
        return float(self.force @ (self.lengths(before) - self.lengths(after)))

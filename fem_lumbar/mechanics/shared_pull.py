"""Muscle forces on compliant insertions, part of which fascia transfers to the bone beside them."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.fascia import SharedFascia
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.pull import LinePull


class SharedPull(LinePull):
    """Pulls on compliant insertions, each coupled by fascia to a companion line; energy = that of the pulls + fascia.

    A line to a compliant insertion has a companion to the point where the bone would carry that insertion if it were
    rigid. The difference of their elongations is the deflection of the insertion and vanishes in any rigid motion of
    the bone. The companion takes over the tension that the first line gives up, along the same line, so that force and
    moment on the bone are unchanged. Fascia acts at any load factor and goes slack at the same deflection as at full
    load.

    Parameters
    ----------
    alone : LinePull
        The pulls without fascia.
    lower, upper : list of WeightedPoint
        Ends of its lines.
    yielding, companion : (k,) int
        Lines to compliant insertions, and the companion of each, on the same nodes in the same order (:func:`joined`).
    fascia : SharedFascia
        Tension taken over in each pair of lines at full load.
    """

    def __init__(
        self,
        alone: LinePull,
        lower: list[WeightedPoint],
        upper: list[WeightedPoint],
        yielding: np.ndarray,
        companion: np.ndarray,
        fascia: SharedFascia,
    ) -> None:
        super().__init__(alone.name, lower, upper, alone.force)
        self._alone, self._yielding, self._companion, self._fascia = alone, yielding, companion, fascia

    def full(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy (N·mm), tension (N) and its slope over length (N/mm) of each line, (n,), alone at full load."""
        return self._alone.full(x)

    def tension(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tension (n,) of each line in a state x (n_dofs,) at a load factor, N."""
        return super().tension(x, load_factor) + self._taken_over(x)

    def stored(self, x: np.ndarray) -> float:
        """Energy of the fascia, N·mm."""
        return float(self._response(x)[0].sum())

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Energy of pulls and fascia (N·mm), and residual (n, 3 k) in N."""
        energy, residual = super().forces(x, load_factor)
        return energy + self.stored(x), residual + self.spread(x, self._taken_over(x))

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm; rows of lines to compliant insertions include the coupling to companions."""
        rate = self._response(x)[2]
        slope = self.history(load_factor) * self.full(x)[2]
        slope[self._yielding] += rate
        slope[self._companion] += rate
        rows = self.stiffness(x, self.tension(x, load_factor), slope)
        vectors = self.vectors(x)
        along = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        gradient = (self.coefficients[:, :, None] * along[:, None, :]).reshape(len(along), -1)
        first, second = gradient[self._yielding], gradient[self._companion]
        for line, k, one, other in zip(self._yielding, rate, first, second, strict=True):
            between = k * np.outer(one, other)
            rows[line] -= between + between.T
        return rows

    def _taken_over(self, x: np.ndarray) -> np.ndarray:
        """Change of tension (n,) of each line by transfer to or from its companion, N."""
        taken = np.zeros(len(self.force))
        taken[self._yielding] = self._response(x)[1]
        taken[self._companion] = -taken[self._yielding]
        return taken

    def _response(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        longer = self.lengths(x) - self.rest
        return self._fascia.response(longer[self._yielding] - longer[self._companion])


def joined(first: WeightedPoint, second: WeightedPoint) -> tuple[WeightedPoint, WeightedPoint]:
    """Two points, each expressed on the nodes of both."""
    nodes = np.concatenate([first.nodes, second.nodes])
    weights = (
        np.concatenate([first.weights, np.zeros(len(second.nodes))]),
        np.concatenate([np.zeros(len(first.nodes)), second.weights]),
    )
    return WeightedPoint(nodes, weights[0], first.position), WeightedPoint(nodes, weights[1], second.position)

"""Pulls of which a part reaches bone through something that yields."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.fascia import SharedFascia
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.pull import LinePull


class SharedPull(LinePull):
    """Pulls that take over from each other by how much their insertions give way; energy = that of the pulls + fascia.

    A line to an insertion that yields has a companion to the place where bone would carry that insertion if it did not
    yield. The difference of their lengths since the unloaded state is what the insertion has given way, and zero in any
    motion of the bone. What the first line gives up the companion takes over along the same line, so that force and
    moment on the bone stay. Fascia is there under any part of the load; it goes slack where it does at full load.

    Parameters
    ----------
    alone : LinePull
        The pulls before any of it is taken over.
    lower, upper : list of WeightedPoint
        Ends of its lines.
    yielding, companion : (k,) int
        Lines to insertions that yield, and the companion of each, on the same nodes in the same order (:func:`joined`).
    fascia : SharedFascia
        What a line takes over, for each pair at full load.
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
        """Potential of the pull and energy of the fascia (N·mm), and residual (n, 3 k) in N."""
        energy, residual = super().forces(x, load_factor)
        return energy + self.stored(x), residual + self.spread(x, self._taken_over(x))

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Tangent (n, 3 k, 3 k), N/mm; rows of yielding lines also hold their coupling to their companions."""
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
        """What each line (n,) takes over from its companion, or the other way round, N."""
        taken = np.zeros(len(self.force))
        taken[self._yielding] = self._response(x)[1]
        taken[self._companion] = -taken[self._yielding]
        return taken

    def _response(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        longer = self.lengths(x) - self.rest
        return self._fascia.response(longer[self._yielding] - longer[self._companion])


def joined(first: WeightedPoint, second: WeightedPoint) -> tuple[WeightedPoint, WeightedPoint]:
    """Two points, each on the nodes of both."""
    nodes = np.concatenate([first.nodes, second.nodes])
    weights = (
        np.concatenate([first.weights, np.zeros(len(second.nodes))]),
        np.concatenate([np.zeros(len(first.nodes)), second.weights]),
    )
    return WeightedPoint(nodes, weights[0], first.position), WeightedPoint(nodes, weights[1], second.position)

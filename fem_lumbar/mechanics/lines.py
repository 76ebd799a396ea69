"""Straight lines of action between weighted points: the geometry shared by ligaments, muscles and follower loads."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from fem_lumbar.mechanics.item import Ties, node_dofs


@dataclass(frozen=True)
class WeightedPoint:
    """A point that moves with nodes: its position is the weighted mean of theirs (weights sum to 1).

    Without ``nodes`` the point is fixed in space at ``position`` (3,), mm.
    """

    nodes: np.ndarray
    weights: np.ndarray
    position: np.ndarray


class Lines:
    """Lines from a lower to an upper weighted point; vector d = D + sum c_k u_k.

    Parameters
    ----------
    name : str
        Name of the item.
    lower, upper : list of WeightedPoint
        Ends of each line.

    Attributes
    ----------
    ends : list of (WeightedPoint, WeightedPoint)
        As given, lower first.
    """

    def __init__(self, name: str, lower: list[WeightedPoint], upper: list[WeightedPoint]) -> None:
        self.name = name
        self.ties: Ties = []
        self.ends = pairs = list(zip(lower, upper, strict=True))
        self.reference = np.array([b.position - a.position for a, b in pairs]).reshape(-1, 3)
        self.rest = np.linalg.norm(self.reference, axis=1)
        width = max((len(a.nodes) + len(b.nodes) for a, b in pairs), default=1)
        self.nodes = np.zeros((len(pairs), width), dtype=int)
        self.coefficients = np.zeros((len(pairs), width))
        self._upper = np.array([b.position for _, b in pairs]).reshape(-1, 3)
        self._upper_weights = np.zeros((len(pairs), width))
        for row, (a, b) in enumerate(pairs):
            nodes = np.concatenate([a.nodes, b.nodes])
            self.nodes[row] = nodes[0]  # padding repeats a node of the same line, so that it adds no coupling
            self.nodes[row, : len(nodes)] = nodes
            self.coefficients[row, : len(nodes)] = np.concatenate([-a.weights, b.weights])
            self._upper_weights[row, len(a.nodes) : len(nodes)] = b.weights
        self.dofs = node_dofs(self.nodes)

    def vectors(self, x: np.ndarray) -> np.ndarray:
        """Current vectors (n, 3) from lower to upper end, mm."""
        u = x[self.dofs].reshape(*self.nodes.shape, 3)
        return self.reference + np.einsum("nk,nki->ni", self.coefficients, u)

    def upper_ends(self, x: np.ndarray) -> np.ndarray:
        """Current upper ends (n, 3) of the lines, mm."""
        return self._upper + np.einsum("nk,nki->ni", self._upper_weights, x[self.dofs].reshape(*self.nodes.shape, 3))

    def lengths(self, x: np.ndarray) -> np.ndarray:
        """Current lengths (n,), mm."""
        return np.linalg.norm(self.vectors(x), axis=1)

    def spread(self, x: np.ndarray, tension: np.ndarray) -> np.ndarray:
        """Residual (n, 3 k) in N of tensions (n,) in N."""
        vectors = self.vectors(x)
        pull = tension[:, None] * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return (self.coefficients[:, :, None] * pull[:, None, :]).reshape(len(vectors), -1)

    def stiffness(self, x: np.ndarray, tension: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Tangent (n, 3 k, 3 k) in N/mm of tensions (n,) in N with rate dT/dL (n,) in N/mm."""
        vectors = self.vectors(x)
        lengths = np.linalg.norm(vectors, axis=1)
        n = vectors / lengths[:, None]
        axial = n[:, :, None] * n[:, None, :]
        block = rate[:, None, None] * axial + (tension / lengths)[:, None, None] * (np.eye(3) - axial)
        return _between_nodes(self.coefficients, block)


@numba.njit(cache=True)
def _between_nodes(coefficients: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Matrices (n, 3 k, 3 k) with c_a c_b times a block (n, 3, 3) for nodes a and b of coefficients c (n, k)."""
    lines, width = coefficients.shape
    rows = np.zeros((lines, 3 * width, 3 * width))
    for line in range(lines):
        for a in range(width):
            if coefficients[line, a] == 0.0:
                continue
            for i in range(3):
                row = rows[line, 3 * a + i]
                for b in range(width):
                    both = coefficients[line, a] * coefficients[line, b]
                    for j in range(3):
                        row[3 * b + j] = both * block[line, i, j]
    return rows


def affine_weights(positions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Weights (n,) of least norm with sum 1 and weighted mean of positions (n, 3) equal to target (3,).

    They reproduce affine, hence rigid, motion exactly: a force at the target becomes nodal forces with the same
    resultant force and moment.
    """
    conditions = np.vstack([np.ones(len(positions)), positions.T])
    return np.linalg.lstsq(conditions, np.append(1.0, target), rcond=None)[0]

"""Results as functions of the force lost by a branch on the left and right, interpolated between solved points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

NODES = (0.0, 0.5, 1.0)
"""Lost fractions of force on either side at which results are solved."""
HELD_OUT = (0.75, 0.25)
"""Loss on the left and right at which results are solved to estimate the interpolation error."""
SOLVED = tuple((one, 0.0) for one in NODES) + tuple((0.0, one) for one in NODES[1:]) + ((1.0, 1.0),)
"""Losses on the left and right that the interpolation passes through."""

Loss = tuple[float, float]
"""Lost fractions of force, left and right."""


@dataclass(frozen=True)
class Response:
    """Interpolated results.

    Attributes
    ----------
    names : tuple of str
        Names of the results.
    table : ndarray (3, 3, q)
        Values at the nodes, left by right.
    error : ndarray (q,)
        Absolute interpolation error at the held-out loss.
    floor : ndarray (q,)
        Numerical floor of the solutions.
    """

    names: tuple[str, ...]
    table: np.ndarray
    error: np.ndarray
    floor: np.ndarray

    def at(self, lost: np.ndarray) -> np.ndarray:
        """Values (..., q) at losses (..., 2); at the nodes exactly the solved ones."""
        left, right = _weights(lost[..., 0]), _weights(lost[..., 1])
        both = left[..., :, None] * right[..., None, :]
        return both.reshape(*lost.shape[:-1], -1) @ self.table.reshape(-1, len(self.names))

    def of(self, name: str, lost: np.ndarray) -> np.ndarray:
        """One result (...) at losses (..., 2)."""
        return self.only([name]).at(lost)[..., 0]

    def only(self, names: Sequence[str]) -> Response:
        """The interpolation of some of the results."""
        columns = [self.names.index(name) for name in names]
        return Response(tuple(names), self.table[:, :, columns], self.error[columns], self.floor[columns])

    def uncertainty(self, name: str) -> float:
        """Uncertainty of a change of one result: interpolation error plus twice the numerical floor."""
        column = self.names.index(name)
        return float(self.error[column] + 2.0 * self.floor[column])


def response(solved: Mapping[Loss, Mapping[str, float]], floors: Mapping[Loss, Mapping[str, float]]) -> Response:
    """Interpolation through `SOLVED`, checked at `HELD_OUT`.

    With losses on both sides, their effects are added, with a product term fitted to the last point.

    Parameters
    ----------
    solved, floors : mapping
        Results and their numerical floors by name, at each loss; a missing floor counts as 0.
    """
    names = tuple(solved[0.0, 0.0])
    value = {loss: np.array([found[name] for name in names]) for loss, found in solved.items()}
    none, both, scale = value[0.0, 0.0], value[1.0, 1.0], [float(_scaled(np.array(one))) for one in NODES]
    product = both - value[1.0, 0.0] - value[0.0, 1.0] + none
    table = np.empty((3, 3, len(names)))
    for i, left in enumerate(NODES):
        for j, right in enumerate(NODES):
            alone = value[left, 0.0] + value[0.0, right] - none + scale[i] * scale[j] * product
            table[i, j] = value.get((left, right), alone)
    floor = np.max([[own.get(name, 0.0) for name in names] for own in floors.values()], axis=0)
    without = Response(names, table, np.zeros(len(names)), floor)
    return Response(names, table, np.abs(without.at(np.array(HELD_OUT)) - value[HELD_OUT]), floor)


def _scaled(lost: np.ndarray) -> np.ndarray:
    """Variable in which effects are nearly linear.

    At a given Lagrange multiplier, the force of a muscle of size s is that of full size times s^(3/2) (sum of cubes).
    """
    left = np.maximum(1.0 - lost, 0.0)
    return 1.0 - left * np.sqrt(left)  # correctly rounded, so that nodes are reproduced exactly


def _weights(lost: np.ndarray) -> np.ndarray:
    """Weights (..., 3) of the nodes: quadratic Lagrange polynomials in the scaled variable, exact at the nodes."""
    x, nodes = _scaled(lost), [float(_scaled(np.array(one))) for one in NODES]
    weights = []
    for i, own in enumerate(nodes):
        others = [one for j, one in enumerate(nodes) if j != i]
        weights.append((x - others[0]) * (x - others[1]) / ((own - others[0]) * (own - others[1])))
    return np.stack(weights, axis=-1)

"""A dead load on a reference point: a force of fixed size and direction at a point that moves with it."""

from __future__ import annotations

import numpy as np

from fem_lumbar.mechanics.item import Ties
from fem_lumbar.mechanics.load import Ramped
from fem_lumbar.mechanics.rotation import rotation_derivatives, rotation_matrix
from fem_lumbar.mechanics.wrench import Wrench


class DeadWeight(Ramped):
    """A force at the end of a lever arm that rotates with a reference point.

    Like other loads fixed in space it stores no energy; :meth:`advance` gives its work, which depends only on the end
    points of a path.

    Parameters
    ----------
    name : str
        Name of the item.
    force : (3,)
        Force at full load, N, fixed in space.
    arm : (3,)
        From the reference point to the point of application, unloaded, mm.
    centre : (3,)
        Unloaded position of the reference point, mm.
    first_dof : int
        First of the six unknowns of the reference point.
    """

    def __init__(self, name: str, force: np.ndarray, arm: np.ndarray, centre: np.ndarray, first_dof: int) -> None:
        self.name = name
        self.force = np.asarray(force, dtype=float)
        self._arm, self._centre = np.asarray(arm, dtype=float), np.asarray(centre, dtype=float)
        self.dofs = (first_dof + np.arange(6))[None]
        self.ties: Ties = []

    def place(self, x: np.ndarray) -> np.ndarray:
        """Point of application (3,) in a state x (n_dofs,), mm."""
        motion = x[self.dofs[0]]
        return self._centre + motion[:3] + rotation_matrix(motion[3:]) @ self._arm

    def wrench(self, x: np.ndarray, load_factor: float, centre: np.ndarray) -> Wrench:
        """The force, with its moment about a centre (3,), in a state x (n_dofs,) at a load factor."""
        return Wrench.of(self.history(load_factor) * self.force[None], self.place(x)[None], centre)

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Force (N) and generalised moment (N·mm) of the full weight on the reference point, (1, 6)."""
        first, _ = rotation_derivatives(x[self.dofs[0, 3:]])
        return np.concatenate([self.force, first @ self._arm @ self.force])[None]

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Zero energy and the residual (1, 6)."""
        return 0.0, -self.history(load_factor) * self.pattern(x)

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (1, 6, 6)."""
        _, second = rotation_derivatives(x[self.dofs[0, 3:]])
        out = np.zeros((1, 6, 6))
        out[0, 3:, 3:] = -self.history(load_factor) * second @ self._arm @ self.force
        return out

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Work (N·mm) of the full weight between two states."""
        return float(self.force @ (self.place(after) - self.place(before)))

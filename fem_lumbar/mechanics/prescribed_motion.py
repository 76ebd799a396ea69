"""Prescribed motion of a reference point by an unknown moment about, or force along, an axis fixed in space.

The size of the moment or force is a Lagrange multiplier of the condition on the motion, and an unknown of the state.
Only one component is prescribed and the others remain free, as under a pure moment: prescribing the rotation that a
pure moment causes gives the same state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy

import numpy as np
from typing_extensions import Self

from fem_lumbar.mechanics.item import Ties
from fem_lumbar.mechanics.load import Ramped
from fem_lumbar.mechanics.rotation import (
    left_jacobian,
    left_jacobian_derivative,
    rotation_matrix,
    rotation_vector,
)


class PrescribedMotion(Ramped, ABC):
    """Common part of a prescribed rotation and a prescribed translation.

    Parameters
    ----------
    name : str
        Name of the item.
    axis : (3,)
        Unit axis, fixed in space.
    size : float
        Motion at full load, mm or rad, from the state given to :meth:`starting_at` (by default the undeformed one).
    motion_dofs : (3,) int
        Translation or rotation vector of the reference point.
    multiplier_dof : int
        The unknown force (N) or moment (N·mm).
    """

    def __init__(self, name: str, axis: np.ndarray, size: float, motion_dofs: np.ndarray, multiplier_dof: int) -> None:
        self.name = name
        self.axis = np.asarray(axis, dtype=float)
        self.size = size
        self.dofs = np.append(motion_dofs, multiplier_dof)[None]
        self.ties: Ties = []
        self._origin = np.zeros(3)

    def starting_at(self, x: np.ndarray) -> Self:
        """The same motion counted from a state x (n_dofs,)."""
        other = copy(self)
        other._origin = x[self.dofs[0, :3]]
        return other

    def intensity(self, x: np.ndarray, load_factor: float) -> float:
        """Size of the force (N) or moment (N·mm)."""
        return float(x[self.dofs[0, 3]])

    def intensity_rate(self, rate: np.ndarray) -> float:
        """Derivative of the size by the load factor."""
        return float(rate[self.dofs[0, 3]])

    def pattern(self, x: np.ndarray) -> np.ndarray:
        """Generalised forces (1, 4) of a unit force or moment; none on the multiplier."""
        return np.append(self._unit(x[self.dofs[0, :3]]), 0.0)[None]

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Zero energy, and forces or moments on the reference point with the remaining motion (1, 4)."""
        rows = -self.intensity(x, load_factor) * self.pattern(x)
        rows[0, 3] = self.history(load_factor) * self.size - self.moved(x)
        return 0.0, rows

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual (1, 4, 4), not symmetric where rotations about several axes combine."""
        motion = x[self.dofs[0, :3]]
        out = np.zeros((1, 4, 4))
        out[0, :3, :3] = -self.intensity(x, load_factor) * self._unit_derivative(motion)
        out[0, :3, 3] = -self._unit(motion)
        out[0, 3, :3] = -self._slope(motion)
        return out

    @abstractmethod
    def moved(self, x: np.ndarray) -> float:
        """Motion of the point so far, mm or rad."""

    @abstractmethod
    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Motion (mm or rad) between two states: the work of a unit force or moment."""

    @abstractmethod
    def _unit(self, motion: np.ndarray) -> np.ndarray:
        """Generalised force (3,) of a unit force or moment."""

    @abstractmethod
    def _unit_derivative(self, motion: np.ndarray) -> np.ndarray:
        """Derivative (3, 3) of the generalised force."""

    @abstractmethod
    def _slope(self, motion: np.ndarray) -> np.ndarray:
        """Derivative (3,) of the motion so far."""


class PrescribedTranslation(PrescribedMotion):
    """A force along an axis that moves the reference point by a given distance."""

    def moved(self, x: np.ndarray) -> float:
        """Distance from the origin of the motion along the axis, mm."""
        return float(self.axis @ (x[self.dofs[0, :3]] - self._origin))

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Distance (mm) along the axis between two states: the work of a unit force."""
        return float(self.axis @ (after - before)[self.dofs[0, :3]])

    def _unit(self, motion: np.ndarray) -> np.ndarray:
        return self.axis

    def _unit_derivative(self, motion: np.ndarray) -> np.ndarray:
        return np.zeros((3, 3))

    def _slope(self, motion: np.ndarray) -> np.ndarray:
        return self.axis


class PrescribedRotation(PrescribedMotion):
    """A moment about an axis that turns the reference point to a given component of its rotation vector."""

    def moved(self, x: np.ndarray) -> float:
        """Component about the axis of the rotation from the origin of the motion, rad."""
        return float(self.axis @ self._turn(x[self.dofs[0, :3]]))

    def advance(self, before: np.ndarray, after: np.ndarray) -> float:
        """Spin (rad) about the axis along the shortest rotation between two states: the work of a unit moment."""
        first, last = (rotation_matrix(x[self.dofs[0, :3]]) for x in (before, after))
        return float(self.axis @ rotation_vector(last @ first.T))

    def _turn(self, theta: np.ndarray) -> np.ndarray:
        """Rotation vector (3,) from the origin of the motion, rad."""
        return rotation_vector(rotation_matrix(theta) @ rotation_matrix(self._origin).T)

    def _unit(self, motion: np.ndarray) -> np.ndarray:
        return left_jacobian(motion).T @ self.axis

    def _unit_derivative(self, motion: np.ndarray) -> np.ndarray:
        return np.einsum("kij,i->jk", left_jacobian_derivative(motion), self.axis)

    def _slope(self, motion: np.ndarray) -> np.ndarray:
        return np.linalg.solve(left_jacobian(self._turn(motion)).T, self.axis) @ left_jacobian(motion)

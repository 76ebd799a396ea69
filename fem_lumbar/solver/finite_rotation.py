"""Corrections that turn bodies by finite rotations, so that stiff bodies are not stretched by a linearised turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.rotation import left_jacobian, rotation_matrix, rotation_vector, skew


@dataclass(frozen=True)
class Body:
    """A nearly rigid set of points that turn together.

    ``dofs`` (k, 3) are their displacements and ``positions`` (k, 3) their reference positions in mm; ``rotation_dofs``
    (3,) is the rotation vector of a fixture the body is held by, which then decides its turn (None: best fit).
    """

    positions: np.ndarray
    dofs: np.ndarray
    rotation_dofs: np.ndarray | None = None


class FiniteRotation:
    """Adds an increment to a state with the rigid turn of each body made exact.

    The rest of the increment, by which the body strains, turns along. To first order this is plain addition, so
    Newton's method keeps its quadratic convergence; gone are the stretch θ²/2 that a linearised rotation gives stiff
    bone, and the stretch θ φ of a part that turns by φ more than the body as a whole, as posterior elements do.

    Parameters
    ----------
    bodies : list of Body
        Bodies without points in common.
    """

    def __init__(self, bodies: list[Body]) -> None:
        self._bodies = bodies

    def move(self, x: np.ndarray, increment: np.ndarray) -> np.ndarray:
        """State (n_dofs,) after an increment (n_dofs,)."""
        moved = x + increment
        for body in self._bodies:
            place = body.positions + x[body.dofs]
            arms = place - place.mean(axis=0)
            if body.rotation_dofs is None:
                inertia = np.sum(arms**2) * np.eye(3) - arms.T @ arms
                spin = np.linalg.solve(inertia, np.cross(arms, increment[body.dofs]).sum(axis=0))
            else:
                theta = x[body.rotation_dofs]
                spin = left_jacobian(theta) @ increment[body.rotation_dofs]
                moved[body.rotation_dofs] = rotation_vector(rotation_matrix(spin) @ rotation_matrix(theta))
            turn, change = rotation_matrix(spin), increment[body.dofs]
            strain = change - change.mean(axis=0) - arms @ skew(spin).T
            moved[body.dofs] += arms @ (turn - np.eye(3) - skew(spin)).T + strain @ (turn - np.eye(3)).T
        return moved

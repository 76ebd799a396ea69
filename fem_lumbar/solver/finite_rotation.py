"""State updates that rotate bodies by finite rotations, since a linearised rotation would stretch stiff bodies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.rotation import left_jacobian, rotation_matrix, rotation_vector, skew


@dataclass(frozen=True)
class Body:
    """A nearly rigid set of points that rotate together.

    ``dofs`` (k, 3) are their displacements and ``positions`` (k, 3) their reference positions in mm. ``rotation_dofs``
    (3,) is the rotation vector of the fixture that holds the body and sets its rotation (None: least-squares fit).
    """

    positions: np.ndarray
    dofs: np.ndarray
    rotation_dofs: np.ndarray | None = None


class FiniteRotation:
    """Adds an increment to a state, applying the rigid rotation of each body exactly.

    The rest of the increment, which strains the body, rotates with it. To first order this is plain addition, so
    Newton's method keeps its quadratic convergence. It avoids the spurious stretch θ²/2 of a linearised rotation, and
    the stretch θ φ of a part that turns by φ more than the body as a whole, as posterior elements do.

    Parameters
    ----------
    bodies : list of Body
        Bodies that share no points.
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

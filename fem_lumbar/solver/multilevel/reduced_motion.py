"""Rigid and attachment modes of a body in a state: the motion of its nodes by a few reduced unknowns."""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag

from fem_lumbar.mechanics.rotation import best_fit_rotation, left_jacobian, rotation_matrix
from fem_lumbar.solver.multilevel.elastic_body import BodyGeometry
from fem_lumbar.solver.multilevel.modes import Modes


class ReducedMotion:
    """The columns of the coarse space that belong to one body in one state, applied without being formed.

    Its reduced unknowns are the translation (mm) and spin (rad) of a frame that follows the body, unless the body is
    supported, and one amplitude per attachment mode, which turns with the frame.

    Parameters
    ----------
    geometry : BodyGeometry
        The body.
    modes : Modes or None
        Its shapes; None for a rigid body.
    x : (n_dofs,)
        State.
    """

    def __init__(self, geometry: BodyGeometry, modes: Modes | None, x: np.ndarray) -> None:
        self.geometry, self.modes = geometry, modes
        place = geometry.positions + x[geometry.dofs]
        self.spin_to_vector = np.eye(3)
        self.rotation = np.eye(3)
        self.arms = place
        if geometry.fixture is not None:
            theta = x[geometry.fixture[3:]]
            self.rotation = rotation_matrix(theta)
            self.spin_to_vector = np.linalg.inv(left_jacobian(theta))
            self.arms = place - geometry.fixture_position - x[geometry.fixture[:3]]
        elif not geometry.supported:
            self.rotation = best_fit_rotation(geometry.positions, place)
            self.arms = place - place.mean(axis=0)

    @property
    def size(self) -> int:
        """Number of reduced unknowns."""
        return self.geometry.frame_size + (0 if self.modes is None else self.modes.count)

    def turned(self, local: np.ndarray) -> np.ndarray:
        """Vectors (3 k, ...) of the body's axes in global axes."""
        return np.einsum("ij,kj...->ki...", self.rotation, local.reshape(-1, 3, *local.shape[1:])).reshape(local.shape)

    def local(self, turned: np.ndarray) -> np.ndarray:
        """Global vectors (k, 3) in the body's axes, flat (3 k,)."""
        return (turned @ self.rotation).ravel()

    def elastic(self) -> np.ndarray:
        """Elastic displacement (3 k,) mm of the state, in the body's axes."""
        reference = self.geometry.positions
        if self.geometry.fixture is not None:
            reference = reference - self.geometry.fixture_position
        elif not self.geometry.supported:
            reference = reference - reference.mean(axis=0)
        return self.local(self.arms) - reference.ravel()

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """Displacement of some flat entries (r,) per unit of each reduced unknown, (r, size).

        After those of the nodes come the six of the fixture, if there is one.
        """
        out = np.zeros((len(rows), self.size))
        frame = self.geometry.frame_size
        own = np.flatnonzero(rows < self.arms.size)
        held = np.flatnonzero(rows >= self.arms.size)
        node, axis = np.divmod(rows[own], 3)
        if frame:
            out[own, axis] = 1.0
            arms = self.arms[node]
            for spin, unit in enumerate(np.eye(3)):
                out[own, 3 + spin] = np.cross(unit, arms)[np.arange(len(own)), axis]
            out[held, :frame] = block_diag(np.eye(3), self.spin_to_vector)[rows[held] - self.arms.size]
        if self.modes is not None:
            local = self.modes.shapes.reshape(-1, 3, self.modes.count)
            for component in range(3):
                out[own, frame:] += self.rotation[axis, component][:, None] * local[node, component]
        return out

    def expand(self, unknowns: np.ndarray, increment: np.ndarray) -> None:
        """Add the motion of reduced unknowns (size,) to an increment (n_dofs,)."""
        geometry = self.geometry
        frame = geometry.frame_size
        moved = np.zeros_like(self.arms)
        if frame:
            moved += unknowns[:3] + np.cross(unknowns[3:6], self.arms)
        if self.modes is not None:
            moved += (self.modes.shapes @ unknowns[frame:]).reshape(-1, 3) @ self.rotation.T
        increment[geometry.dofs] += moved
        if geometry.fixture is not None:
            increment[geometry.fixture[:3]] += unknowns[:3]
            increment[geometry.fixture[3:]] += self.spin_to_vector @ unknowns[3:6]

    def inner_forces(self, unknowns: np.ndarray, at_rest: np.ndarray) -> np.ndarray:
        """Change (k, 3) of the body's forces by reduced unknowns (size,); present forces (k, 3) rotate with it."""
        frame = self.geometry.frame_size
        forces = np.zeros_like(self.arms)
        if self.modes is not None:
            forces = (self.modes.forces @ unknowns[frame:]).reshape(-1, 3) @ self.rotation.T
        return forces + np.cross(unknowns[3:6], at_rest) if frame else forces

    def stiffness(self, at_rest: np.ndarray) -> np.ndarray:
        """Stiffness (size, size) of the body on its reduced unknowns, with forces (n_dofs,) in it.

        Unit stiffness for modes, plus the rotation of present forces with the frame.
        """
        forces = at_rest[self.geometry.dofs]
        frame = self.geometry.frame_size
        stiffness = np.eye(self.size)
        if frame:
            stiffness[:frame, :frame] = 0.0
            along = np.einsum("ki,ki->", self.arms, forces)
            turning = along * np.eye(3) - forces.T @ self.arms
            stiffness[3:6, 3:6] = 0.5 * (turning + turning.T)
            if self.modes is not None:
                for spin, unit in enumerate(np.eye(3)):
                    turned = self.modes.shapes.T @ self.local(np.cross(unit, forces))
                    stiffness[3 + spin, 6:] = stiffness[6:, 3 + spin] = turned
        return stiffness

    def reduce(self, forces: np.ndarray) -> np.ndarray:
        """Generalised forces (size,) of forces (n_dofs,)."""
        on_nodes = forces[self.geometry.dofs]
        parts = []
        if self.geometry.frame_size:
            resultant, moment = on_nodes.sum(axis=0), np.cross(self.arms, on_nodes).sum(axis=0)
            if self.geometry.fixture is not None:
                resultant = resultant + forces[self.geometry.fixture[:3]]
                moment = moment + self.spin_to_vector.T @ forces[self.geometry.fixture[3:]]
            parts += [resultant, moment]
        if self.modes is not None:
            parts.append(self.modes.shapes.T @ self.local(on_nodes))
        return np.concatenate(parts) if parts else np.empty(0)

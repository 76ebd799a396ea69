"""A stiff elastic body carried by a moving frame: rigid motion is a few unknowns, its deformation a linear response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.sparse import csc_array, csr_array

from fem_lumbar.errors import PhysicsError
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.rotation import best_fit_rotation, left_jacobian, rotation_matrix
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.linear import LinearSolver


@dataclass(frozen=True)
class BodyGeometry:
    """Nodes of a body and what carries it.

    Attributes
    ----------
    name : str
    items : list of Item
        What makes it stiff (bone, shells, the bed that fixes it to a fixture).
    dofs : (k, 3) int
        Displacements of its independent nodes, supported ones left out.
    positions : (k, 3)
        Their reference positions, mm.
    fixture : (6,) int or None
        Translation and rotation-vector unknowns of the fixture it is bedded on.
    fixture_position : (3,) or None
        Reference position of the fixture, mm.
    supported : bool
        Whether some of its nodes are fixed in space: then it has no rigid motion of its own.
    """

    name: str
    items: list[Item]
    dofs: np.ndarray
    positions: np.ndarray
    fixture: np.ndarray | None
    fixture_position: np.ndarray | None
    supported: bool

    @property
    def floats(self) -> bool:
        """Whether nothing but soft tissue holds it."""
        return self.fixture is None and not self.supported

    @property
    def frame_size(self) -> int:
        """Number of rigid unknowns: translation and spin, or none."""
        return 0 if self.supported else 6


def rigid_motions(positions: np.ndarray) -> np.ndarray:
    """Orthonormal basis (3 k, 6) of the linearised rigid motions of points (k, 3)."""
    arms = positions - positions.mean(axis=0)
    motions = np.zeros((len(positions), 3, 6))
    motions[:, :, :3] = np.eye(3)
    for axis, unit in enumerate(np.eye(3)):
        motions[:, :, 3 + axis] = np.cross(unit, arms)
    basis, _ = np.linalg.qr(motions.reshape(-1, 6))
    return basis


class Compliance:
    """Small-strain response of a body to forces on its nodes, in its reference orientation.

    A floating body is supported statically determinately for the solution and its mean rigid motion is then taken out;
    of its forces, the part that balances itself counts (the frame takes the rest).

    Parameters
    ----------
    geometry : BodyGeometry
        The body.
    equations : Equations
        Numbering of the whole model, for its ties.
    linear : LinearSolver
        Direct solver of this body.

    Attributes
    ----------
    stiffness : (nnz,)
        Values of the stiffness matrix of the undeformed body on ``pattern``.
    """

    def __init__(self, geometry: BodyGeometry, equations: Equations, linear: LinearSolver) -> None:
        flat = geometry.dofs.ravel()
        self._rigid = rigid_motions(geometry.positions) if geometry.floats else None
        held = np.zeros(len(flat), dtype=bool)
        if self._rigid is not None:
            _, _, order = qr(self._rigid.T, mode="economic", pivoting=True)
            held[order[:6]] = True
        free = np.zeros(len(equations.number), dtype=bool)
        free[flat[~held]] = True
        self._equations = equations
        self._dofs = flat
        own = equations.restricted(free)
        self._assembler = Assembler(geometry.items, own)
        self._free = own.number[flat] >= 0
        self._order = own.number[flat[self._free]]
        self._linear = linear
        self._is_analysed = False
        self.stiffness = self.renew(np.zeros(len(flat)))

    def renew(self, displacement: np.ndarray) -> np.ndarray:
        """Take the stiffness of the body deformed by an elastic displacement (3 k,) mm; returns its values (nnz,).

        Where ligaments pull, bone and its shells are stressed enough to respond differently than at rest.
        """
        equations = self._equations
        x = np.zeros(len(equations.number))
        x[self._dofs] = displacement
        self._values = self._assembler.tangent(equations.state(equations.unknowns(x), 0.0), 0.0)
        self._is_factored = False
        return self._values

    @property
    def pattern(self) -> csr_array:
        """Pattern of the stiffness matrix."""
        return self._assembler.pattern

    def balanced(self, forces: np.ndarray) -> np.ndarray:
        """Part of forces (3 k,) that deforms the body: all of them unless it floats."""
        return forces if self._rigid is None else forces - self._rigid @ (self._rigid.T @ forces)

    def __call__(self, forces: np.ndarray) -> np.ndarray:
        """Elastic displacement (3 k,) mm under balanced forces (3 k,) N."""
        self._factorise()
        right_hand_side = np.empty(len(self._order))
        right_hand_side[self._order] = forces[self._free]
        displacement = np.zeros(len(forces))
        displacement[self._free] = self._linear.solve(right_hand_side)[self._order]
        return self.balanced(displacement)

    def _factorise(self) -> None:
        """Factorise the stiffness when it is first needed: where modes are known it may never be.

        A body under much stress may have lost its own stability, where only what is around it holds it. The stiffness
        at rest, which is always definite, serves then: the answers only start iterations on the whole tangent.
        """
        if not self._is_analysed:
            self._linear.analyse(self._assembler.pattern)
            self._is_analysed = True
        if not self._is_factored:
            try:
                self._linear.factor(self._values)
            except PhysicsError:
                if self._values is self.stiffness:
                    raise
                self._values = self.stiffness
                self._linear.factor(self._values)
            self._is_factored = True


@dataclass(frozen=True)
class Modes:
    """Shapes a body deforms into most easily: ``shapes`` (3 k, m) mm and the ``forces`` (3 k, m) N that cause them.

    They are scaled to unit stiffness: shapes^T forces = 1.
    """

    shapes: np.ndarray
    forces: np.ndarray

    @property
    def count(self) -> int:
        """Number of modes."""
        return self.shapes.shape[1]


def attachment_modes(compliance: Compliance, patterns: csc_array, smallest: float) -> Modes:
    """Responses to load patterns, made orthogonal in energy, the compliant ones first.

    Attachment modes in the sense of component mode synthesis (Craig 1981, Structural Dynamics, ch. 19): the response
    to each pattern is contained exactly as long as none is dropped.

    Parameters
    ----------
    compliance : Compliance
        The body.
    patterns : csc_array (3 k, p)
        Nodal forces, N.
    smallest : float
        Modes are kept down to this compliance relative to the largest.
    """
    loads = np.stack(
        [compliance.balanced(pattern / np.linalg.norm(pattern)) for pattern in patterns.toarray().T], axis=1
    )
    responses = np.stack([compliance(load) for load in loads.T], axis=1)
    work = loads.T @ responses
    value, vector = np.linalg.eigh(0.5 * (work + work.T))
    kept = value > smallest * value[-1]
    scale = vector[:, kept][:, ::-1] / np.sqrt(value[kept][::-1])
    return Modes(responses @ scale, loads @ scale)


class Placement:
    """Where a body is in a state, and how its reduced unknowns move its nodes.

    The reduced unknowns are the translation (mm) and spin (rad) of the frame, unless the body is supported, and one
    amplitude per mode.

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
        """Elastic displacement (3 k,) mm in the body's axes of the state the placement was made for."""
        reference = self.geometry.positions
        if self.geometry.fixture is not None:
            reference = reference - self.geometry.fixture_position
        elif not self.geometry.supported:
            reference = reference - reference.mean(axis=0)
        return self.local(self.arms) - reference.ravel()

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """Displacement of some flat entries (r,) per unit of each reduced unknown, (r, size)."""
        out = np.zeros((len(rows), self.size))
        node, axis = np.divmod(rows, 3)
        frame = self.geometry.frame_size
        if frame:
            out[np.arange(len(rows)), axis] = 1.0
            arms = self.arms[node]
            for spin, unit in enumerate(np.eye(3)):
                out[:, 3 + spin] = np.cross(unit, arms)[np.arange(len(rows)), axis]
        if self.modes is not None:
            local = self.modes.shapes.reshape(-1, 3, self.modes.count)
            for component in range(3):
                out[:, frame:] += self.rotation[axis, component][:, None] * local[node, component]
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
        """Forces (k, 3) that reduced unknowns (size,) cause in the body, which has forces (k, 3) to turn already."""
        frame = self.geometry.frame_size
        forces = (self.modes.forces @ unknowns[frame:]).reshape(-1, 3) @ self.rotation.T
        return forces + np.cross(unknowns[3:6], at_rest) if frame else forces

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


def resultant_only(geometry: BodyGeometry, forces: np.ndarray, x: np.ndarray) -> None:
    """Replace forces (n_dofs,) on a body and its fixture, in place, by the rigid spread of their resultants.

    That is what a rigid body can do anything about; on a supported one nothing is left.
    """
    on_nodes = forces[geometry.dofs]
    if geometry.supported:
        forces[geometry.dofs] = 0.0
        return
    place = geometry.positions + x[geometry.dofs]
    arms = place - place.mean(axis=0)
    resultant, moment = on_nodes.sum(axis=0), np.cross(arms, on_nodes).sum(axis=0)
    if geometry.fixture is not None:
        centre, vector = geometry.fixture[:3], geometry.fixture[3:]
        at = geometry.fixture_position + x[centre] - place.mean(axis=0)
        resultant = resultant + forces[centre]
        moment = moment + np.linalg.solve(left_jacobian(x[vector]).T, forces[vector]) + np.cross(at, forces[centre])
        forces[geometry.fixture] = 0.0
    inertia = np.sum(arms**2) * np.eye(3) - arms.T @ arms
    forces[geometry.dofs] = resultant / len(arms) + np.cross(np.linalg.solve(inertia, moment), arms)

"""Stiff bodies condensed out of the tangent: soft tissue is factorised with a few unknowns per body, the rest iterated.

The tangent is not approximated. Each application of the preconditioner solves soft tissue, frames and modes of the
bodies together, then lets every body deform under what is still unbalanced on it; the generalised conjugate residual
method (Eisenstat, Elman & Schultz 1983, SIAM J Numer Anal 20:345-357) closes the rest, a few per cent per application.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.mechanics.item import Item
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.elastic_body import BodyGeometry, Compliance, Modes, Placement, resultant_only
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.reduced import ReducedMatrix


@dataclass(frozen=True)
class CondensedBody:
    """A body with its response; ``compliance`` and ``modes`` are None for a rigid one."""

    geometry: BodyGeometry
    compliance: Compliance | None
    modes: Modes | None


class Condensed:
    """The tangent with bodies condensed; contract in :mod:`fem_lumbar.solver.linearisation`.

    Parameters
    ----------
    soft : Assembler
        Items outside the bodies, on an equation numbering that covers soft tissue and the body nodes it touches.
    equations : Equations
        Numbering of the whole model.
    bodies : list of CondensedBody
        The bodies.
    linear : LinearSolver
        Direct solver of the reduced matrix.
    """

    _APPLICATIONS = 12
    _ACCURACY = 1e-3

    def __init__(self, soft: Assembler, equations: Equations, bodies: list[CondensedBody], linear: LinearSolver) -> None:
        self._soft = soft
        self._equations = equations
        self._bodies = bodies
        self._linear = linear
        self._analysed_version = -1
        self.applications = 0
        number = soft.equations.number
        self._soft_dofs = np.flatnonzero(number >= 0)
        body_of_dof, flat_row = np.full(len(number), -1), np.full(len(number), -1)
        for k, body in enumerate(bodies):
            dofs = body.geometry.dofs.ravel()
            body_of_dof[dofs], flat_row[dofs] = k, np.arange(len(dofs))
        self._body_of = body_of_dof[self._soft_dofs]
        self._flat_row = flat_row[self._soft_dofs]

    def refresh(self, x: np.ndarray, load: float, residual: Residual, clock: Clock) -> None:
        """Take and factorise the tangent of a state."""
        with clock("assembly"):
            values = self._soft.tangent(x, load)
        with clock("condensation"):
            self._place(x, residual)
            if self._analysed_version != self._soft.pattern_version:
                self._reduced = ReducedMatrix(self._soft.pattern, self._body_of, [p.size for p in self._placements])
            shapes = [
                placement.shapes(self._flat_row[attached])
                for placement, attached in zip(self._placements, self._reduced.attached)
            ]
            reduced = self._reduced.values(values, shapes, [self._body_stiffness(k) for k in range(len(self._bodies))])
            self._matrix = csr_array((values, self._soft.pattern.indices, self._soft.pattern.indptr), self._soft.pattern.shape)
            self._diagonal = self._matrix.diagonal()
        with clock("factorisation"):
            if self._analysed_version != self._soft.pattern_version:
                self._linear.analyse(self._reduced.pattern)
                self._analysed_version = self._soft.pattern_version
            self._linear.factor(reduced)

    def _place(self, x: np.ndarray, residual: Residual) -> None:
        self._placements, self._internal = [], []
        for body in self._bodies:
            geometry = body.geometry
            forces = self._equations.on_ends(sum(residual.item_forces[item.name] for item in geometry.items))
            self._placements.append(Placement(geometry, body.modes, x))
            self._internal.append(forces[geometry.dofs])

    def _body_stiffness(self, k: int) -> np.ndarray:
        """Stiffness of a body on its reduced unknowns: unit for modes, turning its inner forces for the frame."""
        placement, forces = self._placements[k], self._internal[k]
        frame = placement.geometry.frame_size
        stiffness = np.eye(placement.size)
        if frame:
            stiffness[:frame, :frame] = 0.0
            along = np.einsum("ki,ki->", placement.arms, forces)
            turning = along * np.eye(3) - forces.T @ placement.arms
            stiffness[3:6, 3:6] = 0.5 * (turning + turning.T)
            if placement.modes is not None:
                for spin, unit in enumerate(np.eye(3)):
                    turned = placement.modes.shapes.T @ placement.local(np.cross(unit, forces))
                    stiffness[3 + spin, 6:] = stiffness[6:, 3 + spin] = turned
        return stiffness

    def solve(self, right_hand_side: np.ndarray, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,)."""
        with clock("back_substitution"):
            return self._solve(right_hand_side)

    def _solve(self, right_hand_side: np.ndarray) -> np.ndarray:
        if all(body.compliance is None for body in self._bodies):
            return self._apply(right_hand_side)[0]
        rest = right_hand_side.copy()
        solution = np.zeros_like(rest)
        goal = self._ACCURACY * np.linalg.norm(rest)
        directions: list[np.ndarray] = []
        images: list[np.ndarray] = []
        for _ in range(self._APPLICATIONS):
            direction, image = self._apply(rest)
            self.applications += 1
            for old_direction, old_image in zip(directions, images):
                overlap = old_image @ image
                direction -= overlap * old_direction
                image -= overlap * old_image
            size = np.linalg.norm(image)
            if not size > 0.0:
                break
            directions.append(direction / size)
            images.append(image / size)
            step = images[-1] @ rest
            solution += step * directions[-1]
            rest -= step * images[-1]
            if np.linalg.norm(rest) <= goal:
                break
        return solution

    def _apply(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Preconditioned direction (n_equations,) for a residual, and what the tangent makes of it."""
        number = self._equations.number
        forces = np.zeros(len(number))
        forces[number >= 0] = rest
        reduced = self._linear.solve(
            np.concatenate(
                [forces[self._soft_dofs[self._reduced.soft]], *(placement.reduce(forces) for placement in self._placements)]
            )
        )
        soft, parts = self._reduced.split(reduced)
        direction = np.zeros(len(number))
        direction[self._soft_dofs[self._reduced.soft]] = soft
        for placement, part in zip(self._placements, parts):
            placement.expand(part, direction)
        image = self._soft_image(direction)
        for k, part in enumerate(parts):
            self._add_body_image(k, part, image)
        for k, body in enumerate(self._bodies):
            if body.compliance is None:
                continue
            placement, dofs = self._placements[k], body.geometry.dofs
            balanced = body.compliance.balanced(placement.local(forces[dofs] - image[dofs]))
            elastic = np.zeros(len(number))
            elastic[dofs] = placement.turned(body.compliance(balanced)).reshape(-1, 3)
            direction += elastic
            image += self._soft_image(elastic)
            self._add_forces(k, placement.turned(balanced).reshape(-1, 3), image)
        return direction[number >= 0], image[number >= 0]

    def _soft_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) that an increment (n_dofs,) causes in soft tissue."""
        moved = increment[self._soft_dofs]
        out = np.zeros_like(increment)
        out[self._soft_dofs] = self._matrix @ moved + self._matrix.T @ moved - self._diagonal * moved
        return out

    def _add_body_image(self, k: int, unknowns: np.ndarray, image: np.ndarray) -> None:
        """Add the forces in a body due to its reduced unknowns: modes cause theirs, turning turns what is there."""
        placement = self._placements[k]
        frame = placement.geometry.frame_size
        if placement.modes is not None:
            caused = placement.turned(placement.modes.forces @ unknowns[frame:]).reshape(-1, 3)
            self._add_forces(k, caused, image)
        if frame:
            turned = np.cross(unknowns[3:6], self._internal[k])
            image[placement.geometry.dofs] += turned
            if placement.geometry.fixture is not None:
                wanted = self._body_stiffness(k)[3:6, 3:6] @ unknowns[3:6]
                self._on_fixture(k, -turned.sum(axis=0), wanted - np.cross(placement.arms, turned).sum(axis=0), image)

    def _add_forces(self, k: int, forces: np.ndarray, image: np.ndarray) -> None:
        """Add elastic forces (k, 3) on the nodes of a body, and their reaction on its fixture."""
        placement = self._placements[k]
        image[placement.geometry.dofs] += forces
        if placement.geometry.fixture is not None:
            self._on_fixture(k, -forces.sum(axis=0), -np.cross(placement.arms, forces).sum(axis=0), image)

    def _on_fixture(self, k: int, force: np.ndarray, moment: np.ndarray, image: np.ndarray) -> None:
        placement = self._placements[k]
        fixture = placement.geometry.fixture
        image[fixture[:3]] += force
        image[fixture[3:]] += np.linalg.solve(placement.spin_to_vector.T, moment)

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Residual (n_equations,) less what rigid bodies take up in themselves."""
        number = self._equations.number
        rigid = [body.geometry for body in self._bodies if body.compliance is None]
        if not rigid:
            return forces
        on_dofs = np.zeros(len(number))
        on_dofs[number >= 0] = forces
        for geometry in rigid:
            resultant_only(geometry, on_dofs, x)
        return on_dofs[number >= 0]

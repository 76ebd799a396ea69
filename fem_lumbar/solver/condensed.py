"""Stiff bodies condensed out of the tangent: soft tissue is factorised with a few unknowns per body, the rest iterated.

The tangent is not approximated. Each application of the preconditioner solves soft tissue, frames and modes of the
bodies together, then lets every body deform under what is still unbalanced on it; the generalised conjugate residual
method (Eisenstat, Elman & Schultz 1983, SIAM J Numer Anal 20:345-357) closes the rest, a few per cent per application.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.item import total
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.elastic_body import BodyGeometry, Compliance, Modes, Placement, resultant_only
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.linearisation import Patience
from fem_lumbar.solver.reduced import ReducedMatrix
from fem_lumbar.solver.sparsity import symmetric_times

_DIFFERENCE_MM = 1e-6
"""Largest displacement of a difference step: its square beside a cell is as small as round-off beside its forces."""


@dataclass(frozen=True)
class CondensedBody:
    """A body with its response; ``modes`` and ``compliance`` are None for a rigid one.

    The compliance is that of ``surroundings``: the body, its nodes first, with what may be as stiff and belongs to it
    alone. Left out of it, that would hold against every deformation of the body.
    """

    geometry: BodyGeometry
    modes: Modes | None
    surroundings: BodyGeometry
    compliance: Compliance | None


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

    patience = Patience(contraction=0.1, near=1e-3)  # two or three iterations cost one factorisation
    _APPLICATIONS = 12  # at most, per solution
    _REMEMBERED = 40  # directions
    _LABORIOUS = 3  # a solution that needs more applications asks for compliances of the present state

    def __init__(
        self, soft: Assembler, equations: Equations, bodies: list[CondensedBody], linear: LinearSolver
    ) -> None:
        self._soft = soft
        self._equations = equations
        self._bodies = bodies
        self._linear = linear
        self._analysed_version = -1
        self._laborious = False
        number = soft.equations.number
        self._soft_dofs = np.flatnonzero(number >= 0)
        body_of_dof, flat_row = np.full(len(number), -1), np.full(len(number), -1)
        for k, body in enumerate(bodies):
            dofs = body.geometry.dofs.ravel()
            body_of_dof[dofs], flat_row[dofs] = k, np.arange(len(dofs))
        self._body_items = [
            (item, *np.unique(item.dofs, return_inverse=True)) for body in bodies for item in body.geometry.items
        ]
        self._body_of = body_of_dof[self._soft_dofs]
        self._flat_row = flat_row[self._soft_dofs]

    def go_on_with(self, soft: Assembler) -> None:
        """Take the soft items of another load case; what was analysed serves as long as the pattern does not grow."""
        self._soft = soft

    def foresee(self, x: np.ndarray) -> None:
        """Make room for the contact of a state x (n_dofs,) that the path is known to come to."""
        self._soft.foresee(x)

    def refresh(self, x: np.ndarray, load: float, residual: Residual, clock: Clock) -> None:
        """Take and factorise the tangent of a state."""
        with clock("assembly"):
            values = self._soft.tangent(x, load)
        with clock("condensation"):
            self._x = x
            self._directions, self._images = [], []
            self._at_rest = self._equations.on_ends(
                sum(residual.item_forces[item.name] for body in self._bodies for item in body.geometry.items)
            )
            self._placements = [Placement(body.geometry, body.modes, x) for body in self._bodies]
            if self._analysed_version != self._soft.pattern_version:
                self._columns = self._soft.pattern.indices.astype(np.int32)  # half as much to read
                self._reduced = ReducedMatrix(self._soft.pattern, self._body_of, [p.size for p in self._placements])
            shapes = [
                placement.shapes(self._flat_row[attached])
                for placement, attached in zip(self._placements, self._reduced.attached)
            ]
            reduced = self._reduced.values(values, shapes, [self._body_stiffness(k) for k in range(len(self._bodies))])
            self._values = values
        if self._laborious:
            with clock("compliance"):
                for body in self._bodies:
                    body.compliance.renew(Placement(body.surroundings, None, x).elastic())
            self._laborious = False
        with clock("factorisation"):
            if self._analysed_version != self._soft.pattern_version:
                self._linear.analyse(self._reduced.pattern)
                self._analysed_version = self._soft.pattern_version
            self._linear.factor(reduced)

    def _body_stiffness(self, k: int) -> np.ndarray:
        """Stiffness of a body on its reduced unknowns: unit for modes, turning its inner forces for the frame."""
        placement = self._placements[k]
        forces = self._at_rest[placement.geometry.dofs]
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

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,), of which ``accuracy`` may be left."""
        with clock("back_substitution"):
            return self._solve(right_hand_side, accuracy)

    def _solve(self, right_hand_side: np.ndarray, accuracy: float) -> np.ndarray:
        if all(body.compliance is None for body in self._bodies):
            return self._reduced_direction(right_hand_side)[0][self._equations.number >= 0]
        rest = right_hand_side.copy()
        solution = np.zeros_like(rest)
        goal = accuracy * np.linalg.norm(rest)
        for direction, image in zip(self._directions, self._images):  # what earlier solutions found comes for nothing
            self._step(direction, image, solution, rest)
        for application in range(self._APPLICATIONS):
            if np.linalg.norm(rest) <= goal:
                break
            direction, image = self._apply(rest)
            self._laborious |= application >= self._LABORIOUS
            for old_direction, old_image in zip(self._directions, self._images):
                overlap = old_image @ image
                direction -= overlap * old_direction
                image -= overlap * old_image
            size = np.linalg.norm(image)
            if not size > 0.0:
                break
            self._directions.append(direction / size)
            self._images.append(image / size)
            self._step(self._directions[-1], self._images[-1], solution, rest)
        del self._directions[: -self._REMEMBERED], self._images[: -self._REMEMBERED]
        return solution

    @staticmethod
    def _step(direction: np.ndarray, image: np.ndarray, solution: np.ndarray, rest: np.ndarray) -> None:
        """Minimise the rest along a direction, in place."""
        length = image @ rest
        solution += length * direction
        rest -= length * image

    def _apply(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Preconditioned direction (n_equations,) for a residual, and what the tangent makes of it."""
        number = self._equations.number
        direction, parts, forces = self._reduced_direction(rest)
        image = self._soft_image(direction)
        elastic = np.zeros(len(number))
        for body, placement, part in zip(self._bodies, self._placements, parts):
            if body.compliance is not None:
                own, dofs = body.geometry.dofs, body.surroundings.dofs
                carried = image[dofs]
                carried[: len(own)] += placement.inner_forces(part, self._at_rest[own])
                unbalanced = body.compliance.balanced(placement.local(forces[dofs] - carried))
                elastic[dofs] = placement.turned(body.compliance(unbalanced)).reshape(-1, 3)
        direction += elastic
        image += self._soft_image(elastic) + self._body_image(direction)
        return direction[number >= 0], image[number >= 0]

    def _reduced_direction(self, rest: np.ndarray) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Soft tissue, frames and modes for a residual: increment (n_dofs,), parts of each body, forces (n_dofs,)."""
        number = self._equations.number
        forces = np.zeros(len(number))
        forces[number >= 0] = rest
        reduced = self._linear.solve(
            np.concatenate(
                [
                    forces[self._soft_dofs[self._reduced.soft]],
                    *(placement.reduce(forces) for placement in self._placements),
                ]
            )
        )
        soft, parts = self._reduced.split(reduced)
        direction = np.zeros(len(number))
        direction[self._soft_dofs[self._reduced.soft]] = soft
        for placement, part in zip(self._placements, parts):
            placement.expand(part, direction)
        return direction, parts, forces

    def _soft_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) that an increment (n_dofs,) causes in soft tissue."""
        out = np.zeros_like(increment)
        moved = increment[self._soft_dofs]
        out[self._soft_dofs] = symmetric_times(self._soft.pattern.indptr, self._columns, self._values, moved)
        return out

    def _body_image(self, increment: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) that an increment (n_dofs,) causes in the bodies, by differences along it.

        Unlike the compliances, which belong to an earlier state, these know of the present stress and strain.
        """
        equations = self._equations
        moved = equations.state(increment[equations.number >= 0], 0.0)
        scale = _DIFFERENCE_MM / np.abs(moved).max()  # however small the increment is: the last ones are
        return (self._body_forces(self._x + scale * moved) - self._at_rest) / scale

    def _body_forces(self, x: np.ndarray) -> np.ndarray:
        forces = np.zeros(len(x))
        for item, dofs, local in self._body_items:
            forces[dofs] += total(local, item.forces(x, 0.0)[1], len(dofs))
        return self._equations.on_ends(forces)

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

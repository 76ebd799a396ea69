"""The tangent of stiff bodies in soft tissue, solved iteratively with a two-level preconditioner.

Equations and names are explained in :mod:`fem_lumbar.solver.multilevel`.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from fem_lumbar.foundation.numerics import STALE_CONTRACTION, TWO_LEVEL_CONTRACTION, TWO_LEVEL_NEAR
from fem_lumbar.mechanics.item import Item
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.linearisation import Patience
from fem_lumbar.solver.multilevel.coarse_solver import CoarseSolver
from fem_lumbar.solver.multilevel.decomposition import Decomposition, Subdomain
from fem_lumbar.solver.multilevel.elastic_body import resultant_only
from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals
from fem_lumbar.solver.multilevel.preconditioner import Preconditioner
from fem_lumbar.solver.multilevel.reduced_motion import ReducedMotion
from fem_lumbar.solver.multilevel.tangent import Tangent


class _Latest:
    """The last tangent and preconditioner; factors are in memory once, so that only these can be used."""

    def __init__(self) -> None:
        self.owner: TwoLevel | None = None
        self.tangent: Tangent | None = None
        self.preconditioner: Preconditioner | None = None
        self.residuals = ConjugateResiduals()
        self.is_new = self.is_stale = self.is_laborious = False


class TwoLevel:
    """The two-level linearisation; contract in :mod:`fem_lumbar.solver.linearisation`.

    Parameters
    ----------
    soft : Assembler
        Items outside the bodies, on an equation numbering that covers soft tissue and the body nodes it touches.
    dof_map : DofMap
        Numbering of the whole model.
    bodies : list of Subdomain
        The bodies.
    linear : LinearSolver
        Direct solver of the coarse matrix.
    """

    patience = Patience(TWO_LEVEL_CONTRACTION, TWO_LEVEL_NEAR)

    def __init__(self, soft: Assembler, dof_map: DofMap, bodies: list[Subdomain], linear: LinearSolver) -> None:
        self._soft = soft
        self._parts = Decomposition(dof_map, soft.dof_map, bodies)
        self._coarse = CoarseSolver(self._parts, linear)
        self._latest = _Latest()

    @property
    def bodies(self) -> list[Subdomain]:
        """The bodies."""
        return self._parts.bodies

    def with_loads(self, loads: list[Item]) -> TwoLevel:
        """The same bodies under the loads of another case, on the pattern that has grown so far.

        Factors are in memory once, for the tangent that was taken last: the others must be refreshed before they solve.
        """
        other = copy(self)
        other._soft = self._soft.with_loads(loads)
        return other

    def foresee(self, x: np.ndarray) -> None:
        """Make room for the contact of a state x (n_dofs,) that the path is known to come to."""
        self._soft.foresee(x)

    def refresh(self, x: np.ndarray, load_factor: float, residual: Residual, clock: Clock) -> bool:
        """Take the tangent of a state x (n_dofs,); the preconditioner is renewed only where it has become slow."""
        latest, parts = self._latest, self._parts
        with clock("assembly"):
            values = self._soft.tangent(x, load_factor, residual.pairs)
            inner = (residual.item_forces[item.name] for body in parts.bodies for item in body.geometry.items)
            body_forces = parts.dof_map.on_ends(sum(inner, start=np.zeros(len(x))))
            latest.tangent = Tangent(parts, self._soft.pattern, values, x, body_forces)
        latest.owner, latest.residuals = self, ConjugateResiduals()
        if latest.preconditioner is not None and not latest.is_stale and not parts.is_rigid:
            latest.is_new = False
            return False
        self._renew(x, values, body_forces, clock)
        return True

    def _renew(self, x: np.ndarray, values: np.ndarray, body_forces: np.ndarray, clock: Clock) -> None:
        """Factorise the coarse matrix of a state x (n_dofs,)."""
        latest, bodies = self._latest, self._parts.bodies
        with clock("condensation"):
            motions = [ReducedMotion(body.geometry, body.modes, x) for body in bodies]
            coarse = self._coarse.assemble(self._soft.pattern, values, motions, body_forces)
        if latest.is_laborious:
            with clock("compliance"):
                for body in bodies:
                    if body.elastic is not None:
                        body.elastic.renew(ReducedMotion(body.surroundings, None, x).elastic())
        latest.preconditioner = None
        with clock("factorisation"):
            self._coarse.factor(coarse)
        latest.preconditioner = Preconditioner(self._parts, self._coarse, motions, body_forces)
        latest.is_new, latest.is_stale, latest.is_laborious = True, False, False

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,), of which ``accuracy`` may be left.

        Raises
        ------
        RuntimeError
            If another linearisation of the model has been refreshed since.
        """
        latest = self._latest
        tangent, preconditioner = latest.tangent, latest.preconditioner
        if tangent is None or preconditioner is None or latest.owner is not self:
            raise RuntimeError("the factors are those of another linearisation: refresh this one first")
        with clock("back_substitution"):
            if self._parts.is_rigid:
                return preconditioner.coarse_solution(right_hand_side)
            found = latest.residuals.solve(
                right_hand_side, accuracy, lambda rest: preconditioner.direction(rest, tangent)
            )
        if found.contraction > STALE_CONTRACTION:
            latest.is_stale = True
            latest.is_laborious |= latest.is_new and found.contraction > 0.4
        return found.solution

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Residual (n_equations,) less what rigid bodies take up in themselves."""
        number = self._parts.dof_map.number
        rigid = [body.geometry for body in self._parts.bodies if body.elastic is None]
        if not rigid:
            return forces
        on_dofs = np.zeros(len(number))
        on_dofs[number >= 0] = forces
        for geometry in rigid:
            resultant_only(geometry, on_dofs, x)
        return on_dofs[number >= 0]

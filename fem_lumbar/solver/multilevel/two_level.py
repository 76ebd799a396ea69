"""The tangent of stiff bodies in soft tissue, solved iteratively with a two-level preconditioner.

Equations and names are explained in :mod:`fem_lumbar.solver.multilevel`.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.foundation.numerics import LABORIOUS, SLOW, TWO_LEVEL_CONTRACTION
from fem_lumbar.mechanics.item import Item
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.multilevel.coarse_solver import CoarseSolver
from fem_lumbar.solver.multilevel.conjugate_residuals import ConjugateResiduals
from fem_lumbar.solver.multilevel.decomposition import Decomposition, Subdomain
from fem_lumbar.solver.multilevel.elastic_body import resultant_only
from fem_lumbar.solver.multilevel.preconditioner import Preconditioner
from fem_lumbar.solver.multilevel.reduced_motion import ReducedMotion
from fem_lumbar.solver.multilevel.tangent import Tangent


class _Latest:
    """The latest tangent and factors, shared by all loads, so that factors are in memory once."""

    def __init__(self) -> None:
        self.owner: TwoLevel | None = None
        self.tangent: Tangent | None = None
        self.preconditioner: Preconditioner | None = None
        self.residuals = ConjugateResiduals()
        self.is_laborious = False
        self._pattern: csr_array | None = None

    def columns(self, pattern: csr_array) -> np.ndarray:
        """Columns (nnz,) int32 of the entries of a pattern, cached."""
        if self._pattern is not pattern:
            self._pattern, self._columns = pattern, pattern.indices.astype(np.int32)
        return self._columns


class TwoLevel:
    """The two-level linearisation; contract in :mod:`fem_lumbar.solver.linearisation`.

    Every state has its own tangent, but the factors are only a preconditioner: those of a nearby state are used while
    the iteration with them is fast.

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

    Attributes
    ----------
    factorisations : int
        Matrices factorised so far under these loads.
    """

    kept_contraction = TWO_LEVEL_CONTRACTION

    def __init__(self, soft: Assembler, dof_map: DofMap, bodies: list[Subdomain], linear: LinearSolver) -> None:
        self._soft = soft
        self._parts = Decomposition(dof_map, soft.dof_map, bodies)
        self._coarse = CoarseSolver(self._parts, linear)
        self._latest = _Latest()
        self.factorisations = 0

    @property
    def bodies(self) -> list[Subdomain]:
        """The bodies."""
        return self._parts.bodies

    def with_loads(self, loads: list[Item]) -> TwoLevel:
        """The same bodies under the loads of another case, sharing the pattern as grown so far.

        Tangent and factors are shared: call :meth:`refresh` before solving with the other loads.
        """
        other = copy(self)
        other._soft, other.factorisations = self._soft.with_loads(loads), 0
        return other

    def extend_pattern(self, x: np.ndarray) -> None:
        """Make room for the contact of a state x (n_dofs,) that the path is known to come to."""
        self._soft.extend_pattern(x)

    def refresh(self, x: np.ndarray, load_factor: float, residual: Residual, clock: Clock, near: bool = False) -> None:
        """Set up the tangent of a state x (n_dofs,); factors of a nearby previous state are kept until slow."""
        latest, parts = self._latest, self._parts
        with clock("assembly"):
            values = self._soft.tangent(x, load_factor, residual.pairs)
            inner = (residual.item_forces[item.name] for body in parts.bodies for item in body.geometry.items)
            body_forces = parts.dof_map.on_ends(sum(inner, start=np.zeros(len(x))))
            pattern = self._soft.pattern
            latest.tangent = Tangent(parts, pattern, latest.columns(pattern), values, x, body_forces)
        latest.owner, latest.residuals = self, ConjugateResiduals()
        if latest.preconditioner is None or not near or parts.is_rigid:
            self._factorised(latest.tangent, clock)

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,) to a relative residual ``accuracy``.

        Raises
        ------
        RuntimeError
            If another linearisation of the model has been refreshed since.
        """
        latest = self._latest
        tangent, preconditioner = latest.tangent, latest.preconditioner
        if tangent is None or preconditioner is None or latest.owner is not self:
            raise RuntimeError("the factors are those of another linearisation: refresh this one first")
        if self._parts.is_rigid:
            with clock("back_substitution"):
                return preconditioner.coarse_solution(right_hand_side)
        sizes: list[float] = []
        goal = accuracy * float(np.linalg.norm(right_hand_side))

        def preconditioned(rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            factors = latest.preconditioner or self._factorised(tangent, clock)
            sizes.append(float(np.linalg.norm(rest)))
            if factors.tangent is tangent:
                latest.is_laborious |= len(sizes) > LABORIOUS  # the stiffness of the bodies has changed
            elif _left(sizes, goal) > SLOW:
                factors = self._factorised(tangent, clock)
                sizes.clear()
            with clock("back_substitution"):
                return factors.direction(rest, tangent)

        return latest.residuals.solve(right_hand_side, accuracy, preconditioned).solution

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Residual (n_equations,) without self-equilibrated forces on rigid bodies."""
        number = self._parts.dof_map.number
        rigid = [body.geometry for body in self._parts.bodies if body.elastic is None]
        if not rigid:
            return forces
        on_dofs = np.zeros(len(number))
        on_dofs[number >= 0] = forces
        for geometry in rigid:
            resultant_only(geometry, on_dofs, x)
        return on_dofs[number >= 0]

    def _factorised(self, tangent: Tangent, clock: Clock) -> Preconditioner:
        """The preconditioner of a tangent, which replaces the previous one."""
        latest, bodies = self._latest, self._parts.bodies
        latest.preconditioner = None  # its factors are about to be overwritten
        with clock("condensation"):
            motions = [ReducedMotion(body.geometry, body.modes, tangent.x) for body in bodies]
            coarse = self._coarse.assemble(tangent.pattern, tangent.values, motions, tangent.body_forces)
        if latest.is_laborious:
            with clock("compliance"):
                for body in bodies:
                    if body.elastic is not None:
                        body.elastic.renew(ReducedMotion(body.surroundings, None, tangent.x).elastic())
            latest.is_laborious = False
        self.factorisations += 1
        with clock("factorisation"):
            self._coarse.factor(coarse)
        latest.preconditioner = Preconditioner(self._parts, self._coarse, motions, tangent)
        return latest.preconditioner


def _left(sizes: list[float], goal: float) -> float:
    """Expected number of further applications to reach a goal, given the residual after each application so far."""
    if len(sizes) < 2:
        return 0.0
    contraction = (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))
    return np.inf if contraction >= 1.0 else float(np.log(goal / sizes[-1]) / np.log(contraction))

"""Newton's method with a backtracking line search on one load level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.item import Item, total
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.linear import LinearSolver


@dataclass(frozen=True)
class Tolerances:
    """When Newton's method has converged, and when it gives up.

    ``residual`` is relative to the largest force carried by any item, ``increment_mm`` bounds the last correction of
    any displacement, ``energy`` the work of the residual on it relative to the largest stored energy.
    """

    residual: float = 1e-6
    increment_mm: float = 1e-5
    energy: float = 1e-10
    iterations: int = 15


class NotConverged(Exception):
    """Newton's method stopped without equilibrium; the message says why."""


@dataclass
class Solution:
    """A converged state.

    ``x`` (n_dofs,), its residual, the relative residual of every iteration, and ``rate`` (n_dofs,): the derivative of
    the state with respect to the load fraction.
    """

    x: np.ndarray
    residual: Residual
    history: list[float]
    rate: np.ndarray


class Newton:
    """Newton's method for the summed items of one assembler.

    Parameters
    ----------
    assembler : Assembler
        Residual and tangent.
    linear : LinearSolver
        Direct solver; its analysis is renewed when the pattern has grown.
    loads : list of Item
        The items of the assembler that carry the load fraction; their residual is proportional to it.
    is_displacement : (n_equations,) bool
        Equations that balance forces (the others balance volumes or moments).
    tolerances : Tolerances
        Convergence criteria.
    """

    _BACKTRACKS = 4
    _GROWTH_ALLOWED = 3.0

    def __init__(
        self,
        assembler: Assembler,
        linear: LinearSolver,
        loads: list[Item],
        is_displacement: np.ndarray,
        tolerances: Tolerances,
    ) -> None:
        self.assembler = assembler
        self.loads = loads
        self.linear = linear
        self.is_displacement = is_displacement
        self.tolerances = tolerances
        self._analysed_version = -1

    def solve(self, x: np.ndarray, load: float, on_iteration=None) -> Solution:
        """Equilibrium at a load fraction, starting from a state x (n_dofs,).

        Raises
        ------
        NotConverged
            If the residual does not fall in the allowed iterations, or the state is not finite.
        """
        tol = self.tolerances
        equations = self.assembler.equations
        q = equations.unknowns(x)
        residual = self._residual(q, load)
        history = [self.relative(residual)]
        for iteration in range(1, tol.iterations + 1):
            step = self.correction(q, load, residual)
            if not np.isfinite(step).all():
                raise NotConverged("the tangent is singular")
            q, new_residual, fraction = self._line_search(q, step, load, history[-1])
            work = abs(float(residual.vector @ step)) * fraction
            residual = new_residual
            history.append(self.relative(residual))
            if on_iteration is not None:
                on_iteration(iteration, history[-1])
            increment = fraction * np.max(np.abs(step[self.is_displacement]), initial=0.0)
            energy = max((abs(e) for e in residual.energies.values()), default=0.0)
            if (
                history[-1] <= tol.residual
                and increment <= tol.increment_mm
                and work <= tol.energy * max(energy, np.finfo(float).tiny)
            ):
                return self._solution(q, load, residual, history)
            if iteration >= 6 and history[-1] > 0.5 * min(history[-4:-1]) and history[-1] > 1e-2:
                raise NotConverged(f"the residual stalls at {history[-1]:.1e} of the largest force")
        raise NotConverged(f"no equilibrium in {tol.iterations} iterations, relative residual {history[-1]:.1e}")

    def correction(self, q: np.ndarray, load: float, residual: Residual) -> np.ndarray:
        """Newton correction (n_equations,) of unknowns q."""
        x = self.assembler.equations.state(q, load)
        values = self.assembler.tangent(x, load)
        if self._analysed_version != self.assembler.pattern_version:
            self.linear.analyse(self.assembler.pattern)
            self._analysed_version = self.assembler.pattern_version
        self.linear.factor(values)
        return -self.linear.solve(residual.vector)

    def polish(self, solution: Solution, load: float) -> Solution:
        """One more full Newton iteration: the change it makes measures the algebraic error of ``solution``."""
        q = self.assembler.equations.unknowns(solution.x)
        q = q + self.correction(q, load, solution.residual)
        residual = self._residual(q, load)
        return self._solution(q, load, residual, [*solution.history, self.relative(residual)])

    def _solution(self, q: np.ndarray, load: float, residual: Residual, history: list[float]) -> Solution:
        x = self.assembler.equations.state(q, load)
        applied = self.load_forces(x)
        rate = self.assembler.equations.state(self.linear.solve(self.assembler.equations.gather(applied)), 0.0)
        return Solution(x, residual, history, rate + self.assembler.equations.prescribed)

    def load_forces(self, x: np.ndarray) -> np.ndarray:
        """Applied forces (n_dofs,) at full load on a state x (n_dofs,)."""
        applied = np.zeros(len(x))
        for item in self.loads:
            _, full = item.forces(x, 1.0)
            applied -= total(item.dofs, full, len(x))
        return applied

    def relative(self, residual: Residual) -> float:
        """Unbalanced force relative to the largest force carried by one item."""
        number = self.assembler.equations.number
        largest = 0.0
        for forces in residual.item_forces.values():
            free = forces[number >= 0][self.is_displacement]
            largest = max(largest, float(np.linalg.norm(free)))
        unbalanced = float(np.linalg.norm(residual.vector[self.is_displacement]))
        return unbalanced / largest if largest > 0 else 0.0

    def _residual(self, q: np.ndarray, load: float) -> Residual:
        x = self.assembler.equations.state(q, load)
        self.assembler.update(x)
        return self.assembler.residual(x, load)

    def _line_search(self, q, step, load, before):
        fraction = 1.0
        for _ in range(self._BACKTRACKS):
            residual = self._residual(q + fraction * step, load)
            after = self.relative(residual)
            finite = np.isfinite(residual.vector).all()
            if finite and (after <= self._GROWTH_ALLOWED * before or before < 1e-3):
                return q + fraction * step, residual, fraction
            fraction *= 0.5
        if not finite:
            raise NotConverged("the state is no longer finite")
        return q + 2 * fraction * step, residual, 2 * fraction

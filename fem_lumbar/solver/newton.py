r"""Newton's method on one load level: r(x, load factor) = 0.

.. math:: K(x_k)\, s = -r(x_k), \qquad x_{k+1} = x_k \oplus a\, s

K is the symmetric part of the tangent:

- K is reused while it reduces the residual fast enough (modified Newton), with Anderson acceleration of the steps
  (:mod:`fem_lumbar.solver.anderson`). Near equilibrium, the factors of an earlier state may precondition it.
- Linear systems are solved only as accurately as the residual requires (inexact Newton).
- The step length a is found by line search (:mod:`fem_lumbar.solver.line_search`).
- The update rotates stiff bodies by finite rotations (:mod:`fem_lumbar.solver.finite_rotation`).
- A few overstretched cells are relaxed on their own (:mod:`fem_lumbar.solver.local_relaxation`).
- Contact pairs are updated in every state, unless steps stall on them (:mod:`fem_lumbar.solver.pair_freezing`).

The initial guess comes from :mod:`fem_lumbar.solver.predictor`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.foundation.numerics import (
    CRAWL,
    CRAWLING_STEPS,
    FORCE_FLOOR_N,
    HEADWAY,
    HEADWAY_AFTER,
    LINEAR_FINAL,
    LINEAR_ITERATE,
    LOCAL_ABOVE,
    NEAR,
    RATE_LEFT,
    RATE_PROBE,
    RESTART_ITERATIONS,
    RESTART_RESIDUAL,
)
from fem_lumbar.mechanics.item import Item, Pairs, total
from fem_lumbar.solver.anderson import AndersonAcceleration
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.equilibrium import Equilibrium
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.line_search import Pairing, advanced
from fem_lumbar.solver.linearisation import Linearisation
from fem_lumbar.solver.local_relaxation import LocalRelaxation
from fem_lumbar.solver.pair_freezing import Stalls, frozen, settled
from fem_lumbar.solver.predictor import Predictor
from fem_lumbar.solver.solution import NotConverged, Solution, Tolerances

OnIteration = Callable[[int, float], None]
"""Receives the number of an iteration and its relative residual."""


class Newton:
    """Newton's method for the items of one assembler.

    Parameters
    ----------
    assembler : Assembler
        Residual and tangent.
    linearisation : Linearisation
        Solution of the linear system of each iteration.
    loads : list of Item
        The items of the assembler that carry the load factor; their residual is linear in it.
    per_force : (n_equations,)
        Weight of each equation in the unbalanced force, see :class:`Equilibrium`.
    motion : FiniteRotation
        Adds a correction to a state.
    tolerances : Tolerances
        Convergence criteria.

    Attributes
    ----------
    equilibrium : Equilibrium
        The equations.
    predictor : Predictor
        Initial guesses for :meth:`solve`.
    kept_pairs : int
        Load levels on which contact pairs were frozen, so far.
    """

    def __init__(
        self,
        assembler: Assembler,
        linearisation: Linearisation,
        loads: list[Item],
        per_force: np.ndarray,
        motion: FiniteRotation,
        tolerances: Tolerances,
    ) -> None:
        self.clock = Clock()
        self.assembler, self.dof_map = assembler, assembler.dof_map
        self.linearisation = linearisation
        self.loads = loads
        self.tolerances = tolerances
        self.equilibrium = Equilibrium(assembler, linearisation, per_force, motion, self.clock)
        self.predictor = Predictor(self.equilibrium)
        self._factorised_before = linearisation.factorisations
        self._tangents = 0
        self.kept_pairs = 0
        self._tangent_serves = False
        self._relaxation: LocalRelaxation | None = None

    @property
    def factorisations(self) -> int:
        """Matrices factorised so far."""
        return self.linearisation.factorisations - self._factorised_before

    def solve(self, x: np.ndarray, load_factor: float, on_iteration: OnIteration | None = None) -> Solution:
        """Equilibrium at a load factor, starting from a state x (n_dofs,).

        Raises
        ------
        NotConverged
            If the residual does not fall in the allowed iterations, or the state is not finite.
        """
        report = on_iteration or (lambda iteration, residual: None)
        solution = self._iterate(x, load_factor, report)
        if not solution.pairs_kept:
            return solution
        return settled(
            self.equilibrium,
            solution,
            load_factor,
            lambda start, pairs: self._iterate(start, load_factor, report, pairs),
        )

    def _iterate(self, x: np.ndarray, load_factor: float, report: OnIteration, pairs: Pairs | None = None) -> Solution:
        """Equilibrium from a state x (n_dofs,), with frozen contact pairs if given."""
        equilibrium, tolerances = self.equilibrium, self.tolerances.at(load_factor)
        pairing = equilibrium.pair if pairs is None else frozen(pairs)
        is_frozen, stalls = pairs is not None, Stalls()
        x = equilibrium.admissible(x, load_factor)
        residual = equilibrium.residual(x, load_factor, pairing(x))
        history, sizes = [equilibrium.relative(residual, x)], [equilibrium.unbalanced_N(residual, x)]
        before = self._tangents
        if not self._tangent_serves:
            self._refresh(x, load_factor, residual)
        self._tangent_serves = False
        acceleration, crawling = AndersonAcceleration(equilibrium.is_force), 0
        for iteration in range(1, tolerances.iterations + 1):
            if iteration > 1 and sizes[-1] > self.linearisation.kept_contraction * sizes[-2]:
                self._refresh(x, load_factor, residual, history[-1] < NEAR)
                acceleration = AndersonAcceleration(equilibrium.is_force)
            accuracy = float(np.clip(history[-1], *LINEAR_ITERATE))
            step = acceleration.improved(-self._back_substitute(residual.vector, accuracy))
            x, residual, fraction = advanced(equilibrium, x, step, load_factor, residual, history[-1], pairing)
            acceleration.taken(fraction * step)
            crawling = crawling + 1 if fraction <= CRAWL else 0
            history.append(equilibrium.relative(residual, x))
            sizes.append(equilibrium.unbalanced_N(residual, x))
            relaxed = self._relaxed(x, load_factor, residual, pairing, tolerances, history[-1], sizes)
            if relaxed is not None:
                x, residual = relaxed
                history[-1], sizes[-1] = equilibrium.relative(residual, x), equilibrium.unbalanced_N(residual, x)
                acceleration = AndersonAcceleration(equilibrium.is_force)
            report(iteration, history[-1])
            if stalls.enough(sizes[-2], sizes[-1], history[-1]) and not is_frozen:
                pairing, is_frozen = frozen(residual.pairs), True
                self.kept_pairs += 1
            if relaxed is None and self._has_converged(tolerances, residual, fraction, step, sizes, history[-1]):
                # If one tangent was enough for this load level, the next level starts with the same one.
                self._tangent_serves = self._tangents <= before + 1
                return self._solution(x, residual, history, is_frozen)
            if crawling == CRAWLING_STEPS:
                place = equilibrium.worst_place(residual, x)
                raise NotConverged(f"{CRAWLING_STEPS} steps in a row are cut to {CRAWL:g} or less, {place}")
            if iteration > HEADWAY_AFTER and sizes[-1] > HEADWAY * min(sizes[1 : -HEADWAY_AFTER + 1]):
                place = equilibrium.worst_place(residual, x)
                raise NotConverged(f"the residual stalls at {history[-1]:.1e} of the largest force, {place}")
        place = equilibrium.worst_place(residual, x)
        raise NotConverged(
            f"no equilibrium in {tolerances.iterations} iterations, relative residual {history[-1]:.1e}, {place}"
        )

    def _relaxed(
        self,
        x: np.ndarray,
        load_factor: float,
        residual: Residual,
        pairing: Pairing,
        tolerances: Tolerances,
        relative: float,
        sizes: list[float],
    ) -> tuple[np.ndarray, Residual] | None:
        """State (n_dofs,) and residual after local relaxation of overstretched cells; None where it does not help."""
        if relative <= tolerances.residual or sizes[-1] <= LOCAL_ABOVE * sizes[-2]:
            return None
        with self.clock("local_relaxation"):
            if self._relaxation is None:
                self._relaxation = LocalRelaxation(self.assembler.items(residual.pairs), self.dof_map)
            found = self._relaxation.relaxed(x, residual.vector, sizes[-1])
        if found is None:
            return None
        after = self.equilibrium.finite_residual(found, load_factor, pairing(found))
        if after is None or self.equilibrium.unbalanced_N(after, found) >= sizes[-1]:
            return None
        return found, after

    def _has_converged(
        self,
        tolerances: Tolerances,
        residual: Residual,
        fraction: float,
        step: np.ndarray,
        sizes: list[float],
        relative: float,
    ) -> bool:
        """Whether residual, displacement error and work of the residual are within tolerance after a step."""
        work = abs(float(residual.vector @ step)) * fraction
        left = sizes[-1] / sizes[-2] if sizes[-2] else 0.0
        error = fraction * np.max(np.abs(step[self.equilibrium.is_force]), initial=0.0) * left
        energy = max(FORCE_FLOOR_N, *(abs(e) for e in residual.energies.values()))
        return relative <= tolerances.residual and error <= tolerances.error_mm and work <= tolerances.energy * energy

    def confirmed(self, x: np.ndarray, load_factor: float, rate: np.ndarray) -> Solution | None:
        """x (n_dofs,) with its rate (n_dofs,) as a solution; None where forces or volumes are out of balance."""
        residual = self.equilibrium.residual(x, load_factor, self.equilibrium.pair(x))
        relative = self.equilibrium.relative(residual, x)
        is_one = max(relative, self.equilibrium.lost_volume(residual)) <= self.tolerances.at(load_factor).residual
        return Solution(x, residual, [relative], rate) if is_one else None

    def leads_on(self, found: Solution, load_factor: float) -> bool:
        """Whether the rate of an equilibrium holds under these loads: a small step along it stays in balance.

        The unbalance is measured in the norm of the linear solver, which bounds the accuracy of any rate.
        """
        equilibrium, ahead, pairs = self.equilibrium, load_factor + RATE_PROBE, found.residual.pairs
        along, beside = (
            np.linalg.norm(self.linearisation.unbalanced(equilibrium.residual(x, ahead, pairs).vector, x))
            for x in (equilibrium.motion.move(found.x, RATE_PROBE * found.rate), found.x)
        )
        return bool(along <= RATE_LEFT * beside)

    def restart(self, x: np.ndarray, load_factor: float) -> Solution:
        """Improve a known equilibrium x (n_dofs,) by one or a few iterations with its own tangent.

        The change measures the algebraic error of x; the tangent gives the rate under the loads.
        """
        x, residual = self._closer(x, load_factor, near=False)
        return self._solution(x, residual, [self.equilibrium.relative(residual, x)], False)

    def corrected(self, found: Solution, load_factor: float) -> Solution:
        """:meth:`restart` of an equilibrium that was just found, reusing its factors and rate."""
        x, residual = self._closer(found.x, load_factor, near=True)
        return Solution(x, residual, [self.equilibrium.relative(residual, x)], found.rate)

    def _closer(self, x: np.ndarray, load_factor: float, near: bool) -> tuple[np.ndarray, Residual]:
        """State (n_dofs,) after a few more iterations on the tangent of an equilibrium x, and its residual."""
        equilibrium = self.equilibrium
        residual = equilibrium.residual(x, load_factor, equilibrium.pair(x))
        self._refresh(x, load_factor, residual, near)
        for _ in range(RESTART_ITERATIONS):
            x = equilibrium.moved(x, -self._back_substitute(residual.vector, LINEAR_FINAL))
            residual = equilibrium.residual(x, load_factor, equilibrium.pair(x))
            if equilibrium.relative(residual, x) <= RESTART_RESIDUAL:
                break
        return x, residual

    def load_forces(self, x: np.ndarray) -> np.ndarray:
        """Applied forces (n_dofs,) per load factor in a state x (n_dofs,); they are linear in it."""
        applied = np.zeros(len(x))
        for item in self.loads:
            change = item.forces(x, 1.0)[1] - item.forces(x, 0.0)[1]
            applied -= total(item.dofs, change, len(x))
        return applied

    def _solution(self, x: np.ndarray, residual: Residual, history: list[float], pairs_kept: bool) -> Solution:
        """The equilibrium x (n_dofs,) with its rate from the latest tangent."""
        dof_map = self.dof_map
        rate = dof_map.state(self._back_substitute(dof_map.gather(self.load_forces(x)), LINEAR_FINAL), 0.0)
        return Solution(x, residual, history, rate + dof_map.prescribed, pairs_kept)

    def _back_substitute(self, right_hand_side: np.ndarray, accuracy: float) -> np.ndarray:
        try:
            solution = self.linearisation.solve(right_hand_side, accuracy, self.clock)
        except PhysicsError as error:
            raise NotConverged(str(error)) from error
        if not np.isfinite(solution).all():
            raise NotConverged("the tangent is singular")
        return solution

    def _refresh(self, x: np.ndarray, load_factor: float, residual: Residual, near: bool = False) -> None:
        """Set up the tangent of a state x (n_dofs,)."""
        self._tangents += 1
        try:
            self.linearisation.refresh(x, load_factor, residual, self.clock, near)
        except PhysicsError as error:
            raise NotConverged(str(error)) from error

"""Newton's method with a line search on one load level; a tangent is kept as long as it serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fem_lumbar.errors import PhysicsError
from fem_lumbar.mechanics.item import Item, total
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.corrections import Corrections
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linearisation import Linearisation


@dataclass(frozen=True)
class Tolerances:
    """When Newton's method has converged, and when it gives up.

    ``residual`` is relative to the largest force carried by any item, ``error_mm`` bounds the error left in any
    displacement (the last correction times the factor by which it reduced the residual), ``energy`` the work of the
    residual on that correction relative to the largest energy of any item. Load levels on the way to the full load may
    be off by ``between`` times as much: they say where the path leads. With the values here no
    displacement there is off by more than 1e-5 mm, nor a rotation by more than about 3e-5 degrees.
    """

    residual: float = 1e-6
    error_mm: float = 1e-6
    energy: float = 1e-10
    iterations: int = 15
    between: float = 10.0

    def at(self, load: float) -> Tolerances:
        """Tolerances of a load fraction."""
        if load in (0.0, 1.0):
            return self
        return replace(self, residual=self.between * self.residual, error_mm=self.between * self.error_mm)


class NotConverged(Exception):
    """Newton's method stopped without equilibrium; the message says why."""


@dataclass
class Solution:
    """A converged state.

    ``x`` (n_dofs,), its residual, the relative residual of every iteration, and ``rate`` (n_dofs,): the derivative of
    the state with respect to the load fraction, on the symmetric tangent of the last iteration. ``pairs_kept`` says
    that the residual is that of contact pairs which were kept, so that it cannot be found again from ``x`` alone.
    """

    x: np.ndarray
    residual: Residual
    history: list[float]
    rate: np.ndarray
    pairs_kept: bool = False


class Newton:
    """Newton's method for the summed items of one assembler.

    Parameters
    ----------
    assembler : Assembler
        Residual and tangent.
    linearisation : Linearisation
        Solution of the linear system of each iteration.
    loads : list of Item
        The items of the assembler that carry the load fraction; their residual is linear in it.
    per_force : (n_equations,)
        How equations count in the unbalanced force: 1 for forces, the inverse of an arm (1/mm) for moments, 0 for
        volumes, a stiffness for motions that are prescribed.
    motion : FiniteRotation
        How a correction is added to a state.
    tolerances : Tolerances
        Convergence criteria.
    """

    _LINE_SEARCHES = 6
    _SLACKNESS = 0.8
    _PATIENCE = 7
    _FLOOR = 1.0  # N and N·mm: an unloaded model has nothing but round-off to compare with
    _FREE_DEPTH_MM = 0.03
    _DEEPENING = 1.5
    _SHORTEST = 1 / 64
    _NEAR, _USELESS, _STALLS = 1e-2, 0.5, 3  # this near to balance, steps that leave this much, this often: pairs kept
    _SETTLING, _MISPLACED = 4, 1e-4  # so often new pairs are found in balance, while that unbalances forces by more
    _MORE, _SETTLED = 4, 1e-10  # iterations from a known equilibrium, and where they end, of the largest force
    _ITERATE, _FINAL = 0.1, 1e-2  # accuracy of the linear system where iterations follow, and where none does
    _CLOSE, _GROWTH = 0.02, 2.0  # this near to balance whole steps are taken unless the residual grows by this much

    def __init__(
        self,
        assembler: Assembler,
        linearisation: Linearisation,
        loads: list[Item],
        per_force: np.ndarray,
        motion: FiniteRotation,
        tolerances: Tolerances,
    ) -> None:
        self.assembler = assembler
        self.linearisation = linearisation
        self.loads = loads
        self._per_force = per_force
        self._is_force = per_force == 1.0
        self.motion = motion
        self.tolerances = tolerances
        self._counted = assembler.equations.number >= 0
        self._counted[self._counted] = self._is_force
        self.factorisations = 0
        self.kept_pairs = 0
        self._reusable = False
        self.clock = Clock()

    def solve(self, x: np.ndarray, load: float, on_iteration: Callable[[int, float], None] | None = None) -> Solution:
        """Equilibrium at a load fraction, starting from a state x (n_dofs,).

        Where contact points sit on an edge between two facets, the force jumps with the pair and no state is in
        balance; after some steps that stall on that, pairs are kept until balance. Then they are found anew, and
        balance with those is sought while that moves forces by more than a little; the state whose own pairs are
        nearest to the kept ones counts. What is left of the jump is told by the closure of the load shares.

        Raises
        ------
        NotConverged
            If the residual does not fall in the allowed iterations, or the state is not finite.
        """
        report = on_iteration or (lambda iteration, residual: None)
        try:
            solution = self._solve(x, load, report)
            return self._settled(solution, load, report) if self.assembler.pairs_kept else solution
        finally:
            self.assembler.pairs_kept = False

    def _settled(self, solution: Solution, load: float, on_iteration: Callable[[int, float], None]) -> Solution:
        """Of the balanced states with pairs kept, that which finding pairs anew puts out of balance least."""
        best, least = solution, self._misplaced(solution.x, load)
        for _ in range(self._SETTLING):
            if least <= self._MISPLACED:
                break
            try:
                solution = self._solve(solution.x, load, on_iteration)
            except NotConverged:
                break
            misplaced = self._misplaced(solution.x, load)
            if misplaced < least:
                best, least = solution, misplaced
        return replace(best, pairs_kept=True)

    def _misplaced(self, x: np.ndarray, load: float) -> float:
        """Find pairs anew and keep those; returns how far that puts an equilibrium x (n_dofs,) out of balance."""
        self.assembler.pairs_kept = False
        residual = self._residual(x, load)
        self.assembler.pairs_kept = True
        return self.relative(residual, x)

    def _solve(self, x: np.ndarray, load: float, on_iteration: Callable[[int, float], None]) -> Solution:
        tol, patience = self.tolerances.at(load), self.linearisation.patience
        equations = self.assembler.equations
        x = equations.state(equations.unknowns(x), load)
        residual = self._residual(x, load)
        history, sizes = [self.relative(residual, x)], [self._unbalanced(residual, x)]
        before = self.factorisations
        if not self._reusable:
            self._refresh(x, load, residual)
        self._reusable = False
        corrections = Corrections(self._is_force)
        stalls = 0
        for iteration in range(1, tol.iterations + 1):
            if iteration > 1 and (sizes[-1] > patience.contraction * sizes[-2] or history[-1] > patience.near):
                self._refresh(x, load, residual)
                corrections = Corrections(self._is_force)
            step = corrections.improved(-self._back_substitute(residual.vector, self._ITERATE))
            x, residual, fraction = self._advanced(x, step, load, residual, history[-1])
            corrections.taken(fraction * step)
            history.append(self.relative(residual, x))
            sizes.append(self._unbalanced(residual, x))
            on_iteration(iteration, history[-1])
            stalls += sizes[-1] > self._USELESS * sizes[-2] and history[-1] < self._NEAR
            if stalls == self._STALLS and not self.assembler.pairs_kept:
                self.assembler.pairs_kept = True
                self.kept_pairs += 1
            work = abs(float(residual.vector @ step)) * fraction
            left = sizes[-1] / sizes[-2] if sizes[-2] else 0.0
            error = fraction * np.max(np.abs(step[self._is_force]), initial=0.0) * left
            energy = max(self._FLOOR, *(abs(e) for e in residual.energies.values()))
            if history[-1] <= tol.residual and error <= tol.error_mm and work <= tol.energy * energy:
                # A load level that one tangent sufficed for says that the next may do with the same.
                self._reusable = self.factorisations <= before + 1
                return self._solution(x, residual, history)
            # The first iterations may climb; later ones must make headway.
            if iteration > self._PATIENCE and sizes[-1] > 0.7 * min(sizes[1 : -self._PATIENCE + 1]):
                place = self._out_of_balance(residual, x)
                raise NotConverged(f"the residual stalls at {history[-1]:.1e} of the largest force, {place}")
        place = self._out_of_balance(residual, x)
        raise NotConverged(
            f"no equilibrium in {tol.iterations} iterations, relative residual {history[-1]:.1e}, {place}"
        )

    def _out_of_balance(self, residual: Residual, x: np.ndarray) -> str:
        """Where a state x (n_dofs,) is out of balance most: the items that meet there."""
        forces = np.abs(self._per_force * self.linearisation.unbalanced(residual.vector, x))
        dofs = np.flatnonzero(self.assembler.equations.number == int(np.argmax(forces)))
        names = dict.fromkeys(item.name for item in self.assembler.items if np.isin(item.dofs, dofs).any())
        return f"most at {' and '.join(names) or 'the loaded endplate'}"

    def confirmed(self, x: np.ndarray, load: float, rate: np.ndarray) -> Solution | None:
        """The equilibrium x (n_dofs,) with its rate (n_dofs,), or None where its residual is too large for one."""
        residual = self._residual(x, load)
        relative = self.relative(residual, x)
        return Solution(x, residual, [relative], rate) if relative <= self.tolerances.at(load).residual else None

    def restart(self, x: np.ndarray, load: float) -> Solution:
        """A few more iterations from a known equilibrium x (n_dofs,), on its tangent: one unless more are needed.

        The change they make measures the algebraic error of x; the tangent gives the rate under the loads.
        """
        residual = self._residual(x, load)
        self._refresh(x, load, residual)
        for _ in range(self._MORE):
            step = -self._back_substitute(residual.vector, self._FINAL)
            x = self.motion.move(x, self.assembler.equations.state(step, 0.0))
            residual = self._residual(x, load)
            if self.relative(residual, x) <= self._SETTLED:
                break
        return self._solution(x, residual, [self.relative(residual, x)])

    def load_forces(self, x: np.ndarray) -> np.ndarray:
        """Change of the applied forces (n_dofs,) per load fraction on a state x (n_dofs,); they are linear in it."""
        applied = np.zeros(len(x))
        for item in self.loads:
            change = item.forces(x, 1.0)[1] - item.forces(x, 0.0)[1]
            applied -= total(item.dofs, change, len(x))
        return applied

    @np.errstate(over="ignore", invalid="ignore")  # a trial state may be absurd; the line search looks for that
    def relative(self, residual: Residual, x: np.ndarray) -> float:
        """Unbalanced force relative to the largest force carried by one item."""
        largest = max(self._FLOOR, residual.item_forces.largest_norm(self._counted))
        return self._unbalanced(residual, x) / largest

    @np.errstate(over="ignore", invalid="ignore")
    def _unbalanced(self, residual: Residual, x: np.ndarray) -> float:
        """Norm of the unbalanced forces and of the moments on their arm, N."""
        return float(np.linalg.norm(self._per_force * self.linearisation.unbalanced(residual.vector, x)))

    def _solution(self, x: np.ndarray, residual: Residual, history: list[float]) -> Solution:
        equations = self.assembler.equations
        rate = equations.state(self._back_substitute(equations.gather(self.load_forces(x)), self._FINAL), 0.0)
        return Solution(x, residual, history, rate + equations.prescribed)

    def _back_substitute(self, right_hand_side: np.ndarray, accuracy: float) -> np.ndarray:
        try:
            solution = self.linearisation.solve(right_hand_side, accuracy, self.clock)
        except PhysicsError as error:
            raise NotConverged(str(error)) from error
        if not np.isfinite(solution).all():
            raise NotConverged("the tangent is singular")
        return solution

    def _refresh(self, x: np.ndarray, load: float, residual: Residual) -> None:
        """Take the tangent of a state x (n_dofs,)."""
        self.factorisations += 1
        try:
            self.linearisation.refresh(x, load, residual, self.clock)
        except PhysicsError as error:
            raise NotConverged(str(error)) from error

    def advance(self, x: np.ndarray, increments: Sequence[np.ndarray], load: float) -> np.ndarray:
        """First guess for a load fraction: the state x (n_dofs,) moved by what comes nearest to balance.

        Of each increment (n_dofs,) as much is tried as does not close contact too deep; fibres may still be
        overstretched there, from which Newton's method needs an iteration for every factor e in their force.
        """
        allowed = max(self._FREE_DEPTH_MM, self.assembler.update(x))
        equations = self.assembler.equations
        best, least = x, np.inf
        for increment in increments:
            longer = np.inf
            for fraction in (1.0, 0.5, 0.25, 0.125, 0.0):
                moved = self.motion.move(x, fraction * increment)
                moved = equations.state(equations.unknowns(moved), load)
                if fraction and self.assembler.update(moved) > allowed:
                    continue
                residual = self._finite_residual(moved, load)
                size = np.inf if residual is None else self._unbalanced(residual, moved)
                if size < least:
                    best, least = moved, size
                if size > longer:
                    break  # still shorter ones are no better
                longer = size
        return best

    def _residual(self, x: np.ndarray, load: float) -> Residual:
        with self.clock("contact"):
            self.assembler.update(x)
        with self.clock("residual"):
            return self.assembler.residual(x, load)

    def _advanced(
        self, x: np.ndarray, step: np.ndarray, load: float, before: Residual, relative: float
    ) -> tuple[np.ndarray, Residual, float]:
        """State after a step, its residual and the fraction of the step taken: the whole where balance is near.

        There a few fibres that tighten or slacken would shorten the step for all.
        """
        if relative < self._CLOSE:
            moved = self.motion.move(x, self.assembler.equations.state(step, 0.0))
            residual = self._finite_residual(moved, load)
            if residual is not None and self._unbalanced(residual, moved) <= self._GROWTH * self._unbalanced(before, x):
                return moved, residual, 1.0
        return self._line_search(x, step, load, before)

    @np.errstate(over="ignore", invalid="ignore")
    def _line_search(
        self, x: np.ndarray, step: np.ndarray, load: float, before: Residual
    ) -> tuple[np.ndarray, Residual, float]:
        """State at the step length where the residual no longer works on the correction.

        Steps that close contact too deep at once are cut first: there the tangent says nothing about the next state.
        Then the step is kept unless the work G(a) = r(x + a step) · step changes sign strongly; if so, its root is
        sought by the safeguarded secant method (Crisfield 1991, vol. 1, ch. 9).
        """
        start = float(before.vector @ step)
        increment = self.assembler.equations.state(step, 0.0)
        allowed = max(self._FREE_DEPTH_MM, self._DEEPENING * self.assembler.update(x))
        high = 1.0
        while high > self._SHORTEST and self.assembler.update(self.motion.move(x, high * increment)) > allowed:
            high *= 0.5
        low, low_work, fraction, cut = 0.0, start, high, high
        for _ in range(self._LINE_SEARCHES):
            moved = self.motion.move(x, fraction * increment)
            residual = self._finite_residual(moved, load)
            work = -start if residual is None else float(residual.vector @ step)
            if residual is not None and (
                abs(work) <= self._SLACKNESS * abs(start) or (work * start > 0 and fraction == cut)
            ):
                return moved, residual, fraction
            if work * start > 0:
                low, low_work = fraction, work
                root = 0.5 * (low + high)
            else:
                high = fraction
                root = low + (high - low) * low_work / (low_work - work)
            fraction = min(max(root, low + 0.1 * (high - low)), high - 0.1 * (high - low))
        if residual is None:
            raise NotConverged("the state is no longer finite")
        return moved, residual, fraction

    def _finite_residual(self, x: np.ndarray, load: float) -> Residual | None:
        """Residual of a trial state, or None where the state is too absurd to have one."""
        try:
            residual = self._residual(x, load)
        except np.linalg.LinAlgError:
            return None
        return residual if np.isfinite(residual.vector).all() else None

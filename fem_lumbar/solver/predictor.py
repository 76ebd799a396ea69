"""Predictors of the state at the next load factor: tangent, parabola, cubic, and a neighbouring load path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.foundation.numerics import PREDICTOR_FRACTIONS, STRAIGHT
from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.equilibrium import Equilibrium
from fem_lumbar.solver.solution import Solution


class Predictor:
    """Extrapolates along a path of equilibria.

    Parameters
    ----------
    equilibrium : Equilibrium
        The equations; guesses are compared by their residual.
    """

    def __init__(self, equilibrium: Equilibrium) -> None:
        self._equilibrium = equilibrium

    def advance(self, x: np.ndarray, increments: Sequence[np.ndarray], load_factor: float) -> np.ndarray:
        """The state x (n_dofs,) moved along one of the increments (n_dofs,) as far as the unbalanced force allows.

        It may not grow, and contact may not close too deeply. Fibres may still be overstretched there: Newton's method
        then needs an iteration for every factor e in their force.
        """
        before = self._equilibrium.pair(x)
        unmoved = self._equilibrium.admissible(x, load_factor)
        farthest_N = self._unbalanced_N(unmoved, load_factor, self._equilibrium.pair(unmoved))
        for fraction in PREDICTOR_FRACTIONS:
            guesses = [self._guess(x, fraction * increment, load_factor, before) for increment in increments]
            nearest_N, nearest = min(guesses, key=lambda guess: guess[0])
            if np.isfinite(nearest_N) and nearest_N <= farthest_N:
                return nearest
        return unmoved

    def _guess(
        self, x: np.ndarray, increment: np.ndarray, load_factor: float, before: Pairs
    ) -> tuple[float, np.ndarray]:
        """Unbalanced force (N) after an increment, infinite where contact is too deep, and the state (n_dofs,)."""
        equilibrium = self._equilibrium
        moved = equilibrium.admissible(equilibrium.motion.move(x, increment), load_factor)
        pairs = equilibrium.pair(moved)
        return np.inf if pairs.too_deep_after(before) else self._unbalanced_N(moved, load_factor, pairs), moved

    def _unbalanced_N(self, x: np.ndarray, load_factor: float, pairs: Pairs) -> float:
        residual = self._equilibrium.finite_residual(x, load_factor, pairs)
        return np.inf if residual is None else self._equilibrium.unbalanced_N(residual, x)

    def extrapolated(self, accepted: Sequence[tuple[float, Solution]], load_factor: float) -> np.ndarray:
        """Guess (n_dofs,) extrapolated along the last tangent, or along a parabola through the last two equilibria.

        ``accepted`` are load factors with their equilibria. The parabola is in s = ln(load factor + c), in which the
        path of stiffening tissue is nearly straight: c makes the rates at both equilibria equal in norm. With x_1 and
        its rate v_1 (per s) at the last one, and x_0 at a distance s_0 before, it is
        x_1 + s v_1 + (s / s_0)^2 (x_0 - (x_1 - s_0 v_1)).
        """
        at, last = accepted[-1]
        straight = (load_factor - at) * last.rate
        if len(accepted) == 1:
            return self.advance(last.x, [straight], load_factor)
        at_before, before = accepted[-2]
        scale, ahead, back = _stretched(at_before, before.rate, at, last.rate, load_factor)
        bend = (ahead / back) ** 2 * (before.x - self._equilibrium.motion.move(last.x, -back * scale * last.rate))
        return self.advance(last.x, [ahead * scale * last.rate + bend, straight], load_factor)

    def between(self, first: Solution, last: Solution, width: float, part: float, load_factor: float) -> np.ndarray:
        """Guess (n_dofs,) at a fraction ``part`` of the way between two equilibria ``width`` of the load apart.

        It is interpolated by the cubic Hermite polynomial, or extrapolated back along the tangent at the end, which is
        better where facets close in between.
        """
        slope = part * (1 - part) * ((1 - part) * first.rate - part * last.rate)
        back = (1 - part) ** 2 * (1 + 2 * part) * (first.x - last.x) + width * slope
        return self.advance(last.x, [-(1 - part) * width * last.rate, back], load_factor)

    def beside(self, x: np.ndarray, off: Sequence[tuple[float, np.ndarray]], load_factor: float) -> np.ndarray:
        """Guess (n_dofs,) from the state x (n_dofs,) of a neighbouring path at this load factor.

        ``off`` are load factors with the difference of the path from its neighbour: the last difference is kept or
        extrapolated.
        """
        guesses = [difference for _, difference in off[-1:]]
        if len(off) > 1:
            (before, first), (at, last) = off[-2:]
            guesses.insert(0, last + (load_factor - at) / (at - before) * (last - first))
        return self.advance(x, guesses, load_factor)


def _stretched(
    before: float, rate_before: np.ndarray, at: float, rate: np.ndarray, to: float
) -> tuple[float, float, float]:
    """Load factor per s at the last of two equilibria, and the distances in s = ln(load factor + c) ahead and back."""
    speed = float(np.linalg.norm(rate))
    ratio = float(np.linalg.norm(rate_before)) / speed if speed > 0.0 else 0.0
    offset = (at - ratio * before) / (ratio - 1.0) if ratio > STRAIGHT else np.inf
    if not np.isfinite(offset):
        return 1.0, to - at, at - before
    return at + offset, float(np.log((to + offset) / (at + offset))), float(np.log((at + offset) / (before + offset)))

"""Line search: the fraction of a Newton step to take."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fem_lumbar.foundation.numerics import (
    DEEPENING,
    LINE_SEARCH_SLACK,
    LINE_SEARCH_TRIALS,
    SHORTEST_CUT,
    WHOLE_STEP_GROWTH,
    WHOLE_STEP_RESIDUAL,
)
from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.assembly import Residual
from fem_lumbar.solver.equilibrium import Equilibrium
from fem_lumbar.solver.solution import NotConverged

Pairing = Callable[[np.ndarray], Pairs]
"""Contact pairs with which to evaluate a state x (n_dofs,): its own, or frozen ones."""


class Advanced(NamedTuple):
    """State (n_dofs,) after a step, its residual, and the fraction of the step."""

    x: np.ndarray
    residual: Residual
    fraction: float


def advanced(
    equilibrium: Equilibrium,
    x: np.ndarray,
    step: np.ndarray,
    load_factor: float,
    before: Residual,
    relative: float,
    pairing: Pairing,
) -> Advanced:
    """State after a step (n_equations,) from x (n_dofs,): the full step near equilibrium, else a line search.

    Parameters
    ----------
    before, relative
        Residual of x, and its norm relative to the largest force.
    """
    if relative < WHOLE_STEP_RESIDUAL:
        moved = equilibrium.moved(x, step)
        residual = equilibrium.finite_residual(moved, load_factor, pairing(moved))
        allowed = WHOLE_STEP_GROWTH * equilibrium.unbalanced_N(before, x)
        if residual is not None and equilibrium.unbalanced_N(residual, moved) <= allowed:
            return Advanced(moved, residual, 1.0)
    return line_search(equilibrium, x, step, load_factor, before, pairing)


@np.errstate(over="ignore", invalid="ignore")
def line_search(
    equilibrium: Equilibrium, x: np.ndarray, step: np.ndarray, load_factor: float, before: Residual, pairing: Pairing
) -> Advanced:
    """State at the step length where the residual does no work along the step.

    Steps that close contact too deeply at once are cut first, since the tangent does not hold that far. The step is
    then kept unless the work G(a) = r(x + a step) · step changes sign and stays large; if it does, the root of G is
    approached by a safeguarded secant method (Crisfield 1991, vol. 1, ch. 9).
    """
    start = float(before.vector @ step)
    cut, moved = 1.0, equilibrium.moved(x, step)
    pairs = pairing(moved)
    while cut > SHORTEST_CUT and pairs.too_deep_after(before.pairs, DEEPENING):
        cut *= 0.5
        moved = equilibrium.moved(x, step, cut)
        pairs = pairing(moved)
    low, low_work, high, fraction = 0.0, start, cut, cut
    for trial in range(LINE_SEARCH_TRIALS):
        if trial > 0:
            moved = equilibrium.moved(x, step, fraction)
            pairs = pairing(moved)
        residual = equilibrium.finite_residual(moved, load_factor, pairs)
        work = -start if residual is None else float(residual.vector @ step)
        if residual is not None and (
            abs(work) <= LINE_SEARCH_SLACK * abs(start) or (work * start > 0 and fraction == cut)
        ):
            return Advanced(moved, residual, fraction)
        if work * start > 0:
            low, low_work = fraction, work
            root = 0.5 * (low + high)
        else:
            high = fraction
            root = low + (high - low) * low_work / (low_work - work)
        fraction = min(max(root, low + 0.1 * (high - low)), high - 0.1 * (high - low))
    if residual is None:
        raise NotConverged("the state is no longer finite")
    return Advanced(moved, residual, fraction)

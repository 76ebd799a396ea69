"""Contact pairs are frozen where Newton's method stalls on them, and found anew in balance.

Where contact points sit on an edge between two facets, the force jumps with the pair and no state is in balance with
its own pairs. After some steps that stall on that, the pairs of the last state are frozen and balance is found with
them. Then they are found anew, and balance with those is sought while that moves forces by more than a little. What is
left of the jump shows in the closure of the load shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fem_lumbar.foundation.numerics import SETTLED_RESIDUAL, SETTLING_ROUNDS, STALL_LEFT, STALL_RESIDUAL, STALLS
from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.equilibrium import Equilibrium
from fem_lumbar.solver.line_search import Pairing
from fem_lumbar.solver.solution import NotConverged, Solution


class Stalls:
    """Counts the steps near balance that leave most of the residual."""

    def __init__(self) -> None:
        self._count = 0

    def enough(self, before_N: float, after_N: float, relative: float) -> bool:
        """Whether, with a step from one unbalanced force to another, pairs should be frozen.

        ``relative`` is the relative residual after the step.
        """
        self._count += after_N > STALL_LEFT * before_N and relative < STALL_RESIDUAL
        return self._count >= STALLS


def frozen(pairs: Pairs) -> Pairing:
    """These pairs, whatever the state."""
    return lambda x: pairs


def settled(
    equilibrium: Equilibrium, solution: Solution, load_factor: float, solve: Callable[[np.ndarray, Pairs], Solution]
) -> Solution:
    """Of the states in balance with frozen pairs, that which its own pairs put out of balance least.

    Parameters
    ----------
    equilibrium : Equilibrium
        The equations.
    solution : Solution
        Balance with frozen pairs.
    load_factor : float
    solve : callable
        Seeks balance from a state x (n_dofs,) with given pairs.
    """
    best = solution
    pairs, least = _own_pairs(equilibrium, solution, load_factor)
    for _ in range(SETTLING_ROUNDS):
        if least <= SETTLED_RESIDUAL:
            break
        try:
            solution = solve(solution.x, pairs)
        except NotConverged:
            break
        pairs, misplaced = _own_pairs(equilibrium, solution, load_factor)
        if misplaced < least:
            best, least = solution, misplaced
    return replace(best, misplaced=least)


def _own_pairs(equilibrium: Equilibrium, solution: Solution, load_factor: float) -> tuple[Pairs, float]:
    """Pairs of a state in balance with others, and the relative residual with them."""
    pairs = equilibrium.pair(solution.x)
    return pairs, equilibrium.relative(equilibrium.residual(solution.x, load_factor, pairs), solution.x)

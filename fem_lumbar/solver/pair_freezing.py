"""Freezing of contact pairs where Newton's method stalls on them, and their update at equilibrium.

Where contact points lie on an edge between two facets, the force jumps with the pair, and no state is in equilibrium
with its own pairs. After a few stalled steps the pairs of the last state are frozen, and equilibrium is found with
them. The pairs are then updated and equilibrium is found again, until an update changes the forces only slightly. What
remains of the jump appears in the closure of the load shares.
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
    """Counts steps near equilibrium that barely reduce the residual."""

    def __init__(self) -> None:
        self._count = 0

    def enough(self, before_N: float, after_N: float, relative: float) -> bool:
        """Count a step from one unbalanced force to another, and tell whether pairs should be frozen.

        ``relative`` is the relative residual after the step.
        """
        self._count += after_N > STALL_LEFT * before_N and relative < STALL_RESIDUAL
        return self._count >= STALLS


def frozen(pairs: Pairs) -> Pairing:
    """A pairing with these pairs for every state."""
    return lambda x: pairs


def settled(
    equilibrium: Equilibrium, solution: Solution, load_factor: float, solve: Callable[[np.ndarray, Pairs], Solution]
) -> Solution:
    """The equilibrium with frozen pairs that has the smallest residual with its own pairs.

    Parameters
    ----------
    equilibrium : Equilibrium
        The equations.
    solution : Solution
        Equilibrium with frozen pairs.
    load_factor : float
    solve : callable
        Finds equilibrium from a state x (n_dofs,) with given pairs.
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
    """The state's own pairs, and its relative residual with them."""
    pairs = equilibrium.pair(solution.x)
    return pairs, equilibrium.relative(equilibrium.residual(solution.x, load_factor, pairs), solution.x)

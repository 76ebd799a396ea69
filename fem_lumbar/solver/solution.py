"""Tolerances of Newton's method, a converged state, and the exception where it finds none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fem_lumbar.foundation.numerics import BETWEEN, ERROR_MM, ITERATIONS, RESIDUAL, WORK
from fem_lumbar.solver.assembly import Residual


@dataclass(frozen=True)
class Tolerances:
    """When Newton's method has converged, and when it gives up.

    Values and reasons are in :mod:`fem_lumbar.foundation.numerics`.

    ``residual`` is relative to the largest force carried by any item. ``error_mm`` bounds the remaining error of any
    displacement: the last correction times the factor by which it reduced the residual. ``energy`` bounds the work of
    the residual on that correction, relative to the largest energy of any item. At load levels below full load the
    tolerances are ``between`` times as large.
    """

    residual: float = RESIDUAL
    error_mm: float = ERROR_MM
    energy: float = WORK
    iterations: int = ITERATIONS
    between: float = BETWEEN

    def at(self, load_factor: float) -> Tolerances:
        """Tolerances at a load factor; -1 is full load in the opposite direction, as in a cycle."""
        if abs(load_factor) in (0.0, 1.0):
            return self
        return replace(
            self,
            residual=self.between * self.residual,
            error_mm=self.between * self.error_mm,
            energy=self.between**2 * self.energy,
        )


class NotConverged(Exception):
    """Newton's method found no equilibrium; the message says why."""


@dataclass
class Solution:
    """A converged state.

    ``x`` (n_dofs,) with its residual, ``history`` (the relative residual of every iteration), and ``rate`` (n_dofs,),
    the derivative of the state with respect to the load factor on the symmetric tangent of the last iteration.
    ``pairs_kept`` says that the contact pairs of the residual were frozen, so they may differ from those of ``x``;
    ``misplaced`` is then the relative residual of ``x`` with its own pairs.
    """

    x: np.ndarray
    residual: Residual
    history: list[float]
    rate: np.ndarray
    pairs_kept: bool = False
    misplaced: float = 0.0

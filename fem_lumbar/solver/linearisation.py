"""The linear system of a Newton iteration: its interface, and its direct solution."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from fem_lumbar.foundation.numerics import DIRECT_CONTRACTION
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.linear import LinearSolver


class Linearisation(Protocol):
    """The tangent of one state, ready to solve with.

    1. ``extend_pattern(x)`` is optional: it avoids another analysis of the matrix when contact closes.
    2. ``refresh(x, load_factor, residual, clock, near)`` sets up the tangent of a state x (n_dofs,) with the contact
       pairs of its residual. ``near`` says that the previous state is close: its factors may precondition this tangent.
    3. ``solve(right_hand_side, accuracy, clock)`` solves with the latest tangent, even if the state has changed since,
       until the residual of the linear system is at most ``accuracy`` times the right-hand side.
    4. ``unbalanced(forces, x)`` is a residual (n_equations,) without what supports and constraints carry.

    Attributes
    ----------
    kept_contraction : float
        A tangent is kept while each iteration with it reduces the residual to less than this fraction; the more a new
        one costs, the larger the fraction.
    factorisations : int
        Matrices factorised so far.
    """

    kept_contraction: float

    @property
    def factorisations(self) -> int:
        """Matrices factorised so far."""

    def extend_pattern(self, x: np.ndarray) -> None:
        """Make room for the contact of a state x (n_dofs,) that the path is known to come to."""

    def refresh(self, x: np.ndarray, load_factor: float, residual: Residual, clock: Clock, near: bool = False) -> None:
        """Take the tangent of a state."""

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,)."""

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Residual (n_equations,) less what supports and constraints take up."""


class Direct:
    """The whole tangent, factorised as one sparse matrix.

    Parameters
    ----------
    assembler : Assembler
        All items.
    linear : LinearSolver
        Direct solver; its analysis is renewed when the pattern has grown.
    """

    kept_contraction = DIRECT_CONTRACTION

    def __init__(self, assembler: Assembler, linear: LinearSolver) -> None:
        self._assembler = assembler
        self._linear = linear
        self._analysed_version = -1
        self.factorisations = 0

    def extend_pattern(self, x: np.ndarray) -> None:
        """Make room for the contact of a state x (n_dofs,) that the path is known to come to."""
        self._assembler.extend_pattern(x)

    def refresh(self, x: np.ndarray, load_factor: float, residual: Residual, clock: Clock, near: bool = False) -> None:
        """Take and factorise the tangent of a state."""
        with clock("assembly"):
            values = self._assembler.tangent(x, load_factor, residual.pairs)
        self.factorisations += 1
        with clock("factorisation"):
            if self._analysed_version != self._assembler.pattern_version:
                self._linear.analyse(self._assembler.pattern)
                self._analysed_version = self._assembler.pattern_version
            self._linear.factor(values)

    def solve(self, right_hand_side: np.ndarray, accuracy: float, clock: Clock) -> np.ndarray:
        """Solution (n_equations,) for a right-hand side (n_equations,)."""
        with clock("back_substitution"):
            return self._linear.solve(right_hand_side)

    def unbalanced(self, forces: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The residual itself: every equation has its unknown."""
        return forces

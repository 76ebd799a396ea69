"""The equilibrium equations under one set of loads: the residual of a state, and norms of it."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import FORCE_FLOOR_N, VOLUME_N_PER_MM3
from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linearisation import Linearisation


class Equilibrium:
    """r(x, load factor, contact pairs) = 0; every evaluation depends only on these three.

    Parameters
    ----------
    assembler : Assembler
        The items.
    linearisation : Linearisation
        Removes from a residual what supports and constraints carry.
    per_force : (n_equations,)
        Weight of each equation in the unbalanced force: 1 for forces, 1 / arm (1/mm) for moments, 0 for volumes, a
        stiffness (N/mm) for prescribed motions.
    motion : FiniteRotation
        Adds an increment to a state.
    clock : Clock
        Times the phases.
    """

    def __init__(
        self,
        assembler: Assembler,
        linearisation: Linearisation,
        per_force: np.ndarray,
        motion: FiniteRotation,
        clock: Clock,
    ) -> None:
        self.dof_map = assembler.dof_map
        self.motion = motion
        self.is_force = per_force == 1.0
        self._is_volume = per_force == 0.0
        self._assembler = assembler
        self._linearisation = linearisation
        self._per_force = per_force
        self._clock = clock
        self._counted = self.dof_map.number >= 0
        self._counted[self._counted] = self.is_force

    def pair(self, x: np.ndarray) -> Pairs:
        """Contact pairs of a state x (n_dofs,)."""
        with self._clock("contact"):
            return self._assembler.pair(x)

    def residual(self, x: np.ndarray, load_factor: float, pairs: Pairs) -> Residual:
        """Residual of a state x (n_dofs,), internal minus external forces."""
        with self._clock("residual"):
            return self._assembler.residual(x, load_factor, pairs)

    def finite_residual(self, x: np.ndarray, load_factor: float, pairs: Pairs) -> Residual | None:
        """Residual of a trial state, or None where it is not finite."""
        try:
            residual = self.residual(x, load_factor, pairs)
        except np.linalg.LinAlgError:
            return None
        return residual if np.isfinite(residual.vector).all() else None

    def admissible(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """The state x (n_dofs,) with the constraints (fixed, prescribed and tied) of a load factor imposed."""
        return self.dof_map.state(self.dof_map.unknowns(x), load_factor)

    def moved(self, x: np.ndarray, step: np.ndarray, fraction: float = 1.0) -> np.ndarray:
        """State (n_dofs,) after a fraction of a step (n_equations,)."""
        return self.motion.move(x, fraction * self.dof_map.state(step, 0.0))

    @np.errstate(over="ignore", invalid="ignore")  # a trial state may overflow; the line search checks for it
    def unbalanced_N(self, residual: Residual, x: np.ndarray) -> float:
        """Norm of the unbalanced forces, and of the moments over their arm, N."""
        return float(np.linalg.norm(self._per_force * self._linearisation.unbalanced(residual.vector, x)))

    @np.errstate(over="ignore", invalid="ignore")
    def relative(self, residual: Residual, x: np.ndarray) -> float:
        """Unbalanced force relative to the largest force carried by one item."""
        largest = max(FORCE_FLOOR_N, residual.item_forces.largest_norm(self._counted))
        return self.unbalanced_N(residual, x) / largest

    @np.errstate(over="ignore", invalid="ignore")
    def lost_volume(self, residual: Residual) -> float:
        """Residual of the volume equations, relative to the same largest force.

        Newton's method closes it in its first step, so it is not part of the unbalanced force. It matters for a state
        reused with another bulk modulus, where nothing else is out of balance.
        """
        largest = max(FORCE_FLOOR_N, residual.item_forces.largest_norm(self._counted))
        return VOLUME_N_PER_MM3 * float(np.linalg.norm(residual.vector[self._is_volume])) / largest

    def worst_place(self, residual: Residual, x: np.ndarray) -> str:
        """The items that meet where a state x (n_dofs,) has its largest unbalanced force, as text."""
        forces = np.abs(self._per_force * self._linearisation.unbalanced(residual.vector, x))
        dofs = np.flatnonzero(self.dof_map.number == int(np.argmax(forces)))
        items = self._assembler.items(residual.pairs)
        names = dict.fromkeys(item.name for item in items if np.isin(item.dofs, dofs).any())
        return f"most at {' and '.join(names) or 'the loaded endplate'}"

"""The equilibrium equations of one set of loads: their residual at a state, and how far off balance that is."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import FORCE_FLOOR_N, VOLUME_N_PER_MM3
from fem_lumbar.mechanics.item import Pairs
from fem_lumbar.solver.assembly import Assembler, Residual
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linearisation import Linearisation


class Equilibrium:
    """r(x, load factor, contact pairs) = 0; every evaluation depends on these three alone.

    Parameters
    ----------
    assembler : Assembler
        The items.
    linearisation : Linearisation
        Says which part of a residual the unknowns can do anything about.
    per_force : (n_equations,)
        How equations count in the unbalanced force: 1 for forces, the inverse of an arm (1/mm) for moments, 0 for
        volumes, a stiffness for motions that are prescribed.
    motion : FiniteRotation
        How an increment is added to a state.
    clock : Clock
        Takes the time of the phases.
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
        """Residual of a state x (n_dofs,), internal minus applied."""
        with self._clock("residual"):
            return self._assembler.residual(x, load_factor, pairs)

    def finite_residual(self, x: np.ndarray, load_factor: float, pairs: Pairs) -> Residual | None:
        """Residual of a trial state, or None where the state is too absurd to have one."""
        try:
            residual = self.residual(x, load_factor, pairs)
        except np.linalg.LinAlgError:
            return None
        return residual if np.isfinite(residual.vector).all() else None

    def admissible(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """The state x (n_dofs,) with its fixed, prescribed and tied degrees of freedom as they are at a load factor."""
        return self.dof_map.state(self.dof_map.unknowns(x), load_factor)

    def moved(self, x: np.ndarray, step: np.ndarray, fraction: float = 1.0) -> np.ndarray:
        """State (n_dofs,) after a fraction of a step (n_equations,)."""
        return self.motion.move(x, fraction * self.dof_map.state(step, 0.0))

    @np.errstate(over="ignore", invalid="ignore")  # a trial state may be absurd; the line search looks for that
    def unbalanced_N(self, residual: Residual, x: np.ndarray) -> float:
        """Norm of the unbalanced forces and of the moments on their arm, N."""
        return float(np.linalg.norm(self._per_force * self._linearisation.unbalanced(residual.vector, x)))

    @np.errstate(over="ignore", invalid="ignore")
    def relative(self, residual: Residual, x: np.ndarray) -> float:
        """Unbalanced force relative to the largest force carried by one item."""
        largest = max(FORCE_FLOOR_N, residual.item_forces.largest_norm(self._counted))
        return self.unbalanced_N(residual, x) / largest

    @np.errstate(over="ignore", invalid="ignore")
    def lost_volume(self, residual: Residual) -> float:
        """Volume that pressure and bulk modulus do not account for, relative to the same largest force.

        An iteration closes it with its first step, so it is no part of the unbalanced force; in a state that is taken
        over from another bulk modulus nothing else is out of balance.
        """
        largest = max(FORCE_FLOOR_N, residual.item_forces.largest_norm(self._counted))
        return VOLUME_N_PER_MM3 * float(np.linalg.norm(residual.vector[self._is_volume])) / largest

    def worst_place(self, residual: Residual, x: np.ndarray) -> str:
        """Where a state x (n_dofs,) is out of balance most: the items that meet there."""
        forces = np.abs(self._per_force * self._linearisation.unbalanced(residual.vector, x))
        dofs = np.flatnonzero(self.dof_map.number == int(np.argmax(forces)))
        items = self._assembler.items(residual.pairs)
        names = dict.fromkeys(item.name for item in items if np.isin(item.dofs, dofs).any())
        return f"most at {' and '.join(names) or 'the loaded endplate'}"

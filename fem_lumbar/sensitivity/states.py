"""Derivatives of equilibria: one factorisation per state, right-hand sides from perturbed models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.foundation.numerics import DERIVATIVE_BLOCK, DERIVATIVE_PROBE_MM
from fem_lumbar.mechanics.item import Contact, Item
from fem_lumbar.model.loads import Loads
from fem_lumbar.sensitivity.forces import Forces, changed
from fem_lumbar.sensitivity.tangent import WholeTangent
from fem_lumbar.sensitivity.variation import Model, Stencil
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.assembly import ItemForces
from fem_lumbar.solver.linear import linear_solver

UNLOADED = ""
"""Key of the unloaded state among the load cases."""


@dataclass(frozen=True)
class State:
    """An equilibrium: state ``x`` (n_dofs,) of a load case at full load, or the unloaded one.

    ``start`` (n_dofs,) is the reference state of prescribed motions, the unloaded one.
    """

    case: str
    x: np.ndarray
    start: np.ndarray

    @property
    def load_factor(self) -> float:
        """1 at full load."""
        return float(self.case != UNLOADED)

    def loads(self, model: Model) -> Loads:
        """Loads on a model in this state."""
        return Loads() if self.case == UNLOADED else model.loads(self.case).starting_at(self.start)


class StateDerivatives:
    """Derivatives of some equilibria with respect to some parameters.

    The forces of each parameter on each state are stored only at the degrees of freedom on which they act.

    Parameters
    ----------
    simulation : Simulation
        Model to which the states belong.
    base : Model
        The same with its scenario.
    states : sequence of State
        The unloaded one first.
    count : int
        Number of parameters.
    """

    def __init__(self, simulation: Simulation, base: Model, states: Sequence[State], count: int) -> None:
        self._simulation, self.states = simulation, {state.case: state for state in states}
        self._forces = Forces(simulation.segment.n_dofs)
        n = simulation.segment.n_dofs
        self._base = base
        self._known = {case: ItemForces(n) for case in self.states}
        self._own = {case: self._acting(base, state) for case, state in self.states.items()}
        self._loads: dict[str, dict[int, csr_array]] = {case: {} for case in self.states}
        self._rates: dict[str, np.ndarray] = {}
        self.left = {case: np.zeros(count) for case in self.states}
        """Estimated relative error of each derivative due to the linear solution."""

    def load(self, index: int, stencil: Stencil) -> None:
        """Compute the derivative of forces with respect to a parameter in every state in which it acts."""
        for case, state in self.states.items():
            if stencil.parameter.case not in (None, case):
                continue
            total = np.zeros(len(state.x))
            for weight, model in zip(stencil.weights, stencil.models, strict=True):
                if model is self._base or weight == 0.0:
                    continue
                before, after = changed(self._own[case], self._acting(model, state))
                if before or after:
                    there = self._forces.of(after, state.x, state.load_factor).total()
                    total += weight * (there - self._forces_here(case, before))
            if total.any():
                self._loads[case][index] = csr_array(total[None])

    def _acting(self, model: Model, state: State) -> list[Item | Contact]:
        """All items and contacts of a model that carry force in a state."""
        return [*model.segment.items, *state.loads(model).items]

    def _forces_here(self, case: str, items: Sequence[Item | Contact]) -> np.ndarray:
        """Forces (n_dofs,) of items of the unchanged scenario; each is computed once."""
        known, state = self._known[case], self.states[case]
        new = [item for item in items if item.name not in known]
        known.take(self._forces.of(new, state.x, state.load_factor))
        return known.total([item.name for item in items])

    def solve(self, case: str) -> None:
        """Solve for the derivatives of a state."""
        simulation, state = self._simulation, self.states[case]
        segment, acting, loads = simulation.segment, self._loads.pop(case), state.loads(self._base)
        rates = self._rates[case] = np.zeros((len(self.left[case]), len(state.x)))
        needed = np.arange(len(rates)) if loads.motions else np.array(sorted(acting), dtype=int)
        if not len(needed):
            return
        tangent = WholeTangent(
            simulation.passive.with_loads([*loads.items]),
            segment.dof_map,
            linear_solver(simulation.scenario.solver.linear)[0],
            [*segment.all_contacts],
            [*loads.items],
            [*loads.motions],
            state.x,
            state.load_factor,
        )
        for block in np.array_split(needed, -(-len(needed) // DERIVATIVE_BLOCK)):
            forces = np.stack([self._from_start(loads, state, index) for index in block], axis=1)
            for column, index in enumerate(block):
                if index in acting:
                    forces[acting[index].indices, column] += acting[index].data
            found, self.left[case][block] = tangent.solve(-forces)
            rates[block] = found.T

    def _from_start(self, loads: Loads, state: State, index: int) -> np.ndarray:
        """Change (n_dofs,) of the residual of prescribed motions due to the change of their reference state."""
        rate = self.of(UNLOADED, index)
        size = np.abs(rate).max()
        if not loads.motions or size == 0.0:
            return np.zeros(len(state.x))
        ahead, behind = (
            self._forces.of(loads.starting_at(state.start + sign * rate / size).motions, state.x, 1.0).total()
            for sign in (DERIVATIVE_PROBE_MM, -DERIVATIVE_PROBE_MM)
        )
        return (ahead - behind) * size / (2.0 * DERIVATIVE_PROBE_MM)

    def of(self, case: str, index: int) -> np.ndarray:
        """Derivative (n_dofs,) of a state with respect to a parameter."""
        return self._rates[case][index]

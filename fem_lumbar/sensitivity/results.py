"""Derivatives of results: what a parameter changes in a state, and what the motion of the state changes."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import DERIVATIVE_PROBE_MM
from fem_lumbar.measures.kinematics import level_rotations
from fem_lumbar.measures.outputs import mechanics
from fem_lumbar.measures.quantities import Path, numbers
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.sensitivity.kinks import Margins, kink, margins
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.states import UNLOADED, State, StateDerivatives
from fem_lumbar.sensitivity.table import CaseDerivatives
from fem_lumbar.sensitivity.variation import Model, Stencil

_COUNTED = ("area_mm2",)
"""Results that are sums over the points in contact: they jump from value to value."""


class ResultDerivatives:
    """Derivatives of the results of one load case: what a parameter changes in a state, and how the state goes along.

    Parameters
    ----------
    state : State
        At full load.
    derivatives : StateDerivatives
        Of this state and of the unloaded one.
    base : Model
        The scenario as it stands.
    count : int
        Number of parameters.
    """

    def __init__(self, state: State, derivatives: StateDerivatives, base: Model, count: int) -> None:
        self._state, self._derivatives, self._base = state, derivatives, base
        self._forces = Forces(base.segment.n_dofs)
        values = self._numbers(base, state.x, state.start)
        self._paths = list(values)
        self._margins = margins(base.segment, state.x)
        self._shifts: dict[int, Margins] = {}
        shape = count, len(self._paths)
        self.found = CaseDerivatives(self._paths, self._in_order(values), np.zeros(shape), np.zeros(shape))

    def keep_still(self, index: int, stencil: Stencil) -> None:
        """Take what a parameter changes while the state stays, by the difference of models."""
        state = self._state
        if stencil.parameter.case not in (None, state.case):
            return
        shift = {name: np.zeros_like(margin) for name, margin in self._margins.items()}
        for weight, model in stencil.terms:
            values, at = self.found.values, self._margins
            if model is not self._base:
                values = self._in_order(self._numbers(model, state.x, state.start))
                at = margins(model.segment, state.x)
            self.found.derivatives[index] += weight * values
            shift = {name: one + weight * at[name] for name, one in shift.items()}
        self._shifts[index] = shift

    def go_along(self, index: int, parameter: Parameter) -> None:
        """Add what the motion of the state with a parameter changes, by a central difference along it."""
        found, state, rates = self.found, self._state, self._derivatives
        if parameter.case not in (None, state.case):
            return
        rate, rate_unloaded = rates.of(state.case, index), rates.of(UNLOADED, index)
        motion = max(np.abs(one[: 3 * self._base.segment.space.n_nodes]).max() for one in (rate, rate_unloaded))
        shift = self._shifts.pop(index)
        if motion > 0.0:
            size = DERIVATIVE_PROBE_MM / motion
            first, last = (self._displaced(way * size, rate, rate_unloaded) for way in (-1.0, 1.0))
            found.derivatives[index] += (last - first) / (2.0 * size)
            found.errors[index] = np.abs(first + last - 2.0 * found.values) / (2.0 * size)
            ahead = margins(self._base.segment, state.x + size * rate)
            shift = {name: shift[name] + (ahead[name] - before) / size for name, before in self._margins.items()}
        left = max(rates.left[state.case][index], rates.left[UNLOADED][index])
        found.errors[index] += left * np.abs(found.derivatives[index])
        if told := kink(parameter, self._margins, shift):
            found.kinks[index] = told

    def _displaced(self, size: float, rate: np.ndarray, rate_unloaded: np.ndarray) -> np.ndarray:
        state = self._state
        return self._in_order(self._numbers(self._base, state.x + size * rate, state.start + size * rate_unloaded))

    def _in_order(self, found: dict[Path, float]) -> np.ndarray:
        return np.array([found.get(path, np.nan) for path in self._paths])

    def _numbers(self, model: Model, x: np.ndarray, unloaded: np.ndarray) -> dict[Path, float]:
        """Results by path in a state x (n_dofs,) with its unloaded one."""
        segment, load_factor = model.segment, self._state.load_factor
        neutral = level_rotations(segment, unloaded)
        soft = [item for group in segment.solids.values() for item in group if _is_soft(item.name)]
        forces = self._forces.of([*soft, *segment.contacts.values()], x, load_factor)
        entry = mechanics(model.scenario, segment, self._state.loads(model), x, forces, load_factor, neutral)
        return {path: value for path, value in numbers(entry).items() if path[-1] not in _COUNTED}


def _is_soft(name: str) -> bool:
    """Whether results ask for the forces of a solid."""
    return name.endswith((".annulus", ".nucleus")) or ".mal." in name

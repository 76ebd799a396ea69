"""Derivatives of results: finite differences of reported results along the derivatives of the states."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.part_name import DISC_PARTS, PartName
from fem_lumbar.measures.kinematics import level_rotations
from fem_lumbar.measures.outputs import mechanics
from fem_lumbar.measures.quantities import Path, numbers
from fem_lumbar.sensitivity.forces import Forces
from fem_lumbar.sensitivity.kinks import kink, margins
from fem_lumbar.sensitivity.states import UNLOADED, State, StateDerivatives
from fem_lumbar.sensitivity.table import CaseDerivatives
from fem_lumbar.sensitivity.variation import Model, Stencil

_COUNTED = ("area_mm2",)
"""Results that are sums over points in contact, and so discontinuous."""


class ResultDerivatives:
    """Derivatives of the results of one load case.

    Parameters
    ----------
    state : State
        State at full load.
    derivatives : StateDerivatives
        Derivatives of this state and of the unloaded one.
    base : Model
        Model of the unchanged scenario.
    count : int
        Number of parameters.
    """

    def __init__(self, state: State, derivatives: StateDerivatives, base: Model, count: int) -> None:
        self._state, self._derivatives = state, derivatives
        self._forces = Forces(base.segment.n_dofs)
        values = self._numbers(base, state.x, state.start)
        self._paths = list(values)
        self._margins = margins(base.segment, state.x)
        shape = count, len(self._paths)
        self.found = CaseDerivatives(self._paths, self._in_order(values), np.zeros(shape), np.zeros(shape))

    def take(self, index: int, stencil: Stencil) -> None:
        """Compute the derivatives with respect to one parameter."""
        state, rates = self._state, self._derivatives
        if stencil.parameter.case not in (None, state.case):
            return
        rate, rate_unloaded = rates.of(state.case, index), rates.of(UNLOADED, index)
        if stencil.parameter.section != "anatomy" and not rate.any() and not rate_unloaded.any():
            return
        results, at = [], []
        for model, offset in zip(stencil.models, stencil.offsets, strict=True):
            if offset == 0.0:
                results.append(self.found.values)
                at.append(self._margins)
                continue
            x = state.x + offset * rate
            results.append(self._in_order(self._numbers(model, x, state.start + offset * rate_unloaded)))
            at.append(margins(model.segment, x))
        slope, spread = stencil.slope(np.array(results))
        left = max(rates.left[state.case][index], rates.left[UNLOADED][index])
        self.found.derivatives[index] = slope
        self.found.errors[index] = spread + left * np.abs(slope)
        slopes = {name: stencil.weights @ np.array([one[name] for one in at]) for name in self._margins}
        if told := kink(stencil.parameter, self._margins, slopes):
            self.found.kinks[index] = told

    def _in_order(self, found: dict[Path, float]) -> np.ndarray:
        return np.array([found.get(path, np.nan) for path in self._paths])

    def _numbers(self, model: Model, x: np.ndarray, unloaded: np.ndarray) -> dict[Path, float]:
        """Results by path in a state x (n_dofs,) and its unloaded state (n_dofs,)."""
        segment, load_factor = model.segment, self._state.load_factor
        neutral = level_rotations(segment, unloaded)
        soft = [item for group in segment.solids.values() for item in group if _is_soft(item.name)]
        forces = self._forces.of([*soft, *segment.all_contacts], x, load_factor)
        entry = mechanics(model.scenario, segment, self._state.loads(model), x, forces, load_factor, neutral)
        return {path: value for path, value in numbers(entry).items() if path[-1] not in _COUNTED}


def _is_soft(name: str) -> bool:
    """Whether results need the forces of this solid."""
    return PartName(name).part in (*DISC_PARTS, "mal", "bridge", "transition", "cleft")

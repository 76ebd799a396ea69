"""Record of a load case as it is solved: a row per accepted step, and the energy balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.foundation.numerics import BETWEEN, FORCE_FLOOR_N, WORK
from fem_lumbar.measures.checks import ENERGY_LIMIT
from fem_lumbar.measures.fields import Level, level_fields
from fem_lumbar.measures.kinematics import level_rotations
from fem_lumbar.measures.outputs import applied_loads, curve_row, quantities, responses
from fem_lumbar.measures.path_work import work_between
from fem_lumbar.measures.retrace import retrace_error_deg
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.stages import LOADING, UNLOADING, Stage
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.solution import Solution

_STEP_SHARE = 0.5
"""Fraction of the allowed error of the work along a path that a single step may cause."""

_WORK_EXPONENT = 1.3
"""Work grows with this power of the load fraction at least: 2 for a linear spine, 1.4 as measured in extension."""


class CaseRecorder:
    """Receives the equilibria of a path in order, stage by stage, starting without load.

    Work and energy refer to the loading branch.

    Parameters
    ----------
    name : str
        Load case.
    scenario : Scenario
        Scenario it belongs to.
    segment : Segment
        Model.

    Attributes
    ----------
    rows : list of dict
        A row of the curves per state.
    levels : list of Level
        Displacement of the corner nodes in each state.
    """

    def __init__(self, name: str, scenario: Scenario, segment: Segment) -> None:
        self.rows: list[dict[str, Any]] = []
        self.levels: list[Level] = []
        self._name, self._scenario, self._segment = name, scenario, segment
        self._work = self._work_before = self._lost_at_rims = 0.0
        self._stored_unloaded_Nmm = 0.0
        self._neutral: dict[str, np.ndarray] = {}

    def begin(self, stage: Stage, start: Solution) -> None:
        """Begin a stage of the path at an equilibrium."""
        self._stage, self._work_before = stage, self._work
        self._load, self._last = 0.0, start
        if not self.rows:
            self._stored_unloaded_Nmm = self._stored(start)
            self._neutral = level_rotations(self._segment, start.x)
            self._add_row(0.0, start)

    def on_step(self, load_factor: float, solution: Solution) -> None:
        """Record an accepted step at a load factor of the stage, whose start is already recorded."""
        if load_factor == 0.0:
            return
        if self._stage.branch == LOADING:
            work, lost = self._since(load_factor, solution)
            self._work += work
            self._lost_at_rims += lost
        self._load, self._last = load_factor, solution
        self._add_row(load_factor, solution)

    def resolves(self, load_factor: float, solution: Solution) -> bool:
        """Whether the work along a step to a load factor is accurate enough for the energy check of the whole path.

        The work at the end of the stage is extrapolated from this step as for a stiffening spine. An error within the
        tolerance on the stored energy of intermediate equilibria is accepted: more of them would not reduce it.
        """
        work, lost = self._since(load_factor, solution)
        stored = self._stored(solution) - self._stored(self._last)
        predicted = abs(self._work_before) + abs(self._work + work - self._work_before) / load_factor**_WORK_EXPONENT
        tolerance = BETWEEN**2 * WORK * max(FORCE_FLOOR_N, *(abs(e) for e in solution.residual.energies.values()))
        return abs(work - stored - lost) <= max(_STEP_SHARE * ENERGY_LIMIT * predicted, tolerance)

    def quantities(self, load_factor: float, solution: Solution) -> dict[str, Any]:
        """Mechanical quantities of a state, with rotations counted from the unloaded equilibrium."""
        return quantities(self._scenario, self._segment, self._stage.loads, solution, load_factor, self._neutral)

    def responses(self, solution: Solution) -> dict[str, Any]:
        """Quantities reported for every state of the path, with rotations counted from the unloaded equilibrium."""
        return responses(self._segment, solution.x, solution.residual.item_forces, self._neutral)

    def applied(self, load_factor: float, solution: Solution) -> dict[str, Any]:
        """Loads on the segment in a state, as in the summary."""
        return applied_loads(self._scenario.load_cases[self._name], self._stage.loads, solution.x, load_factor)

    def energies(self, final: Solution) -> tuple[float, float, float]:
        """External work, stored energy and energy lost at facet rims since the unloaded equilibrium, N·mm."""
        return self._work, self._stored(final) - self._stored_unloaded_Nmm, self._lost_at_rims

    def retrace_error_deg(self) -> float | None:
        """Largest difference of a rotation between loading and unloading branch, deg; None without unloading."""
        branches = [[row for row in self.rows if row["branch"] == branch] for branch in (LOADING, UNLOADING)]
        return retrace_error_deg(*branches)

    def _add_row(self, load_factor: float, solution: Solution) -> None:
        stage = self._stage
        applied = self.applied(load_factor, solution)
        values = self.responses(solution)
        if stage.way.rate == 0.0:  # muscles have been set: full load is told of as it is with these
            self.rows.pop()
            self.levels.pop()
        self.levels.append(level_fields(self._segment, solution.x, stage.way(load_factor), stage.branch == LOADING))
        self.rows.append(curve_row(self._name, len(self.rows), stage.branch, stage.way(load_factor), applied, values))

    def _since(self, load_factor: float, solution: Solution) -> tuple[float, float]:
        """Work of the loads and energy lost over rims since the last step, N·mm."""
        work = work_between(self._stage.loads.items, self._load, self._last, load_factor, solution)
        before, after = self._last.x, solution.x
        return work, sum(contact.faded_energy(before, after) for contact in self._segment.all_contacts)

    def _stored(self, solution: Solution) -> float:
        passive = {item.name for item in self._segment.items}
        in_segment = sum(energy for name, energy in solution.residual.energies.items() if name in passive)
        return in_segment + sum(item.stored(solution.x) for item in self._stage.loads.items)

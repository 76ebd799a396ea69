"""What a load case leaves behind as it is solved: a row per accepted step, and its energy balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.analysis.checks import ENERGY_LIMIT, PathWork
from fem_lumbar.analysis.kinematics import level_rotations
from fem_lumbar.analysis.outputs import curve_row, quantities
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.newton import Newton, Solution

_STEP_SHARE = 0.5
"""Share of the allowed error of the work along a path that one step may make."""

_WORK_EXPONENT = 1.3
"""Work grows with this power of the load fraction at least: 2 for a linear spine, 1.4 as measured in extension."""


class CaseRecorder:
    """Receives the equilibria of a path in order, the first one without load.

    Parameters
    ----------
    name : str
        Load case.
    scenario : Scenario
        Scenario it belongs to.
    segment : Segment
        Model.
    loads : Loads
        Loads of the case.
    newton : Newton
        Solver that found the equilibria.
    """

    def __init__(self, name: str, scenario: Scenario, segment: Segment, loads: Loads, newton: Newton) -> None:
        self.rows: list[dict[str, Any]] = []
        self._name, self._scenario, self._segment, self._loads, self._newton = name, scenario, segment, loads, newton
        self._work = PathWork()
        self._lost_at_rims = 0.0
        self._unloaded: Solution | None = None
        self._last: Solution | None = None
        self._neutral: dict[str, np.ndarray] = {}

    def on_step(self, load: float, solution: Solution) -> None:
        """Record an accepted step at a load fraction."""
        if self._unloaded is None:
            self._unloaded = self._last = solution
            self._neutral = level_rotations(self._segment, solution.x)
        advance, lost = self._since(solution)
        self._work.add(load, advance, self._slope(solution))
        self._lost_at_rims += lost
        self._last = solution
        values = self.quantities(load, solution)
        self.rows.append(curve_row(self._name, len(self.rows), load, self._loads, values))

    def resolves(self, load: float, solution: Solution) -> bool:
        """Whether a step to a load fraction would tell the work along it well enough for the check of the whole.

        The work at full load is foreseen from this step as that of a stiffening spine.
        """
        advance, lost = self._since(solution)
        work = self._work.with_step(load, advance, self._slope(solution))
        done = work.total_Nmm()
        stored = self._stored(solution) - self._stored(self._last)
        foreseen = abs(done) / load**_WORK_EXPONENT
        return abs(done - self._work.total_Nmm() - stored - lost) <= _STEP_SHARE * ENERGY_LIMIT * foreseen

    def _since(self, solution: Solution) -> tuple[float, float]:
        """What the full loads would have done since the last step, and the energy lost over rims, N·mm."""
        before, after = self._last.x, solution.x
        advance = sum(item.advance(before, after) for item in self._loads.items)
        return advance, sum(contact.faded_energy(before, after) for contact in self._segment.contacts.values())

    def _slope(self, solution: Solution) -> float:
        """Work of the full loads per load fraction, N·mm."""
        return float(self._newton.load_forces(solution.x) @ solution.rate)

    def quantities(self, load: float, solution: Solution) -> dict[str, Any]:
        """Mechanical quantities of a state, with rotations counted from the unloaded equilibrium."""
        return quantities(self._scenario, self._segment, self._loads, solution, load, self._neutral)

    def energies(self, final: Solution) -> tuple[float, float, float]:
        """External work, stored energy and energy lost at facet rims since the unloaded equilibrium, N·mm."""
        return self._work.total_Nmm(), self._stored(final) - self._stored(self._unloaded), self._lost_at_rims

    def _stored(self, solution: Solution) -> float:
        passive = {item.name for item in self._segment.items}
        return sum(energy for name, energy in solution.residual.energies.items() if name in passive)

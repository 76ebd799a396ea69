"""A load that is held: equilibria in time while the discs relax.

Each time step is an equilibrium of its own, with what the stress has lost by its end as one more item beside the elastic
model. Loads have come on at once: on the time scale of the branches loading takes no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fem_lumbar.foundation.numerics import HOLD_FIRST_STEP, HOLD_HALVINGS, HOLD_STEP_GROWTH
from fem_lumbar.measures.check import check
from fem_lumbar.measures.checks import FORCE_FLOOR_N, FORCE_LIMIT, global_residual
from fem_lumbar.measures.entries import CheckEntry
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.relaxing_solid import RelaxingSolid
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.simulation.recorder import CaseRecorder
from fem_lumbar.solver.events import Report
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution

class HeldCase:
    """What is told of a held load, a row for each time, the first one at full load.

    Parameters
    ----------
    segment : Segment
        Model.
    loads : Loads
        The loads that are held.
    recorder : CaseRecorder
        Of the case.
    full : Solution
        Equilibrium at full load.
    """

    def __init__(self, segment: Segment, loads: Loads, recorder: CaseRecorder, full: Solution) -> None:
        self._segment, self._loads, self._recorder = segment, loads, recorder
        self._off_N = 0.0
        self.rows: list[dict[str, Any]] = []
        self.on_time(0.0, full)

    def on_time(self, time_s: float, solution: Solution) -> None:
        """Add the equilibrium at a time."""
        applied = self._recorder.applied(1.0, solution)
        self.rows.append({"time_s": time_s, "applied": applied, **self._recorder.responses(solution)})
        forces = solution.residual.item_forces
        off, _ = global_residual(self._segment, self._loads, solution.x, 1.0, forces)
        self._off_N = max(self._off_N, float(np.linalg.norm(off)))
        self._size_N = self._loads.size_N(solution.x, 1.0)

    def check(self) -> CheckEntry:
        """Largest unbalanced force of the whole segment at any time."""
        return check(self._off_N, max(FORCE_LIMIT * self._size_N, FORCE_FLOOR_N), "N")


OnTime = Callable[[float, Solution], None]
"""Receives the equilibrium at a time, s."""


def time_steps(duration_s: float, shortest_s: float, refined: int = 1) -> np.ndarray:
    """Time steps (n,), s, that grow from a part of the shortest relaxation time and end at the duration.

    ``refined`` divides each of them.
    """
    first, growth = HOLD_FIRST_STEP * shortest_s, HOLD_STEP_GROWTH
    count = max(1, int(np.ceil(np.log1p(duration_s * (growth - 1.0) / first) / np.log(growth))))
    steps = growth ** np.arange(count)
    return np.repeat(duration_s * steps / steps.sum() / refined, refined)


def hold(
    case: str,
    discs: list[RelaxingSolid],
    x: np.ndarray,
    steps_s: np.ndarray,
    new_newton: Callable[[Sequence[Item]], Newton],
    on_time: OnTime,
    report: Report,
) -> str | None:
    """Equilibria while the full load of a case is held.

    Parameters
    ----------
    case : str
        Name shown in progress.
    discs : list of RelaxingSolid
        Just loaded.
    x : (n_dofs,)
        Equilibrium at full load.
    steps_s : (n,)
        Time steps, s; one that does not converge is halved.
    new_newton : callable
        Solver with some more items.
    on_time, report : callable
        Receive each equilibrium and progress.

    Returns
    -------
    str or None
        Why it stopped short, or None.
    """
    end_s, time_s = float(steps_s.sum()), 0.0
    left = [float(step) for step in reversed(steps_s)]
    shortest = min(left) / 2**HOLD_HALVINGS
    while left:
        step_s = left.pop()
        report(f"{case}: held for {time_s:.3g} of {end_s:.4g} s")
        try:
            found = new_newton([disc.over(step_s) for disc in discs]).solve(x, 1.0)
        except NotConverged as failure:
            if step_s / 2 < shortest:
                return f"the load was held for {time_s:.3g} of {end_s:.4g} s: {failure}"
            left += [step_s / 2, step_s / 2]
            continue
        discs = [disc.after(step_s, found.x) for disc in discs]
        time_s, x = time_s + step_s, found.x
        on_time(time_s if left else end_s, found)
    return None

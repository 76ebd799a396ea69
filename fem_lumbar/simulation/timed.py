"""Loads in time: held at full load, or in cycles to both sides, while the discs relax.

Each time step is an equilibrium, with the stress lost by its end as additional items of the elastic model. Where a
scenario gives no loading time, the load is applied instantaneously.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from fem_lumbar.foundation.numerics import CYCLES, TIME_FIRST_STEP, TIME_HALVINGS, TIME_STEP_GROWTH, TIMED_LEVELS
from fem_lumbar.measures.check import check
from fem_lumbar.measures.checks import FORCE_FLOOR_N, FORCE_LIMIT, global_residual
from fem_lumbar.measures.cycle import cycle_measures
from fem_lumbar.measures.entries import CheckEntry
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.relaxing_solid import RelaxingSolid
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.simulation.recorder import CaseRecorder
from fem_lumbar.solver.events import Report
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution


class TimeStep(NamedTuple):
    """A time step, s, over which the load changes linearly to the load factor at its end."""

    duration_s: float
    load_factor: float


def held_steps(duration_s: float, shortest_s: float) -> list[TimeStep]:
    """Steps of a held load: they grow from a fraction of the shortest relaxation time and end at the duration."""
    first, growth = TIME_FIRST_STEP * shortest_s, TIME_STEP_GROWTH
    count = max(1, int(np.ceil(np.log1p(duration_s * (growth - 1.0) / first) / np.log(growth))))
    sizes = growth ** np.arange(count)
    return [TimeStep(float(size), 1.0) for size in duration_s * sizes / sizes.sum()]


def loading_steps(loading_s: float) -> list[TimeStep]:
    """From no load to full load, at a constant rate."""
    return [TimeStep(loading_s / TIMED_LEVELS, (i + 1) / TIMED_LEVELS) for i in range(TIMED_LEVELS)]


def cycle_steps(period_s: float, cycles: int) -> list[TimeStep]:
    """Cycles from no load to full load, to full load in the opposite direction and back, at a constant rate."""
    quarter = np.arange(1, TIMED_LEVELS + 1) / TIMED_LEVELS
    levels = np.concatenate([quarter, quarter[::-1][1:], [0.0], -quarter, -quarter[::-1][1:], [0.0]])
    return [TimeStep(period_s / len(levels), float(level)) for level in np.tile(levels, cycles)]


class TimedCase:
    """A load case in time, with a row of results for each time step.

    Parameters
    ----------
    name : str
        Load case.
    segment : Segment
        Model.
    loads : Loads
        Loads of its last stage.
    recorder : CaseRecorder
        Recorder of the case.
    new_newton : callable
        Makes a solver under these loads with additional items.
    report : callable
        Receives progress events.
    """

    def __init__(
        self,
        name: str,
        segment: Segment,
        loads: Loads,
        recorder: CaseRecorder,
        new_newton: Callable[[Sequence[Item]], Newton],
        report: Report,
    ) -> None:
        self._name, self._segment, self._loads, self._recorder = name, segment, loads, recorder
        self._new_newton, self._report = new_newton, report
        self._rows: list[dict[str, Any]] = []
        self._work_Nmm: list[float] = []
        self._off_N = self._size_N = 0.0

    def held(
        self, discs: list[RelaxingSolid], start: Solution, loading_s: float | None, duration_s: float | None
    ) -> tuple[str | None, dict[str, Any]]:
        """Hold full load: why that stopped early, or None, and the summary entry.

        Parameters
        ----------
        discs : list of RelaxingSolid
            Discs in the state ``start``.
        start : Solution
            Full load applied instantaneously, or, with ``loading_s``, the state in which loading begins.
        loading_s, duration_s : float, optional
            Times of loading and holding, s.
        """
        steps = [] if loading_s is None else loading_steps(loading_s)
        if duration_s is not None:
            steps += held_steps(duration_s, min(disc.relaxation.times_s.min() for disc in discs))
        reason = self._march(discs, start, 1.0 if loading_s is None else 0.0, steps)
        return reason, {"loading_s": loading_s, "duration_s": duration_s, "end": self._rows[-1], "history": self._rows}

    def cycled(
        self, discs: list[RelaxingSolid], start: Solution, period_s: float, cycles: int | None
    ) -> tuple[str | None, dict[str, Any]]:
        """Apply load cycles from the state in which the last stage begins; returns as :meth:`held`."""
        cycles = cycles or CYCLES
        reason = self._march(discs, start, 0.0, cycle_steps(period_s, cycles))
        found = {} if reason is not None else cycle_measures(self._rows, self._work_Nmm)
        if self._loads.motions:
            found.pop("neutral_zone_deg", None)  # the motion is zero in the middle, not the load
        return reason, {"period_s": period_s, "cycles": cycles, **found, "history": self._rows}

    def check(self) -> CheckEntry:
        """Largest unbalanced force of the whole segment at any time."""
        return check(self._off_N, max(FORCE_LIMIT * self._size_N, FORCE_FLOOR_N), "N")

    def _march(self, discs: list[RelaxingSolid], start: Solution, at: float, steps: list[TimeStep]) -> str | None:
        """Solve the steps in turn from an equilibrium at a load factor; one that does not converge is halved."""
        end_s, time_s, last = sum(step.duration_s for step in steps), 0.0, start
        left, shortest = steps[::-1], min(step.duration_s for step in steps) / 2**TIME_HALVINGS
        self._tell(time_s, at, last)
        while left:
            step = left.pop()
            self._report(f"{self._name}: {self._told()}, {time_s:.3g} of {end_s:.4g} s")
            newton = self._new_newton([disc.over(step.duration_s) for disc in discs])
            try:
                guess = newton.predictor.extrapolated([(at, last)], step.load_factor)
                found = newton.solve(guess, step.load_factor)
            except NotConverged as failure:
                half_s = step.duration_s / 2
                if half_s < shortest:
                    return f"stopped after {time_s:.3g} of {end_s:.4g} s: {failure}"
                left += [TimeStep(half_s, step.load_factor), TimeStep(half_s, 0.5 * (at + step.load_factor))]
                continue
            discs = [disc.after(step.duration_s, found.x) for disc in discs]
            work = self._work(at, last, step.load_factor, found)
            time_s, at, last = time_s + step.duration_s, step.load_factor, found
            self._tell(time_s if left else end_s, at, last, work)
        self._report(f"{self._name}: {self._told()} after {end_s:.4g} s")
        return None

    def _told(self) -> str:
        """Rotations of the last row in words."""
        rotations = self._rows[-1]["rotation_deg"]
        return ", ".join(f"{joint} {max(of.values(), key=abs):.3g}°" for joint, of in rotations.items())

    def _tell(self, time_s: float, load_factor: float, solution: Solution, work: float = 0.0) -> None:
        """Record the equilibrium at a time, and the work of the loads in the step before it, N·mm."""
        self._work_Nmm.append(work)
        applied = self._recorder.applied(load_factor, solution)
        told = {"time_s": time_s, "load_factor": load_factor, "applied": applied}
        self._rows.append(told | self._recorder.responses(solution))
        forces = solution.residual.item_forces
        off, _ = global_residual(self._segment, self._loads, solution.x, load_factor, forces)
        self._off_N = max(self._off_N, float(np.linalg.norm(off)))
        self._size_N = max(self._size_N, self._loads.size_N(solution.x, load_factor))

    def _work(self, at: float, before: Solution, to: float, after: Solution) -> float:
        """Work of the loads in a step, N·mm; its error cancels over an elastic cycle."""
        return sum(
            0.5 * (item.intensity(before.x, at) + item.intensity(after.x, to)) * item.advance(before.x, after.x)
            for item in self._loads.items
        )

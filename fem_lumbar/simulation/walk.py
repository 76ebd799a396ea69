"""A load case on its way through its stages: loading to full load, and unloading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fem_lumbar.mechanics.load import Ramp
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.stages import Stage, unloading_stages
from fem_lumbar.simulation.known_paths import EARLIER_RUN, UNLOADED, KnownPaths
from fem_lumbar.simulation.recorder import CaseRecorder
from fem_lumbar.solver.events import Event, Report, StepEvent
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import NotConverged, Solution
from fem_lumbar.solver.stepping import KnownState, Path, Stepping, follow_load

_REMEDY = (
    "try less load, softer or stiffer values of the named tissue, follower_first if a follower load is combined with a "
    "moment, or another mesh density"
)


class Walk:
    """Follows the path of a load case and counts iterations, steps and factorisations.

    Parameters
    ----------
    case : str
        Load case.
    stages : sequence of Stage
        From the unloaded state to full load.
    new_newton : callable
        Makes a solver for given loads, which replaces the previous one.
    stepping : Stepping
        Step sizes of a stage.
    recorder : CaseRecorder
        Receives the equilibria.
    known : KnownPaths
        Load paths for warm starts.
    report : callable
        Receives progress events.
    set_muscles : callable, optional
        Returns the loads with muscles set in the posture of a state (n_dofs,), for cases that set them at full load.

    Attributes
    ----------
    stage, newton
        The last stage of :meth:`up` and its solver.
    begun : Solution
        The equilibrium at which that stage begins.
    started_from : str
        Source of the warm start, see :mod:`fem_lumbar.simulation.known_paths`.
    iterations, steps : int
        Newton iterations and accepted steps so far.
    """

    def __init__(
        self,
        case: str,
        stages: Sequence[Stage],
        new_newton: Callable[[Loads], Newton],
        stepping: Stepping,
        recorder: CaseRecorder,
        known: KnownPaths,
        report: Report,
        set_muscles: Callable[[np.ndarray], Loads] | None = None,
    ) -> None:
        self._case, self._stages, self._new_newton = case, list(stages), new_newton
        self._stepping, self._recorder, self._known, self._report = stepping, recorder, known, report
        self._set_muscles = set_muscles
        self._solvers: list[Newton] = []
        self._levels: list[tuple[float, ...]] = []
        self.stage = stages[0]
        self._path: Path | None = None
        self.begun: Solution
        self.started_from = UNLOADED
        self.iterations = self.steps = 0

    def up(
        self, unloaded: Callable[[Newton, Sequence[KnownState]], Solution], tell: Callable[[Solution], None]
    ) -> None:
        """Load to full load, or as far as it converges.

        Parameters
        ----------
        unloaded : callable
            Equilibrium without load, with its rate under the loads of a solver, warm-started from known states.
        tell : callable
            Receives the state at full load where it is found before the intermediate levels.

        Raises
        ------
        NotConverged
            If there is no equilibrium without load.
        """
        for index, stage in enumerate(self._stages):
            known, origin = self._known.find(self._case, index, stage.loads)
            self.started_from = self.started_from if index else origin
            try:
                stage, start = self._start(stage, unloaded, known)
            except NotConverged as failure:
                if self._path is None:
                    raise
                self._path.reason = f"the next load stage could not be started: {failure}"
                self._solver(self.stage.loads)  # that of the stage which has the last state
                return
            self.stage = self._stages[index] = stage
            self._recorder.begin(stage, start)
            self.begun = start
            if origin == EARLIER_RUN and stage.reaches_full_load and self._set_muscles is None:
                known = self._full_load_first(start, known, tell)
            accepted: list[KnownState] = []
            self._path = path = self._follow(stage, start, self._stepping, accepted, known, self._recorder.resolves)
            self._known.keep(self._case, index, stage.loads, accepted)
            self._levels.append(tuple(state.load_factor for state in accepted))
            if path.reason is not None:
                shortest = f"steps down to {self._stepping.minimum:g} of the load were tried"
                path.reason = f"{path.reason}; {shortest}; {_REMEDY}"
                return
        if self._set_muscles is not None:
            self._react(self._set_muscles(self.path.solution.x))

    @property
    def path(self) -> Path:
        """Outcome of the last stage of :meth:`up`."""
        if self._path is None:
            raise RuntimeError("the path of a load case is known after up()")
        return self._path

    def back(self, full: Solution) -> str | None:
        """Unload from the state at full load through the same levels; why that stopped early, or None.

        Every state starts from the previous one on this branch, never from the loading branch.
        """
        start = full
        for stage, levels in zip(unloading_stages(self._stages), reversed(self._levels), strict=True):
            stepping = replace(self._stepping, initial=1.0, levels=tuple(1.0 - load for load in reversed(levels)))
            try:
                start = self._solver(stage.loads).restart(start.x, 0.0)
                self._recorder.begin(stage, start)
                path = self._follow(stage, start, stepping, [])
            except NotConverged as failure:
                return f"unloading could not be started: {failure}"
            if path.reason is not None:
                return f"unloading stopped at {stage.way(path.load_factor):.1%} of the load: {path.reason}"
            start = path.solution
        return None

    def effort(self) -> dict[str, int]:
        """Steps, iterations and factorisations so far."""
        factorisations = sum(newton.factorisations for newton in self._solvers)
        return {"steps": self.steps, "iterations": self.iterations, "factorisations": factorisations}

    def kept_pairs(self) -> int:
        """Number of load levels on which contact pairs were frozen."""
        return sum(newton.kept_pairs for newton in self._solvers)

    def timing_s(self) -> dict[str, float]:
        """Seconds by phase of solving."""
        return dict(sum((Counter(newton.clock.seconds()) for newton in self._solvers), Counter()))

    def _solver(self, loads: Loads) -> Newton:
        self.newton = self._new_newton(loads)
        self._solvers.append(self.newton)
        return self.newton

    def _react(self, loads: Loads) -> None:
        """Replace the loads by those with muscles set at full load, and solve full load with them."""

        def show(iteration: int, residual: float) -> None:
            self._report(StepEvent(self._case, self.steps, iteration, 1.0, residual, "iteration"))

        path, full = self.path, Ramp(1.0, 1.0)
        stage = Stage(loads.during(full, full), full)
        try:
            found = self._solver(stage.loads).solve(path.solution.x, 1.0, show)
        except NotConverged as failure:
            path.reason = f"muscles could not be set at full load: {failure}"
            self._solver(self.stage.loads)  # that of the stage which has the last state
            return
        self.stage = stage
        self._recorder.begin(stage, path.solution)
        self._recorder.on_step(1.0, found)
        path.solution = found
        self.iterations += len(found.history) - 1

    def _start(
        self,
        stage: Stage,
        unloaded: Callable[[Newton, Sequence[KnownState]], Solution],
        known: Sequence[KnownState],
    ) -> tuple[Stage, Solution]:
        """A stage with its motions counted from its start, and the start with its rate under the loads of the stage."""
        before = None if self._path is None else self._path.solution
        if stage.loads.motions:
            if before is None:
                before = unloaded(self._solver(Loads()), known[:1])  # nothing is held before it is moved
            stage = stage.starting_at(before.x)
        newton = self._solver(stage.loads)
        if known:
            newton.linearisation.extend_pattern(known[-1].x)
        return stage, unloaded(newton, known[:1]) if before is None else newton.restart(before.x, 0.0)

    def _full_load_first(
        self, start: Solution, known: list[KnownState], tell: Callable[[Solution], None]
    ) -> list[KnownState]:
        """The known path with its end replaced by this case's own full load.

        The result is thus reported before the intermediate levels are solved, which takes most of the time.
        """
        newton, last = self.newton, known[-1]
        if last.load_factor != 1.0:
            return known
        found = newton.confirmed(last.x, 1.0, last.rate)
        try:
            found = found or newton.solve(newton.predictor.advance(last.x, [start.x - known[0].x], 1.0), 1.0)
        except NotConverged:
            return known
        tell(found)
        self.iterations += len(found.history) - 1
        return [*known[:-1], KnownState(1.0, found.x, found.rate)]

    def _follow(
        self,
        stage: Stage,
        start: Solution,
        stepping: Stepping,
        accepted: list[KnownState],
        known: Sequence[KnownState] = (),
        resolves: Callable[[float, Solution], bool] = lambda load, solution: True,
    ) -> Path:
        """Follow a stage; its equilibria are recorded and appended to ``accepted``."""
        before = self.steps

        def on_step(load_factor: float, solution: Solution) -> None:
            self._recorder.on_step(load_factor, solution)
            accepted.append(KnownState(load_factor, solution.x, solution.rate))

        def show(event: Event) -> None:
            if isinstance(event, StepEvent):
                event = replace(event, step=before + event.step, load_fraction=stage.way(event.load_fraction))
            self._report(event)

        path = follow_load(self.newton, start, stepping, on_step, show, self._case, known, resolves)
        self.steps += path.steps
        self.iterations += path.iterations
        return path

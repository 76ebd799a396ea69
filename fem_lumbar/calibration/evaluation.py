"""Evaluations of the model: load cases solved in parallel, each kept on disk so that an interrupted fit goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from typing_extensions import Self

import fem_lumbar
from fem_lumbar.analysis.quantities import numbers
from fem_lumbar.calibration.problem import Target
from fem_lumbar.errors import FemLumbarError, InputError
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.study.json_values import plain, write_json
from fem_lumbar.study.paths import unwritable
from fem_lumbar.study.run import Engine
from fem_lumbar.study.workers import Crew, Outcome

if TYPE_CHECKING:
    from fem_lumbar.study.simulation import CaseResult


_MANY, _LINES = 10, 5
"""From how many load cases on their progress is told, and in how many lines."""


@dataclass(frozen=True)
class Answer:
    """What the model says in one load case.

    Attributes
    ----------
    reason : str or None
        Why the case failed; None when it converged.
    values : dict
        Results at full load by dotted name.
    curve : list of dict
        Results by dotted name at each load step, with its loads and prescribed motions.
    failed_checks : tuple of str
        Checks of the case that are out of tolerance.
    """

    reason: str | None
    values: dict[str, float]
    curve: list[dict[str, float]]
    failed_checks: tuple[str, ...] = ()

    def at(self, target: Target) -> float:
        """The quantity of a target; NaN where the case failed.

        Along the load curve it is that of the way to the highest load. Where the follower load comes first, a moment
        of 0 is the moment before the moment begins.

        Raises
        ------
        InputError
            When the model gives no such quantity, or not at that load.
        """
        if self.reason is not None:
            return float("nan")
        if target.load is None:
            known: Mapping[str, float] = self.values
        else:
            known = self.curve[-1]
        if target.quantity not in known:
            near = nearest_names(target.quantity, known)
            meant = f"\n    did you mean {near}?" if near else ""
            where = "at full load" if target.load is None else "along the load curve"
            names = [name for name in known if name.split(".")[0] == target.quantity.split(".")[0]] or known
            raise InputError(
                f"target {target.id}: load case '{target.case}' has no {target.quantity} {where}\n"
                f"    there are: {listed(names)}{meant}"
            )
        if target.load is None:
            return self.values[target.quantity]
        value = self._along(target, target.at)
        return value if target.since is None else value - self._along(target, target.since)

    def _along(self, target: Target, load: float) -> float:
        loads = np.array([row.get(target.load, 0.0) for row in self.curve])
        last = int(loads.argmax())  # what follows is unloading
        if load > loads[last] * (1 + 1e-9):
            raise InputError(
                f"target {target.id}: read at {target.load} {load:g}, "
                f"but load case '{target.case}' ends at {loads[last]:g}"
            )
        loading = range(last + 1)
        rows = {loads[i]: i for i in (loading if target.load == "moment_Nm" else reversed(loading))}
        at = sorted(rows)
        values = [self.curve[rows[one]][target.quantity] for one in at]
        return float(PchipInterpolator(at, values)(min(load, at[-1])))


class Evaluations:
    """Answers of the model by scenario and load case; what was solved before is read, not solved again.

    Used as a context manager, so that worker processes end with it.

    Parameters
    ----------
    folder : Path
        Where answers are kept, a small file each.
    engine : Engine
        What meshes and simulates.
    jobs : int
        Processes; with 1 everything is solved in this one.
    say : callable, optional
        Takes a line now and then on how many load cases are solved.
    """

    def __init__(self, folder: Path, engine: Engine, jobs: int = 1, say: Callable[[str], None] | None = None) -> None:
        self._folder, self._engine, self._jobs = folder, engine, jobs
        self._say = say or _silent
        self._crew = Crew(_nothing, partial(_solve, engine=engine), jobs) if jobs > 1 else None
        self.solved = 0
        self.reused = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def __enter__(self) -> Self:
        if self._crew is not None:
            self._crew.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._crew is not None:
            self._crew.__exit__(kind, error, traceback)

    def answers(self, scenarios: Sequence[Scenario]) -> list[dict[str, Answer]]:
        """Answers by load case for each scenario; those that are not known yet are solved."""
        places = {(i, case): self._place(s, case) for i, s in enumerate(scenarios) for case in s.load_cases}
        found = {key: answer for key, place in places.items() if (answer := _kept(place)) is not None}
        self.reused += len(found)
        todo: list[_Task] = []
        for i, scenario in enumerate(scenarios):
            missing = tuple(case for case in scenario.load_cases if (i, case) not in found)
            parts = max(1, self._jobs // len(scenarios))
            todo += [_Task(i, scenario, missing[k::parts]) for k in range(parts) if missing[k::parts]]
        cases = sum(len(task.cases) for task in todo)
        for done, outcome in enumerate(self._outcomes(todo), start=1):
            if cases >= _MANY and done % (cases // _LINES) == 0:
                self._say(f"    {done} of {cases} load cases solved")
            task = outcome.task
            if isinstance(outcome.error, InputError):
                raise outcome.error
            if outcome.error is not None:
                failed = Answer(str(outcome.error), {}, [])
                found |= {(task.index, case): failed for case in task.cases if (task.index, case) not in found}
                continue
            case, answer = outcome.result
            self.solved += 1
            found[task.index, case] = answer
            self._keep(places[task.index, case], answer)
        return [{case: found[i, case] for case in s.load_cases} for i, s in enumerate(scenarios)]

    def _outcomes(self, tasks: list[_Task]) -> Iterator[Outcome[_Task]]:
        if self._crew is not None:
            yield from self._crew.run(tasks)
            return
        for task in tasks:
            try:
                for result in _solve(None, task, _silent, engine=self._engine):
                    yield Outcome(task, result=result)
            except FemLumbarError as error:
                yield Outcome(task, error=error)

    def _place(self, scenario: Scenario, case: str) -> Path:
        alone = scenario.model_copy(update={"load_cases": {case: scenario.load_cases[case]}})
        return self._folder / f"{case}-{alone.sha256[:24]}.json"

    def _keep(self, place: Path, answer: Answer) -> None:
        content = {
            "version": fem_lumbar.__version__,
            "reason": answer.reason,
            "values": answer.values,
            "curve": answer.curve,
            "failed_checks": answer.failed_checks,
        }
        try:
            write_json(place, content)
        except OSError as error:
            raise unwritable(self._folder, error) from error


@dataclass(frozen=True)
class _Task:
    index: int
    scenario: Scenario
    cases: tuple[str, ...]


def _silent(event: Any) -> None:
    """Take an event and tell nobody."""


def _nothing(_: Any) -> None:
    """A worker needs nothing prepared: every point is a model of its own."""


def _solve(_: None, task: _Task, report: Callable[[Any], None], *, engine: Engine) -> Iterator[tuple[str, Answer]]:
    """Solve the load cases of a task one after the other."""
    mesh = engine.mesh(task.scenario, lambda stage: None)
    simulation = engine.simulation(task.scenario, mesh)
    for case in task.cases:
        yield case, _answer(simulation.run_case(case, report))


def _answer(result: CaseResult) -> Answer:
    values = {".".join(path): value for path, value in numbers(plain(result.summary)).items()}
    curve = [
        {key: value for key, value in row.items() if isinstance(value, int | float)} for row in plain(result.curves)
    ]
    reason = None if result.status == "converged" else result.reason or result.status
    failed = tuple(name for name, found in result.summary.get("checks", {}).items() if not found["passed"])
    return Answer(reason, values, curve, failed)


def _kept(place: Path) -> Answer | None:
    """An answer solved by this version of the program; None when there is none, or one that is cut off."""
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        if content["version"] != fem_lumbar.__version__:
            return None
        return Answer(content["reason"], content["values"], content["curve"], tuple(content["failed_checks"]))
    except (OSError, ValueError, KeyError):
        return None

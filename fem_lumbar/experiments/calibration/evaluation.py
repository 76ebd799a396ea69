"""Evaluations of the model: load cases solved in parallel; each is stored, so that an interrupted fit can continue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator
from typing_extensions import Self

from fem_lumbar.experiments.calibration.problem import Target
from fem_lumbar.experiments.calibration.slopes import Derive, target_slopes
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.json_values import plain, write_json
from fem_lumbar.measures.quantities import numbers
from fem_lumbar.runs.batch import batch
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.paths import unwritable
from fem_lumbar.runs.provenance import is_current, made_by
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.solver.events import Report, silent

if TYPE_CHECKING:
    from fem_lumbar.simulation.case_result import CaseResult


DERIVATIVES = "derivatives"
"""Subfolder for derivatives in the folder of answers."""

_MANY, _LINES = 10, 5
"""Number of load cases above which progress is printed, and the number of progress lines."""


@dataclass(frozen=True)
class Answer:
    """Results of one load case.

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
        """Value of the quantity of a target; NaN if the case failed.

        A value on the load curve is taken on the loading branch up to the highest load. If the follower load is applied
        first, a moment of 0 is the state before the moment is applied.

        Raises
        ------
        InputError
            When the results lack the quantity, or do not reach that load.
        """
        if self.reason is not None:
            return float("nan")
        known: Mapping[str, float] = self.values if target.load is None else self.curve[-1]
        if target.quantity not in known:
            near = nearest_names(target.quantity, known)
            meant = f"\n    did you mean {near}?" if near else ""
            where = "at full load" if target.load is None else "along the load curve"
            names = [name for name in known if name.split(".")[0] == target.quantity.split(".")[0]] or known
            raise InputError(
                f"target {target.id}: load case '{target.case}' has no {target.quantity} {where}\n"
                f"    there are: {listed(names)}{meant}"
            )
        if target.load is None or target.at is None:
            return self.values[target.quantity]
        value = self._along(target, target.load, target.at)
        return value if target.since is None else value - self._along(target, target.load, target.since)

    def _along(self, target: Target, column: str, load: float) -> float:
        """Value of the quantity, a column of the curve, at a load."""
        loads = np.array([row.get(column, 0.0) for row in self.curve])
        last = int(loads.argmax())  # the rest is unloading
        if load > loads[last] * (1 + 1e-9):
            raise InputError(
                f"target {target.id}: read at {column} {load:g}, but load case '{target.case}' ends at {loads[last]:g}"
            )
        loading = range(last + 1)
        rows = {loads[i]: i for i in (loading if column == "moment_Nm" else reversed(loading))}
        at = sorted(rows)
        values = [self.curve[rows[one]][target.quantity] for one in at]
        return float(PchipInterpolator(at, values)(min(load, at[-1])))


class Evaluations:
    """Results of the model by scenario and load case; stored results are read instead of solved again.

    Used as a context manager, which shuts down its worker processes.

    Parameters
    ----------
    folder : Path
        Folder of the stored answers, a small file each.
    engine : Engine
        Provides meshes and simulations.
    jobs : int
        Number of processes; with 1 everything is solved in the calling process.
    say : callable, optional
        Receives occasional progress lines on the load cases solved.
    derive : callable, optional
        Computes derivatives of results; without it no slopes are available.
    """

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        jobs: int = 1,
        say: Callable[[str], None] | None = None,
        derive: Derive | None = None,
    ) -> None:
        self._folder, self._engine, self._jobs, self._derive = folder, engine, jobs, derive
        self._say = say or silent
        self._executor = local_executor(jobs)
        self.solved = 0
        self.reused = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def __enter__(self) -> Self:
        self._executor.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._executor.__exit__(kind, error, traceback)

    def slopes(self, targets: Sequence[Target], scenario: Scenario, keys: Sequence[str]) -> np.ndarray:
        """Derivatives (m, k) of m targets of a scenario with respect to its values at k keys; NaN if unavailable."""
        if self._derive is None:
            return np.full((len(targets), len(keys)), np.nan)
        folder = self._folder / DERIVATIVES
        return target_slopes(targets, scenario, keys, folder, self._engine, self._derive, self._executor)

    def answers(self, scenarios: Sequence[Scenario]) -> list[dict[str, Answer]]:
        """Answers by load case for each scenario; those not stored are solved."""
        found: list[dict[str, Answer]] = []
        todo: list[_Lot] = []
        for i, scenario in enumerate(scenarios):
            kept = {case: _kept(self._folder, scenario, case) for case in scenario.load_cases}
            found.append({case: answer for case, answer in kept.items() if answer is not None})
            missing = [case for case, answer in kept.items() if answer is None]
            parts = max(1, self._jobs // len(scenarios))
            lots = [tuple(missing[k::parts]) for k in range(parts) if missing[k::parts]]
            todo += [_Lot(i, scenario, lot, self._folder, self._engine) for lot in lots]
        self.reused += sum(map(len, found))
        cases = sum(len(lot.cases) for lot in todo)
        with closing(batch(todo, self._executor)) as outcomes:
            for done, outcome in enumerate(outcomes, start=1):
                if cases >= _MANY and done % (cases // _LINES) == 0:
                    self._say(f"    {done} of {cases} load cases solved")
                lot, known = outcome.task, found[outcome.task.index]
                if isinstance(outcome.error, InputError):
                    raise outcome.error
                if outcome.error is not None:
                    failed = Answer(str(outcome.error), {}, [])
                    known |= {case: failed for case in lot.cases if case not in known}
                    continue
                case, answer = outcome.value()
                self.solved += 1
                known[case] = answer
        return [{case: known[case] for case in s.load_cases} for s, known in zip(scenarios, found, strict=True)]


@dataclass(frozen=True)
class _Lot:
    """Load cases of a scenario without stored answers, solved on one model (see `fem_lumbar.runs.batch.Task`)."""

    index: int
    scenario: Scenario
    cases: tuple[str, ...]
    folder: Path
    engine: Engine

    def current(self) -> None:
        """None: load cases with stored answers have been removed beforehand."""

    def run(self, report: Report) -> Iterator[tuple[str, Answer]]:
        """Solve the load cases one after the other, and store each answer."""
        mesh = self.engine.mesh(self.scenario, silent)
        simulation = self.engine.simulation(self.scenario, mesh)
        for case in self.cases:
            answer = _answer(simulation.run_case(case, report))
            _keep(self.folder, self.scenario, case, answer)
            yield case, answer


def _answer(result: CaseResult) -> Answer:
    values = {".".join(path): value for path, value in numbers(plain(result.summary)).items()}
    curve = [
        {key: value for key, value in row.items() if isinstance(value, int | float)} for row in plain(result.curves)
    ]
    reason = None if result.status == "converged" else result.reason or result.status
    failed = tuple(name for name, found in result.summary.get("checks", {}).items() if not found["passed"])
    return Answer(reason, values, curve, failed)


def _alone(scenario: Scenario, case: str) -> Scenario:
    """A scenario with only one of its load cases."""
    return scenario.model_copy(update={"load_cases": {case: scenario.load_cases[case]}})


def _place(folder: Path, alone: Scenario) -> Path:
    return folder / f"{next(iter(alone.load_cases))}-{alone.sha256[:24]}.json"


def _keep(folder: Path, scenario: Scenario, case: str, answer: Answer) -> None:
    alone = _alone(scenario, case)
    content = {
        "provenance": made_by(alone),
        "reason": answer.reason,
        "values": answer.values,
        "curve": answer.curve,
        "failed_checks": answer.failed_checks,
    }
    try:
        write_json(_place(folder, alone), content)
    except OSError as error:
        raise unwritable(folder, error) from error


def _kept(folder: Path, scenario: Scenario, case: str) -> Answer | None:
    """A current answer, including failures of a load case; None if missing or truncated."""
    alone = _alone(scenario, case)
    try:
        content = json.loads(_place(folder, alone).read_text(encoding="utf-8"))
        if not is_current(content["provenance"], alone):
            return None
        return Answer(content["reason"], content["values"], content["curve"], tuple(content["failed_checks"]))
    except (OSError, ValueError, KeyError):
        return None

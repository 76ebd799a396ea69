"""Processing of points by a worker: scenario, stored results or a run, outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from fem_lumbar.comparison.discretisation_bars import DiscretisationBars, stored_bars
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.runs.execution import Engine, finite_elements, run_scenario
from fem_lumbar.runs.paths import without_private_paths
from fem_lumbar.runs.provenance import made_by
from fem_lumbar.runs.run import load_run
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.variations import Variations
from fem_lumbar.solver.events import Report
from fem_lumbar.studies.factors import Factor, scenario_settings
from fem_lumbar.studies.outputs import OutputValue, outputs_of
from fem_lumbar.studies.store import PointStore, StoreError
from fem_lumbar.studies.study import StudyPoint
from fem_lumbar.studies.table import DONE, FAILED

Solver = Callable[[Scenario, Path, Report], Mapping[str, Any]]
"""Returns the summary of a scenario; the folder is for this run only, does not exist yet, and is removed afterwards."""
BUSY = "busy"
"""Status of a point that is running in another process."""
POSTPONED = "postponed"
"""Status of a point in a batch that took too long, and which was not started."""
PATIENCE_S = 5.0
"""Time limit of a batch, after which its remaining points are returned."""


def solve(scenario: Scenario, folder: Path, report: Report, engine: Engine | None = None) -> Mapping[str, Any]:
    """Run a scenario; each point starts from the unloaded state, so that its results are independent of others."""
    engine = engine or finite_elements(near_earlier_runs=False)
    return load_run(run_scenario(scenario, folder, report, name="run", engine=engine)).summary


@dataclass(frozen=True)
class CaseResult:
    """Stored results of one load case of a point."""

    case: str
    status: str
    reason: str | None = None
    outputs: dict[str, OutputValue] = field(default_factory=dict)


@dataclass(frozen=True)
class PointResult:
    """Outcome of one point.

    Attributes
    ----------
    point : StudyPoint
        The point.
    status : str
        ``done``, ``failed``, ``busy`` or ``postponed``.
    reason : str or None
        Reason of a failure.
    cases : tuple of CaseResult
        Its load cases; empty when it has none.
    wall_s : float
        Time of the solution, s; 0 for stored results.
    overhead_s : float
        Further time spent by the worker, s.
    is_new : bool
        Whether it was solved now, as opposed to read from the store.
    """

    point: StudyPoint
    status: str
    reason: str | None = None
    cases: tuple[CaseResult, ...] = ()
    wall_s: float = 0.0
    overhead_s: float = 0.0
    is_new: bool = False


@dataclass(frozen=True)
class PointWork:
    """Work on points (see `fem_lumbar.runs.executors.Executor`): picklable, and the same for all points of a study.

    Attributes
    ----------
    variations, factors
        Those of the study.
    outputs : tuple of str
        Paths of the stored results.
    store : Path
        Folder of the stored points.
    run : str
        Identifier of this run of the study.
    retry_failed : bool
        Whether points that failed before are repeated.
    solver : Solver
        Runs a scenario.
    """

    variations: Variations
    factors: tuple[Factor, ...]
    outputs: tuple[str, ...]
    store: Path
    run: str
    retry_failed: bool = False
    solver: Solver = solve

    def __call__(self, points: Sequence[StudyPoint], report: Report) -> Iterator[PointResult]:
        """Results of a batch of points, one after the other.

        Raises
        ------
        StoreError
            When results cannot be stored.
        """
        begun = time.monotonic()
        for place, point in enumerate(points):
            if place and time.monotonic() - begun > PATIENCE_S:
                yield PointResult(point, POSTPONED)
            else:
                yield self._result(point, report)

    def _result(self, point: StudyPoint, report: Report) -> PointResult:
        begun = time.perf_counter()
        try:
            scenario = self.variations.at(scenario_settings(self.factors, point.values))
        except FemLumbarError as error:
            return PointResult(point, FAILED, str(error), overhead_s=time.perf_counter() - begun)
        store = PointStore(self.store)
        address = store.address(scenario)
        summary, spent = self._stored(store, address), None
        if summary is None:
            with store.working(address, self.run) as folder:
                if folder is None:
                    return PointResult(point, BUSY)
                summary = self._stored(store, address)  # another process may just have stored it
                if summary is None:
                    started = time.perf_counter()
                    summary = self._solved(scenario, folder, report)
                    spent = time.perf_counter() - started
                    store.put(address, summary)
        result = self._told(point, scenario, summary)
        overhead = time.perf_counter() - begun - (spent or 0.0)
        return PointResult(point, *result, spent or 0.0, overhead, spent is not None)

    def _stored(self, store: PointStore, address: str) -> Mapping[str, Any] | None:
        found = store.get(address)
        return None if found is not None and found["status"] == "failed" and self.retry_failed else found

    def _solved(self, scenario: Scenario, folder: Path, report: Report) -> Mapping[str, Any]:
        """The summary, also of a failure, so that failed points are not repeated automatically."""
        try:
            return dict(self.solver(scenario, folder, report))
        except FemLumbarError as error:
            if isinstance(error.__cause__, OSError):  # the disk is full or lost, which is not a failure of the point
                raise StoreError(str(error)) from error
            reason = str(error)
        except (ArithmeticError, ValueError, LookupError, RuntimeError, AssertionError) as error:
            reason = f"{type(error).__name__}: {error}"
        return {
            "status": "failed",
            "reason": without_private_paths(reason),
            "provenance": made_by(scenario),
            "model": {"density": scenario.mesh.density},
            "load_cases": {},
        }

    def _told(
        self, point: StudyPoint, scenario: Scenario, summary: Mapping[str, Any]
    ) -> tuple[str, str | None, tuple[CaseResult, ...]]:
        """Status, reason and load cases from a summary."""
        bars = _bars().of_model(
            {
                "anatomy": {"source": scenario.anatomy.source},
                "segment": {"bodies": scenario.segment.bodies},
                "structures": scenario.structures.model_dump(mode="json", exclude={"joints"}),
            }
        )
        outputs = outputs_of(summary, self.outputs, bars)
        cases = []
        for name, entry in summary["load_cases"].items():
            converged = entry["status"] == "converged"
            wrong = [check for check, found in entry.get("checks", {}).items() if not found["passed"]]
            reason = entry.get("reason") or (f"out of tolerance: {', '.join(wrong)}" if wrong else None)
            status = DONE if converged and not wrong else FAILED
            cases.append(CaseResult(name, status, reason, outputs.get(name, {}) if status == DONE else {}))
        status = DONE if summary["status"] == "completed" else FAILED
        return status, summary.get("reason") if status == FAILED else None, tuple(cases)


@cache
def _bars() -> DiscretisationBars:
    """The stored error bars, cached per process."""
    return stored_bars()

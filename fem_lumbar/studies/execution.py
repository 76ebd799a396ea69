"""Execution of a study: points without stored results are run, and the table is written as results arrive."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import fem_lumbar
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.runs.executors import Executor, Report
from fem_lumbar.runs.paths import check_writable, unwritable
from fem_lumbar.runs.provenance import PACKAGES, program_sha256
from fem_lumbar.solver.events import silent
from fem_lumbar.studies.factors import Factor
from fem_lumbar.studies.manifest import Manifest
from fem_lumbar.studies.progress import ProgressLog
from fem_lumbar.studies.rows import StudyRows, named_outputs
from fem_lumbar.studies.solving import BUSY, POSTPONED, PointResult, PointWork, Solver, solve
from fem_lumbar.studies.store import PointStore, StoreError
from fem_lumbar.studies.study import Study, StudyPoint
from fem_lumbar.studies.table import FAILED
from fem_lumbar.studies.words import is_number

STORE = "points"
"""Folder of stored points, beside the folders of studies."""
WINDOW = 1000
"""Number of points that are sorted at a time."""
BATCH_S, LARGEST_BATCH = 2.0, 100
"""Quick points are assigned in batches: expected time of a batch, and its largest size."""
_POLL_S = 2.0
"""Interval between checks for points that another process is running."""


def run_study(
    study: Study,
    folder: Path,
    executor: Executor,
    *,
    store: Path | None = None,
    workers: int = 1,
    retry_failed: bool = False,
    report: Report = silent,
    solver: Solver = solve,
) -> Iterator[PointResult]:
    """Run all points of a study without stored results, and update its table and progress.

    Parameters
    ----------
    study : Study
        The study to run.
    folder : Path
        Folder of the study: ``study.json``, ``study.parquet``, ``study.csv``, ``progress.jsonl``.
    executor : Executor
        Executes the work on points.
    store : Path, optional
        Folder of the stored points (default: ``points`` beside the folder).
    workers : int
        Initial number of workers.
    retry_failed : bool
        Whether to repeat points that failed before.
    report : callable
        Receives events of the runs, from executors that pass them on.
    solver : Solver
        Runs a scenario; picklable.

    Yields
    ------
    result : PointResult
        Outcome of each point, as soon as it is known.

    Raises
    ------
    StoreError
        When results cannot be stored, e.g. with a full disk or a lost network share; earlier ones remain stored.
    """
    store = folder.parent / STORE if store is None else store
    for one in (folder, store):
        check_writable(one)
    PointStore(store).clear_up()
    run = uuid.uuid4().hex[:12]
    planned, identity = _identity(study)
    rows = StudyRows(folder, manifest_of(study), study.factors, tuple(study.base.load_cases))
    rows.write()
    work = PointWork(study.variations, study.factors, study.outputs, store.resolve(), run, retry_failed, solver)
    log = None
    try:
        log = ProgressLog(folder, run, planned, identity)
        for result in _results(study, work, executor, workers, report):
            rows.add(result)
            log.add(result, workers)
            rows.write_now_and_then()
            yield result
    except OSError as error:
        raise StoreError(str(unwritable(folder, error))) from error
    finally:
        if log is not None:
            log.close()
        rows.write()


def _identity(study: Study) -> tuple[int, str]:
    """Number of points, and a hash of the scenario and the values at all points."""
    count, made = 0, hashlib.sha256(study.base.sha256.encode())
    for point in study.points():
        count += 1
        made.update(repr(point).encode())
    return count, made.hexdigest()[:12]


def manifest_of(study: Study) -> Manifest:
    """The manifest of a study before any point is run."""
    design = study.design
    told: dict[str, Any] = {"kind": design.kind, "seed": design.seed, "points": sum(1 for _ in study.points())}
    if design.kind == "morris":
        told |= {"trajectories": design.trajectories, "levels": design.levels}
    if study.contrast is not None:
        told["contrast"] = study.contrast.name
    return Manifest(
        name=study.name,
        scenario=study.base.name,
        density=study.base.mesh.density,
        design=told,
        factors=tuple(factor.column() for factor in study.factors),
        outputs=named_outputs(study.outputs),
        load_cases=tuple(study.base.load_cases),
        correlation=None if design.correlation is None else tuple(map(tuple, design.correlation.tolist())),
        versions=_versions(),
        asks=dict(study.asks),
    )


def _results(study: Study, work: PointWork, executor: Executor, workers: int, report: Report) -> Iterator[PointResult]:
    """Results of all points; those running in other processes come last."""
    pace, points = _Pace(), near_one_another(study, workers)
    busy: deque[StudyPoint] = deque()
    left: deque[StudyPoint] = deque()
    while True:
        with closing(executor.run(work, pace.batches(_first(left, points)), report)) as outcomes:
            for outcome in outcomes:
                if outcome.error is not None:
                    yield from _lost(outcome.task, outcome.error)
                    continue
                result = outcome.value()
                if result.status == POSTPONED:
                    left.append(result.point)
                    continue
                pace.add(result)
                if result.status == BUSY:
                    busy.append(result.point)
                else:
                    yield result
        if not busy and not left:
            return
        if not left:
            time.sleep(_POLL_S)
            left, busy = busy, deque()


def _first(left: deque[StudyPoint], points: Iterator[StudyPoint]) -> Iterator[StudyPoint]:
    """Returned points as long as there are any, then new points."""
    while True:
        point = left.popleft() if left else next(points, None)
        if point is None:
            return
        yield point


def _lost(points: Sequence[StudyPoint], error: FemLumbarError) -> Iterator[PointResult]:
    """Failed results of points whose workers died; these are not stored.

    Raises
    ------
    StoreError
        When the error is that results cannot be stored.
    """
    if isinstance(error, StoreError):
        raise error
    for point in points:
        yield PointResult(point, FAILED, str(error))


class _Pace:
    """Size of the batches in which points are assigned, from the mean time per point."""

    def __init__(self) -> None:
        self._each_s: float | None = None

    def add(self, result: PointResult) -> None:
        """Record the time of a point."""
        spent = result.wall_s + result.overhead_s
        self._each_s = spent if self._each_s is None else 0.9 * self._each_s + 0.1 * spent

    def batches(self, points: Iterator[StudyPoint]) -> Iterator[tuple[StudyPoint, ...]]:
        """Batches of points; the size is adapted when each batch is requested."""
        while batch := tuple(islice(points, self._size())):
            yield batch

    def _size(self) -> int:
        if self._each_s is None:
            return 1
        return max(1, min(LARGEST_BATCH, int(BATCH_S / max(self._each_s, 1e-6))))


def near_one_another(study: Study, lanes: int) -> Iterator[StudyPoint]:
    """Order points so that those with the same mesh and nearby factor values are consecutive.

    Points are read and sorted in windows. The order is divided into one part per worker (``lanes``), from which points
    are taken in turn, so that workers mostly use different meshes.
    """
    points = study.points()
    while window := list(islice(points, WINDOW)):
        numbers = _numbers(window, study.factors)
        order = sorted(range(len(window)), key=lambda i: (study.mesh_group(window[i].values), numbers[i]))
        length = -(-len(order) // lanes)
        parts = [order[i : i + length] for i in range(0, len(order), length)]
        for place in range(length):
            for part in parts:
                if place < len(part):
                    yield window[part[place]]


def _numbers(points: Sequence[StudyPoint], factors: Sequence[Factor]) -> list[int]:
    """Position of each point on a space-filling curve (Morton) through the factor space."""
    columns = []
    for factor in factors:
        values = [_comparable(point.values[factor.name]) for point in points]
        place = {value: i for i, value in enumerate(sorted(set(values)))}
        columns.append([place[value] * 15 // max(1, len(place) - 1) for value in values])
    return [_interleaved([column[i] for column in columns]) for i in range(len(points))]


def _comparable(value: Any) -> tuple[int, Any]:
    """Sort key: numbers before text; a list of numbers is compared as text."""
    return (0, value) if is_number(value) else (1, str(value))


def _interleaved(levels: Iterable[int]) -> int:
    """Interleave the four bits of each level (0 to 15), most significant bits first."""
    levels, found = list(levels), 0
    for bit in (3, 2, 1, 0):
        for level in levels:
            found = 2 * found + (level >> bit & 1)
    return found


def _versions() -> dict[str, Any]:
    import platform
    from importlib import metadata

    found = {}
    for package in (*PACKAGES, "distributed", "SALib"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "fem-lumbar": fem_lumbar.__version__,
        "program_sha256": program_sha256(),
        "python": platform.python_version(),
        "packages": found,
    }

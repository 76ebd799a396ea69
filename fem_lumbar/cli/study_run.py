"""``fem-lumbar study run``: run the points of a study that are not stored, here or on the workers of a scheduler."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.runs.executors import Executor
    from fem_lumbar.studies.plan import Plan
    from fem_lumbar.studies.study import Study

_LISTED = 20
"""Number of points that a dry run lists."""


def add_run(actions: Any) -> None:
    """Add the action ``run`` to those of ``study``."""
    parser = actions.add_parser("run", help="run every point that is not stored yet")
    parser.add_argument(
        "file", type=Path, metavar="FILE|FOLDER", help="study (YAML), or the folder of one to go on with"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"folder of the study (default: {common.RESULTS}/NAME)")
    parser.add_argument("--store", type=Path, metavar="DIR", help="folder of stored points (default: points beside it)")
    parser.add_argument("--density", metavar="NAME", help="mesh density: test, coarse, standard or fine")
    parser.add_argument(
        "--jobs", type=common.positive, metavar="N",
        help="worker processes (default: as many as processors and memory allow); 1 works in this process",
    )  # fmt: skip
    parser.add_argument("--scheduler", metavar="ADDRESS", help="use the workers of a Dask scheduler, tcp://HOST:PORT")
    parser.add_argument("--retry-failed", action="store_true", help="rerun failed points")
    parser.add_argument("--dry-run", action="store_true", help="run nothing: list points, meshes, time and memory")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Run the study; 1 when a point failed."""
    from fem_lumbar.studies.execution import run_study
    from fem_lumbar.studies.folder import begin_folder, study_in
    from fem_lumbar.studies.plan import plan_of
    from fem_lumbar.studies.words import counted

    study, folder = study_in(options.file, options.out or common.RESULTS, options.density, options.out is not None)
    plan = plan_of(
        study.base, study.points(), lambda p: study.mesh_group(p.values), lambda p: study.scenario_at(p.values)
    )
    if options.jobs is not None and options.scheduler is not None:
        raise InputError("--jobs is for workers on this computer; a scheduler has its own")
    workers = options.jobs or (1 if options.scheduler else plan.workers)
    if options.dry_run:
        return _told(study, plan, workers, options)
    begin_folder(folder, options.file, options.density)
    counts = {"done": 0, "failed": 0}

    def kept() -> str:
        return f"{sum(counts.values())} of {plan.points} points are stored; repeat the command to continue"

    executor = _executor(workers, plan, options.scheduler)
    with saying_what_is_kept(kept), progress(options.quiet) as show, executor:
        found = getattr(executor, "workers", workers)
        done = run_study(
            study, folder, executor,
            store=options.store, workers=found, retry_failed=options.retry_failed, report=show,
        )  # fmt: skip
        for result in done:
            counts[result.status] += 1
            how = f"{result.wall_s:.1f} s" if result.is_new else "stored before"
            reason = f": {result.reason.splitlines()[0]}" if result.reason else ""
            place = f"point {sum(counts.values())} of {plan.points}"
            show(f"{place}: number {result.point.number} {result.status} ({how}){reason}")
    if options.json:
        import json

        print(json.dumps({"folder": common.shown(folder), "points": plan.points, **counts}, indent=1))
    else:
        done_points = counted(counts["done"], "point")
        print(f"{done_points} done, {counts['failed']} failed; table: {common.shown(folder / 'study.csv')}")
    return 1 if counts["failed"] else 0


def _executor(workers: int, plan: Plan, scheduler: str | None) -> Executor:
    """Executor of the points: processes on this computer, or workers of a scheduler."""
    from fem_lumbar.foundation.machine import memory_GiB
    from fem_lumbar.runs.executors import Serial
    from fem_lumbar.studies.cluster import Cluster

    if scheduler is not None:
        return Cluster(1, address=scheduler)
    if workers == 1:
        return Serial()
    share = 0.9 * memory_GiB() * 1.0737 / workers
    return Cluster(workers, max(share, plan.memory_GB or 0.0))


def _told(study: Study, plan: Plan, workers: int, options: argparse.Namespace) -> int:
    """Print what would be run."""
    from itertools import islice

    from fem_lumbar.studies.plan import as_cells
    from fem_lumbar.studies.words import counted

    points = [{"point": p.number, **p.values} for p in islice(study.points(), None if options.json else _LISTED)]
    if options.json:
        import json
        from dataclasses import asdict

        told = {**asdict(plan), "workers": workers, "total_s": plan.total_s(workers), "list": points}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return 0
    varied = counted(len(study.factors), "factor")
    print(f"{study.name}: {study.design.kind} over {varied}, {study.base.mesh.density} mesh")
    print("\n".join(plan.lines(workers)))
    for point in points:
        print(f"  {as_cells(point)}")
    if plan.points > len(points):
        print(f"  and {plan.points - len(points)} more (all of them: --json)")
    sys.stdout.flush()
    return 0

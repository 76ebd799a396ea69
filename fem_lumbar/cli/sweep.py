"""``fem-lumbar sweep``: run a scenario at every combination of values."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.runs.points import Point
    from fem_lumbar.scenario.model import Scenario


DENSITY = "mesh.density"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenario, swept keys and options of execution."""
    common.add_scenario(parser)
    common.add_cases(parser)
    parser.add_argument(
        "--sweep",
        dest="sweeps",
        action="append",
        required=True,
        metavar="KEY.PATH=A,B,C",
        help="values to run, e.g. materials.mal.fibrous_modulus_MPa=20,100,500, or 10:1000:5:log for five of a range; "
        "several keys form a grid. With --design also KEY=10:1000:log, or 'KEY~normal(100,30)'",
    )
    parser.add_argument(
        "--design",
        metavar="KIND",
        help="points over all swept keys: grid (default), zip, one_at_a_time (oat), latin_hypercube (lhs; default with "
        "a distribution), sobol or morris",
    )
    parser.add_argument("--points", type=common.positive, metavar="N", help="number of points (morris: trajectories)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random numbers (default: 0)")
    parser.add_argument("--dry-run", action="store_true", help="run nothing: list points, meshes, time and memory")
    parser.add_argument(
        "--forecast",
        action="store_true",
        help="do not run the points: forecast their results linearly, from derivatives at the scenario as it stands",
    )
    parser.add_argument("--retry-failed", action="store_true", help="rerun failed points")
    parser.add_argument("--pictures", action="store_true", help="draw pictures for every point")
    common.add_execution(parser, "points", 1, "default: 1")
    common.add_full(parser)


def execute(options: argparse.Namespace) -> int:
    """Run unfinished points, or forecast all of them; 1 when a point failed."""
    from fem_lumbar.cli.tables import print_points
    from fem_lumbar.documents.illustrate import illustrate
    from fem_lumbar.runs.sweep import TABLE, PointDone, run_points
    from fem_lumbar.runs.swept import check_values, swept_scenario
    from fem_lumbar.solver.events import CaseEvent

    base = common.scenario(options)
    _check_sets(options.sweeps, options.sets or ())
    points = _points(base, options)
    _check_keys(points, options.density)
    scenario_at = partial(swept_scenario, options.file, options.sets, options.cases, options.density)
    check_values(options.file, points, scenario_at)
    if options.dry_run:
        return _dry_run(base, points, scenario_at, options)
    common.tell_loads(base, options.file, options)
    out = options.out or common.RESULTS / f"{base.name}-sweep"
    if options.forecast:
        from fem_lumbar.cli.sweep_forecast import forecast_points

        return forecast_points(base, points, out, options)
    done: list[PointDone] = []

    def kept() -> str:
        table = common.shown(out / TABLE)
        return f"{len(done)} of {len(points)} points are in {table}; repeat the command to continue"

    with saying_what_is_kept(kept), progress(options.quiet, len(points) * len(base.load_cases)) as show:
        todo = run_points(
            points,
            scenario_at,
            out,
            jobs=options.jobs,
            retry_failed=options.retry_failed,
            report=show,
            illustrate=partial(illustrate, pictures=options.pictures),
        )
        for point in todo:
            done.append(point)
            if point.status == "skipped":
                for case in base.load_cases:
                    show(CaseEvent(f"{point.name}: {case}", "skipped"))
            reason = f": {point.reason}" if point.reason else ""
            show(f"point {len(done)} of {len(points)}: {point.name} {point.status}{reason}")
    if options.json:
        import json

        rows = [{"run": p.name, "set": p.point, "status": p.status, "reason": p.reason} for p in done]
        print(json.dumps({"table": common.shown(out / TABLE), "points": rows}, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.sweep_table import sweep_results

        in_order = sorted(done, key=lambda point: points.index(point.point))
        print_points(in_order, common.shown(out / TABLE), options.full, sweep_results(in_order, out))
    return 1 if any(point.reason for point in done) else 0


def _points(base: Scenario, options: argparse.Namespace) -> list[Point]:
    """Points of the design (default: grid)."""
    from fem_lumbar.runs.points import grid
    from fem_lumbar.studies.swept import designed_points, is_designed

    seed = common.seed(options)
    design = options.design or ("latin_hypercube" if is_designed(options.sweeps) else None)
    if design is None:
        if options.points is not None:
            raise InputError("--points: a grid has as many points as there are combinations; choose a --design")
        return list(grid(options.sweeps))
    return designed_points(options.file, base, options.sweeps, options.sets, design, options.points, seed)


def _check_sets(sweeps: Sequence[str], sets: Sequence[str]) -> None:
    """Reject ``--set`` for keys that are swept."""
    swept = [re.split("[=~]", text)[0].strip() for text in sweeps]
    for text in sets:
        key = text.split("=")[0].strip()
        for one in swept:
            if f"{key}.".startswith(f"{one}."):
                raise InputError(f"--set {text}: {one} is swept over; leave one of the two out")


def _check_keys(points: Sequence[Point], density: str | None) -> None:
    """Reject keys that override each other, so that a point would not have the values in its name."""
    keys = sorted({key for point in points for key in point})
    if density is not None and any(key == DENSITY or DENSITY.startswith(f"{key}.") for key in keys):
        raise InputError(f"--density {density}: {DENSITY} is swept over; leave one of the two out")
    for key in keys:
        for below in keys:
            if below.startswith(f"{key}."):
                raise InputError(f"--sweep: {key} holds {below}, which is swept over as well; leave one of the two out")


def _dry_run(
    base: Scenario, points: Sequence[Point], scenario_at: Callable[[Point], Scenario], options: argparse.Namespace
) -> int:
    """Print what would be run."""
    from fem_lumbar.studies.plan import as_cells, plan_of
    from fem_lumbar.studies.study import mesh_values

    plan = plan_of(base, points, mesh_values, scenario_at)
    if options.json:
        import json
        from dataclasses import asdict

        told = {**asdict(plan), "total_s": plan.total_s(options.jobs), "list": points}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return 0
    print("\n".join([*plan.lines(options.jobs), *(f"  {as_cells(point)}" for point in points)]))
    return 0

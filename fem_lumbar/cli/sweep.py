"""``fem-lumbar sweep``: run a scenario at every combination of values."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Scenario, what varies, execution."""
    common.add_scenario(parser)
    common.add_cases(parser)
    parser.add_argument(
        "--sweep",
        dest="sweeps",
        action="append",
        required=True,
        metavar="KEY.PATH=A,B,C",
        help="values to run, e.g. mal.L5.left.modulus_MPa=20,100,500; several make a grid",
    )
    parser.add_argument("--retry-failed", action="store_true", help="run points again that ran before and failed")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures of every point")
    common.add_execution(parser, "points", 1, "default: 1")


def execute(options: argparse.Namespace) -> int:
    """Run the points that are not finished; 1 when a point failed."""
    from fem_lumbar.cli.tables import print_points
    from fem_lumbar.report.illustrate import illustrate
    from fem_lumbar.scenario.loader import load_scenario
    from fem_lumbar.study.points import Point, grid, overrides
    from fem_lumbar.study.sweep import TABLE, PointDone, run_points

    base = common.scenario(options)
    points = list(grid(options.sweeps))

    def scenario_at(point: Point):
        sets = [*options.sets, *overrides(point)]
        return load_scenario(options.file, sets, options.cases, options.density)

    _check_one(points, scenario_at)
    out = options.out or common.RESULTS / f"{base.name}-sweep"
    done: list[PointDone] = []
    try:
        with progress(options.quiet) as show:
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
                reason = f": {point.reason}" if point.reason else ""
                show(f"point {len(done)} of {len(points)}: {point.name} {point.status}{reason}")
    except KeyboardInterrupt:
        print(
            f"interrupted; {len(done)} of {len(points)} points are in {common.shown(out / TABLE)}; "
            "the same command goes on with the rest",
            file=sys.stderr,
        )
        return 130
    if options.json:
        import json

        rows = [{"run": p.name, "set": p.point, "status": p.status, "reason": p.reason} for p in done]
        print(json.dumps({"table": common.shown(out / TABLE), "points": rows}, indent=1, ensure_ascii=False))
    else:
        print_points(done, common.shown(out / TABLE))
    return 1 if any(point.reason for point in done) else 0


def _check_one(points, scenario_at) -> None:
    """Refuse a sweep none of whose points is a valid scenario, with what is wrong at the first."""
    from fem_lumbar.errors import InputError

    first: InputError | None = None
    for point in points:
        try:
            scenario_at(point)
        except InputError as error:
            first = first or error
        else:
            return
    if first is not None:
        raise first

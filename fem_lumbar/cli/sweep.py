"""``fem-lumbar sweep``: run a scenario at every combination of values."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.scenario.model import Scenario
    from fem_lumbar.scenario.problems import Problem
    from fem_lumbar.study.points import Point


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
        help="values to run, e.g. materials.mal.fibrous_modulus_MPa=20,100,500; several make a grid",
    )
    parser.add_argument("--retry-failed", action="store_true", help="run points again that ran before and failed")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures of every point")
    common.add_execution(parser, "points", 1, "default: 1")
    common.add_full(parser)


def execute(options: argparse.Namespace) -> int:
    """Run the points that are not finished; 1 when a point failed."""
    from fem_lumbar.cli.tables import print_points
    from fem_lumbar.report.illustrate import illustrate
    from fem_lumbar.solver.events import CaseEvent
    from fem_lumbar.study.points import grid
    from fem_lumbar.study.sweep import TABLE, PointDone, run_points

    base = common.scenario(options)
    points = list(grid(options.sweeps))
    scenario_at = partial(_scenario_at, options)
    _check_values(options.file, points, scenario_at)
    common.tell_loads(base, options.file, options)
    out = options.out or common.RESULTS / f"{base.name}-sweep"
    done: list[PointDone] = []

    def kept() -> str:
        table = common.shown(out / TABLE)
        return f"{len(done)} of {len(points)} points are in {table}; the same command goes on with the rest"

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


def _scenario_at(options: argparse.Namespace, point: Point) -> Scenario:
    """The scenario at a point; what is wrong with its values is told of ``--sweep``, which they were given to."""
    from fem_lumbar.scenario.loader import load_scenario
    from fem_lumbar.scenario.problems import Origin, ScenarioError
    from fem_lumbar.study.points import overrides

    swept = overrides(point)
    given = {f"--set {text}": Origin(option=f"--sweep {text}") for text in swept}
    try:
        return load_scenario(options.file, [*options.sets, *swept], options.cases, options.density)
    except ScenarioError as error:
        told = [replace(one, origin=given.get(one.origin.option or "", one.origin)) for one in error.problems]
        raise ScenarioError(options.file, told) from None


def _check_values(file: Path, points: Sequence[Point], scenario_at: Callable[[Point], Scenario]) -> None:
    """Refuse a sweep with values at which no combination is a valid scenario, with all that is wrong with them.

    Combinations that do not go together, of values that are valid in others, are left to be rows of the table.
    """
    from fem_lumbar.errors import InputError
    from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError

    faults: dict[str, list[list[Problem]]] = {
        f"--sweep {key}={value}": [] for point in points for key, value in point.items()
    }
    for point in points:
        untried = [option for option in (f"--sweep {key}={value}" for key, value in point.items()) if option in faults]
        if not untried:
            continue
        try:
            scenario_at(point)
        except InputError as error:
            problems = getattr(error, "problems", None) or [Problem(Origin(), (), str(error))]
            for option in untried:
                faults[option].append(list(problems))
        else:
            for option in untried:
                del faults[option]
    if faults:
        raise ScenarioError(file, _of_values(faults), "sweep")


def _of_values(faults: dict[str, list[list[Problem]]]) -> list[Problem]:
    """What is wrong with each value at all of its combinations, or else at the first, every problem once."""
    from fem_lumbar.scenario.problems import Origin

    told: dict[tuple, Problem] = {}
    for option, combinations in faults.items():
        others = [{(one.key, one.message) for one in problems} for problems in combinations]
        first = combinations[0]
        for one in [one for one in first if all((one.key, one.message) in other for other in others)] or first:
            origin = one.origin if one.origin.option in faults else Origin(option=option)
            told.setdefault((origin, one.key, one.message), replace(one, origin=origin))
    return list(told.values())

"""``fem-lumbar run``: run scenarios and print their results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import FemLumbarError

if TYPE_CHECKING:
    from fem_lumbar.runs.batch import RunTask
    from fem_lumbar.scenario.model import Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenarios, load cases and options of execution."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="scenario (YAML); several are run one after the other"
    )
    common.add_changes(parser)
    common.add_cases(parser)
    common.add_execution(parser, "load cases", None, "default: as many as CPU and memory allow")
    common.add_full(parser)
    parser.add_argument("--fresh", action="store_true", help="no warm start from states of earlier runs")
    parser.add_argument("--no-pictures", action="store_true", help="write results and report only, no pictures")
    parser.add_argument(
        "--dry-run", action="store_true", help="check the scenarios and solve nothing: loads, time, memory"
    )
    parser.add_argument(
        "--compare",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="also run these unless they have current results, and compare all with the first",
    )


def execute(options: argparse.Namespace) -> int:
    """Run, print the tables of results and their paths; 1 when a case or a check failed."""
    from fem_lumbar.scenario.loader import load_scenario

    files = [*options.files, *options.compare]
    scenarios = [load_scenario(file, options.sets, options.cases, options.density) for file in files]
    for scenario, file in zip(scenarios, files, strict=True):
        _announce(scenario, file, options)
    if options.dry_run:
        return _dry_run(scenarios, options.json)
    folders, errors = _run(scenarios, options)
    if options.compare:
        return _compared(folders, errors, options)
    if errors and len(scenarios) == 1:
        raise errors[0][1]
    for name, error in errors:
        print(f"error: {name}: {error}", file=sys.stderr)
    return max(show_runs(folders, options.json, options.full), *(error.exit_code for _, error in errors), 0)


def _announce(scenario: Scenario, file: Path, options: argparse.Namespace) -> None:
    """Print loads and warnings of a scenario before any computation."""
    common.tell_loads(scenario, file, options)
    common.tell_warnings(scenario, options)


def _dry_run(scenarios: Sequence[Scenario], as_json: bool) -> int:
    """Print what would be run; invalid scenarios have been rejected before."""
    from fem_lumbar.studies.plan import Plan, clock, plan_of

    plans = [(one.name, plan_of(one, [one], lambda _: (), lambda scenario: scenario)) for one in scenarios]
    if as_json:
        import json
        from dataclasses import asdict

        print(json.dumps([{"name": name, **asdict(plan)} for name, plan in plans], indent=1, ensure_ascii=False))
        return 0

    def told(plan: Plan) -> str:
        mesh = "to be built" if plan.cells is None else f"{plan.cells:,} cells, on this computer"
        time = (
            "not known before there is a mesh"
            if plan.point_s is None
            else f"about {clock(plan.point_s)} on one processor"
        )
        memory = "not known" if plan.memory_GB is None else f"about {plan.memory_GB:.1f} GB a process"
        return f"valid; load cases: {plan.cases}; mesh: {mesh}; time: {time}; memory: {memory}"

    print("\n".join(f"{name}: {told(plan)}" for name, plan in plans))
    return 0


def _run(
    scenarios: Sequence[Scenario], options: argparse.Namespace
) -> tuple[list[Path], list[tuple[str, FemLumbarError]]]:
    """Run scenarios in turn; returns the folders of their results, and name and error of each that could not be run."""
    from fem_lumbar.report_page.run_page import illustrate_with_page
    from fem_lumbar.runs.batch import Reuse, RunTask, batch
    from fem_lumbar.runs.current import run_name
    from fem_lumbar.runs.execution import finite_elements
    from fem_lumbar.runs.executors import Serial
    from fem_lumbar.solver.events import CaseEvent

    out = options.out or common.RESULTS
    reuse = Reuse.COMPLETED if options.compare and not options.fresh else Reuse.NOTHING
    engine = finite_elements(near_earlier_runs=not options.fresh)
    folders: list[Path] = []
    errors: list[tuple[str, FemLumbarError]] = []
    at_work: list[tuple[str, dict[Path, int]]] = []

    def tasks() -> Iterator[RunTask]:
        """Tasks with their folder chosen when they start, as two scenarios may have the same name."""
        for scenario in scenarios:
            name = run_name(scenario, out)
            at_work[:] = [(name, _stored(out, name))]
            label = scenario.name if len(scenarios) > 1 else ""
            yield RunTask(scenario, out, name, label, reuse, jobs=options.jobs, illustrate=drawn, engine=engine)

    def kept() -> str:
        done = f"{len(folders)} of {len(scenarios)} scenarios are finished; " if len(scenarios) > 1 else ""
        written = [found for name, before in at_work for found in _stored(out, name).items() - before.items()]
        return done + _kept(written)

    with (
        saying_what_is_kept(kept),
        progress(options.quiet, sum(len(scenario.load_cases) for scenario in scenarios)) as show,
    ):
        drawn = partial(illustrate_with_page, report=show, pictures=not options.no_pictures)
        with closing(batch(tasks(), Serial(), show)) as outcomes:
            for outcome in outcomes:
                scenario = outcome.task.scenario
                if outcome.error is not None:
                    errors.append((scenario.name, outcome.error))
                    continue
                folder = outcome.value().folder
                folders.append(folder)
                if not outcome.is_new:
                    show(f"{scenario.name}: current results are in {common.shown(folder)}")
                    for case in scenario.load_cases:
                        show(CaseEvent(f"{scenario.name}: {case}", "skipped"))
    return folders, errors


def _compared(
    folders: Sequence[Path], errors: Sequence[tuple[str, FemLumbarError]], options: argparse.Namespace
) -> int:
    """Compare the runs with the first of them."""
    from fem_lumbar.cli.compare import compare_folders
    from fem_lumbar.runs.run import load_run

    if errors:
        raise errors[0][1]
    compare_folders(folders, None, options.full, options.json)
    completed = all(load_run(folder).summary["status"] == "completed" for folder in folders)
    return 0 if completed else 1


def show_runs(folders: Sequence[Path], as_json: bool, full: bool) -> int:
    """Print stored runs as tables (or their summaries as JSON); 0 when all are completed, otherwise 1."""
    from fem_lumbar.runs.run import load_run

    runs = [load_run(folder) for folder in folders]
    if as_json:
        import json

        told = [{"run": common.shown(run.folder), "summary": run.summary} for run in runs]
        print(json.dumps(told[0] if len(told) == 1 else told, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import print_run

        for place, run in enumerate(runs):
            if place:
                print()
            print_run(run, full)
    return 0 if all(run.summary["status"] == "completed" for run in runs) else 1


def _stored(out: Path, name: str) -> dict[Path, int]:
    """Folders of complete and incomplete runs of that name, with their times."""
    from fem_lumbar.runs.run import SUMMARY

    folders = [out / name, *out.glob(f"{name}.failed*"), *out.glob(f"{name}.partial*")]
    return {folder: (folder / SUMMARY).stat().st_mtime_ns for folder in folders if (folder / SUMMARY).is_file()}


def _kept(written: Iterable[tuple[Path, int]]) -> str:
    """Folder left by an interrupted run, which did not exist before, as text."""
    from fem_lumbar.runs.run import load_run

    for folder, _ in written:
        cases = list(load_run(folder).cases)
        kept = f"load cases {', '.join(cases)}" if cases else "no load case finished; the log"
        return f"{kept} kept in {common.shown(folder)}"
    return "nothing was solved, nothing is kept"

"""``fem-lumbar run``: run a scenario and print its results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.scenario.model import Scenario

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Scenario, load cases, execution."""
    common.add_scenario(parser)
    common.add_cases(parser)
    common.add_execution(parser, "load cases", None, "default: as processors and memory allow")
    common.add_full(parser)
    parser.add_argument("--fresh", action="store_true", help="start from nothing, not from states of earlier runs")
    parser.add_argument("--no-pictures", action="store_true", help="results and report only, no pictures")
    parser.add_argument(
        "--compare",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="then run these scenarios, unless their results are there, and compare them with the first",
    )


def execute(options: argparse.Namespace) -> int:
    """Run, print the table of results and where everything is; 1 when a case or a check failed."""
    if options.compare:
        return _compared(options)
    scenario = common.scenario(options)
    common.tell_loads(scenario, options.file, options)
    folder = _run(scenario, options)
    return INTERRUPTED if folder is None else show_run(folder, options.json, options.full)


def _run(scenario: Scenario, options: argparse.Namespace) -> Path | None:
    """Run a scenario; the folder of its results, None when it was interrupted."""
    from fem_lumbar.report.illustrate import illustrate
    from fem_lumbar.study.run import finite_elements, run_name, run_scenario

    out = options.out or common.RESULTS
    name = run_name(scenario, out)
    if not options.quiet:
        for warning in scenario.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    before = _stored(out, name)
    try:
        with progress(options.quiet, len(scenario.load_cases)) as show:
            drawn = partial(illustrate, report=show, pictures=not options.no_pictures)
            return run_scenario(
                scenario,
                out,
                show,
                name=name,
                jobs=options.jobs,
                illustrate=drawn,
                engine=finite_elements(near_earlier_runs=not options.fresh),
            )
    except KeyboardInterrupt:
        print(f"interrupted; {_kept(_stored(out, name).items() - before.items())}", file=sys.stderr)
        return None


def _compared(options: argparse.Namespace) -> int:
    """Run the scenario and those it is compared with, each unless its results are there, and compare them."""
    from fem_lumbar.cli.compare import compare_folders
    from fem_lumbar.runs.run import load_run
    from fem_lumbar.scenario.loader import load_scenario

    changed = (options.sets, options.cases, options.density)
    scenarios = [load_scenario(file, *changed) for file in (options.file, *options.compare)]
    folders = []
    for scenario, file in zip(scenarios, (options.file, *options.compare)):
        common.tell_loads(scenario, file, options)
        folder = None if options.fresh else _there(scenario, options.out or common.RESULTS)
        folder = folder or _run(scenario, options)
        if folder is None:
            return INTERRUPTED
        folders.append(folder)
    compare_folders(folders, None, options.full, options.json)
    completed = all(load_run(folder).summary["status"] == "completed" for folder in folders)
    return 0 if completed else 1


def _there(scenario: Scenario, out: Path) -> Path | None:
    """Folder of the completed results of a scenario by this program; None without."""
    from fem_lumbar.runs.run import SUMMARY, load_run
    from fem_lumbar.study.provenance import is_current
    from fem_lumbar.study.run import run_name

    folder = out / run_name(scenario, out)
    if not (folder / SUMMARY).is_file():
        return None
    summary = load_run(folder).summary
    same = is_current(summary["provenance"], scenario)
    return folder if same and summary["status"] == "completed" else None


def show_run(folder: Path, as_json: bool, full: bool) -> int:
    """Print a stored run as a table (or its summary as JSON); 0 when it is completed, otherwise 1."""
    from fem_lumbar.runs.run import load_run

    stored = load_run(folder)
    if as_json:
        import json

        print(json.dumps({"run": common.shown(folder), "summary": stored.summary}, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import print_run

        print_run(stored, full)
    return 0 if stored.summary["status"] == "completed" else 1


def _stored(out: Path, name: str) -> dict[Path, int]:
    """Folders of whole and unfinished runs of that name, with the time of each."""
    from fem_lumbar.runs.run import SUMMARY

    folders = [out / name, *out.glob(f"{name}.failed*"), *out.glob(f"{name}.partial*")]
    return {folder: (folder / SUMMARY).stat().st_mtime_ns for folder in folders if (folder / SUMMARY).is_file()}


def _kept(written: Iterable[tuple[Path, int]]) -> str:
    """What is left of an interrupted run: the folder that was not there before."""
    from fem_lumbar.runs.run import load_run

    for folder, _ in written:
        cases = list(load_run(folder).cases)
        kept = f"load cases {', '.join(cases)}" if cases else "no load case was finished; the log"
        return f"{kept} kept in {common.shown(folder)}"
    return "nothing was solved yet, nothing is kept"

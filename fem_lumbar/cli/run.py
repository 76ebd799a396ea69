"""``fem-lumbar run``: run a scenario and print its results."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Scenario, load cases, execution."""
    common.add_scenario(parser)
    common.add_cases(parser)
    common.add_execution(parser, "load cases")
    parser.add_argument("--no-pictures", action="store_true", help="results and report only, no pictures")


def execute(options: argparse.Namespace) -> int:
    """Run, print the table of results and where everything is; 1 when a case or a check failed."""
    scenario = common.scenario(options)

    from fem_lumbar.report.illustrate import illustrate
    from fem_lumbar.study.run import run_name, run_scenario

    out = options.out or common.RESULTS
    name = run_name(scenario, out)
    if not options.quiet:
        for warning in scenario.warnings:
            print(f"warning: {warning}", file=sys.stderr)
    try:
        with progress(options.quiet) as show:
            drawn = partial(illustrate, report=show, pictures=not options.no_pictures)
            folder = run_scenario(scenario, out, show, name=name, jobs=options.jobs, illustrate=drawn)
    except KeyboardInterrupt:
        print(f"interrupted; {_kept(out, name)}", file=sys.stderr)
        return 130
    return show_run(folder, options.json)


def show_run(folder: Path, as_json: bool) -> int:
    """Print a stored run as a table (or its summary as JSON); 0 when it is completed, otherwise 1."""
    from fem_lumbar.report.results import load_run

    stored = load_run(folder)
    if as_json:
        import json

        print(json.dumps({"run": common.shown(folder), "summary": stored.summary}, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import print_run

        print_run(stored)
    return 0 if stored.summary["status"] == "completed" else 1


def _kept(out: Path, name: str) -> str:
    """What is left of an interrupted run."""
    from fem_lumbar.report.results import SUMMARY, load_run

    for folder in (out / f"{name}.partial", out / name):
        if (folder / SUMMARY).is_file():
            cases = list(load_run(folder).cases)
            kept = f"load cases {', '.join(cases)}" if cases else "no load case was finished; the log"
            return f"{kept} kept in {common.shown(folder)}"
    return "nothing was solved yet, nothing is kept"

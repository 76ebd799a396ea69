"""``fem-lumbar report``: print the report of a run, or draw its pictures again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run and what to make of it."""
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder, e.g. results/baseline")
    parser.add_argument("--redraw", action="store_true", help="draw the pictures and write report.md again")
    parser.add_argument("--quiet", action="store_true", help="no progress while drawing")


def execute(options: argparse.Namespace) -> int:
    """Print the whole report on the terminal."""
    from fem_lumbar.cli.tables import console
    from fem_lumbar.report.results import load_run
    from fem_lumbar.report.summary_text import run_document, run_title
    from fem_lumbar.report.tables import print_document

    run = load_run(options.run)
    warnings: list[str] = []
    if options.redraw:
        from fem_lumbar.cli.progress import progress
        from fem_lumbar.report.illustrate import illustrate
        from fem_lumbar.study.paths import check_writable

        check_writable(options.run)
        with progress(options.quiet) as show:
            warnings = illustrate(options.run, show)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
    print_document(run_title(run), run_document(run, warnings), console())
    return 0

"""``fem-lumbar report``: print the report of a run, or run a folder of scenarios and write a page on them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.foundation.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run or library and what to make of it."""
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder, e.g. results/baseline; or scenarios/mal/")
    parser.add_argument("--redraw", action="store_true", help="of a run: redraw the pictures and rewrite report.md")
    parser.add_argument(
        "--common-scale", action="store_true", help="with --redraw: one colour scale for all load cases of a run"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    of_library = parser.add_argument_group("options for a folder of scenarios")
    of_library.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for results and page (default: results/<folder>)"
    )
    of_library.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="change one value in every scenario",
    )
    of_library.add_argument("--density", metavar="NAME", help="mesh density: test, coarse, standard or fine")
    of_library.add_argument(
        "--jobs",
        type=common.positive,
        metavar="N",
        help="scenarios run in parallel (default: as many as CPU and memory allow)",
    )
    of_library.add_argument("--no-run", action="store_true", help="write the page from existing results only")


def execute(options: argparse.Namespace) -> int:
    """Print the whole report on the terminal."""
    from fem_lumbar.runs.run import SUMMARY

    if options.run.is_dir() and not (options.run / SUMMARY).is_file():
        from fem_lumbar.cli.report_library import report_library

        return report_library(options)
    return _report_run(options)


def _report_run(options: argparse.Namespace) -> int:
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.summary_text import run_document, run_title
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.runs.run import load_run

    if options.common_scale and not options.redraw:
        raise InputError("--common-scale is for pictures that are drawn again: add --redraw")
    run = load_run(options.run)
    warnings: list[str] = []
    if options.redraw:
        from fem_lumbar.cli.progress import progress
        from fem_lumbar.documents.illustrate import illustrate
        from fem_lumbar.runs.paths import check_writable

        check_writable(options.run)
        with progress(options.quiet) as show:
            warnings = illustrate(options.run, show, common_scale=options.common_scale)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
    print_document(run_title(run), run_document(run, warnings), console())
    return 0

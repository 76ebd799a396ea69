"""``fem-lumbar report``: page and text of a run, of two, of a comparison, of a study, or of a folder of scenarios."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.foundation.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to report, and the kind of output."""
    parser.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="folder of a run, of a comparison or of a study; or one of scenarios, e.g. scenarios/mal/, which are run",
    )
    parser.add_argument("second", type=Path, nargs="?", metavar="RUN2", help="a second run, to lay beside the first")
    parser.add_argument(
        "--page", type=Path, metavar="FILE.html", help="of runs: where the page goes (default: report.html of the run)"
    )
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
    """Write the page and print the whole report on the terminal."""
    from fem_lumbar.documents.comparison_several import COMPARISON
    from fem_lumbar.runs.run import SUMMARY
    from fem_lumbar.studies.manifest import MANIFEST

    if options.second is not None or not options.run.is_dir() or (options.run / SUMMARY).is_file():
        return _report_runs(options)
    if options.page is not None:
        raise InputError(f"--page: {options.run} is not a run folder: it has no {SUMMARY}")
    if (options.run / COMPARISON).is_file():
        from fem_lumbar.cli.compare import compare_again

        return compare_again(options.run)
    if (options.run / MANIFEST).is_file():
        from fem_lumbar.cli.study_report import report_study

        return report_study(options.run, options.quiet)
    from fem_lumbar.cli.report_library import report_library

    return report_library(options)


def _report_runs(options: argparse.Namespace) -> int:
    from fem_lumbar.cli.destination import check_file
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.comparison_text import compare_runs, comparison_document, comparison_title
    from fem_lumbar.documents.summary_text import run_document, run_title
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.foundation.atomic_files import write_text
    from fem_lumbar.report_page.comparison_page import page_of
    from fem_lumbar.runs.run import load_run
    from fem_lumbar.web_page.page import page_text

    idle = {"--out": options.out, "--set": options.sets, "--density": options.density, "--jobs": options.jobs}
    given = [name for name, value in idle.items() if value] + (["--no-run"] if options.no_run else [])
    if given:
        raise InputError(f"{', '.join(given)}: only for a folder of scenarios; a run is reported as it is")
    if options.common_scale and not options.redraw:
        raise InputError("--common-scale is for pictures that are drawn again: add --redraw")
    runs = [load_run(folder) for folder in (options.run, options.second) if folder is not None]
    page = options.page or _place(options)
    check_file(page, "--page", (".html", ".htm"))
    warnings = _redrawn(options) if options.redraw else []
    write_text(page, page_text(page_of(runs)))
    if len(runs) == 2:
        comparison = compare_runs(runs[0], runs[1])
        print_document(comparison_title(comparison), comparison_document(comparison), console())
    else:
        print_document(run_title(runs[0]), run_document(runs[0], warnings), console())
    print(f"\npage: {common.shown(page)} (open it in a browser)")
    return 0


def _place(options: argparse.Namespace) -> Path:
    """Default path of the page: in the folder of the run, or of two runs beside the first."""
    from fem_lumbar.runs.run import PAGE

    if options.second is None:
        return options.run / PAGE
    first, second = (folder.resolve() for folder in (options.run, options.second))
    return options.run.parent / f"{first.name}_and_{second.name}.html"


def _redrawn(options: argparse.Namespace) -> list[str]:
    """Redraw the pictures of the first run and rewrite its text; returns warnings."""
    from fem_lumbar.cli.progress import progress
    from fem_lumbar.documents.illustrate import illustrate
    from fem_lumbar.runs.paths import check_writable

    check_writable(options.run)
    with progress(options.quiet) as show:
        warnings = illustrate(options.run, show, common_scale=options.common_scale)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return warnings

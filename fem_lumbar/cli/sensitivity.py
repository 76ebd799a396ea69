"""``fem-lumbar sensitivity``: derivative of every result with respect to every number, and what they make uncertain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.scenario.model import Scenario
    from fem_lumbar.sensitivity.budget import Budget
    from fem_lumbar.sensitivity.table import Derivatives

_KEYS = (
    "only these numbers, with commas: key paths or the beginning of some, e.g. "
    "materials.ligaments,anatomy.joints (default: every number with a published range)"
)
_OUT = "folder for the files (default: the run folder, or results/sensitivity-NAME for a scenario)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenario or run, parameters, and destination of files."""
    parser.add_argument("file", type=Path, metavar="RUN|SCENARIO", help="run folder or scenario file")
    common.add_changes(parser)
    common.add_cases(parser)
    parser.add_argument("--keys", type=common.names, metavar="KEY,...", help=_KEYS)
    parser.add_argument("--out", type=Path, metavar="DIR", help=_OUT)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the uncertainty budget; write the table of derivatives, the summary and a chart for each load case."""
    from fem_lumbar.runs.paths import check_writable

    scenario, folder = _scenario(options)
    folder = options.out or folder
    check_writable(folder)

    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.sensitivity.budget import budgets
    from fem_lumbar.sensitivity.study import sensitivities

    with progress(options.quiet) as show:
        mesh = scenario_mesh(scenario, show)
        table = sensitivities(scenario, mesh, options.keys, show)
    found = budgets(table)
    files = _written(folder, table, found)
    _renew_report(folder)
    if options.json:
        print((folder / files[1].name).read_text(encoding="utf-8"), end="")
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.sensitivity_text import sensitivity_document, sensitivity_title
    from fem_lumbar.documents.tables import print_document

    print_document(sensitivity_title(table), sensitivity_document(table, found), console())
    for path in files:
        print(common.shown(path))
    return 0


def _scenario(options: argparse.Namespace) -> tuple[Scenario, Path]:
    """The scenario of a run folder or file, and the folder for files."""
    if not options.file.is_dir():
        scenario = common.scenario(options)
        return scenario, Path("results") / f"sensitivity-{scenario.name}"
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.runs.run import load_run
    from fem_lumbar.scenario.loader import with_cases

    if options.sets or options.density is not None:
        raise InputError("--set and --density: the scenario of a run is as it was run; give its scenario file instead")
    scenario = load_run(options.file).scenario
    return (with_cases(scenario, options.cases) if options.cases else scenario), options.file


def _renew_report(folder: Path) -> None:
    """Rewrite the report of a run, with its uncertainty budget."""
    from fem_lumbar.documents.summary_text import write_report
    from fem_lumbar.runs.run import REPORT, load_run

    if (folder / REPORT).is_file():
        write_report(load_run(folder))


def _written(folder: Path, table: Derivatives, found: list[Budget]) -> list[Path]:
    from fem_lumbar.documents.figure_files import write_figure
    from fem_lumbar.documents.tornado import tornado
    from fem_lumbar.sensitivity.files import write_sensitivity

    files = write_sensitivity(folder, table, found)
    for case in table.cases:
        figure = tornado(table, case, found)
        if figure is not None:
            files.append(write_figure(figure, folder / f"tornado_{case}.png"))
    return files

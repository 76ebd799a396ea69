"""``fem-lumbar calibrate``: fit parameters to measurements within their published ranges."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.cli.interruption import saying_what_is_kept
from fem_lumbar.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the calibration file and options of execution."""
    parser.add_argument("file", type=Path, metavar="CALIBRATION", help="calibration (YAML), see docs/calibration.md")
    parser.add_argument("--density", metavar="NAME", help="mesh density: test, coarse, standard or fine")
    parser.add_argument(
        "--points",
        type=common.positive,
        default=15,
        metavar="N",
        help="maximum number of points of the fit (default: 15)",
    )
    common.add_execution(parser, "points", None, "default: as many as CPU and memory allow")


def execute(options: argparse.Namespace) -> int:
    """Fit, print the tables and the path of the fitted set; 0 even if targets are missed, as the tables show."""
    from fem_lumbar.experiments.calibration.reading import load_calibration

    calibration = load_calibration(options.file, options.density)

    from fem_lumbar.experiments.calibration.report import data, document, title
    from fem_lumbar.experiments.calibration.run import EVALUATIONS, run_calibration, set_path

    folder = options.out or common.RESULTS / calibration.name

    def kept() -> str:
        count = len(list((folder / EVALUATIONS).glob("*.json")))
        return f"{count} solved load cases are in {common.shown(folder / EVALUATIONS)}; repeat the command to continue"

    with saying_what_is_kept(kept), progress(options.quiet) as show:
        result = run_calibration(calibration, folder, show, jobs=options.jobs, most_points=options.points)
    if options.json:
        import json

        told = {"folder": common.shown(folder), "set": common.shown(set_path(calibration, folder)), **data(result)}
        print(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        from fem_lumbar.cli.tables import console
        from fem_lumbar.documents.tables import print_document

        print_document(title(result), document(result), console())
        print(f"\nparameter set: {common.shown(set_path(calibration, folder))}\nreport: {common.shown(folder)}")
    return 0

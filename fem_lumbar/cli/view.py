"""``fem-lumbar view``: show the fields of a run in a window, or write one picture."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, what to show of it, and where a picture goes."""
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder, e.g. results/baseline")
    parser.add_argument("--case", metavar="NAME", help="load case (default: the first)")
    parser.add_argument(
        "--field",
        default="von_mises",
        metavar="NAME",
        help="von_mises, pressure, principal_strain_max, principal_strain_min, displacement, contact_pressure, region",
    )
    parser.add_argument("--screenshot", type=Path, metavar="FILE.png", help="write a picture; needs no display")


def execute(options: argparse.Namespace) -> int:
    """Open the window, or write the picture and print its path."""
    from fem_lumbar.report.results import load_run

    run = load_run(options.run)

    from fem_lumbar.report.viewer import view

    view(run, options.case, options.field, options.screenshot)
    if options.screenshot is not None:
        print(options.screenshot)
    return 0

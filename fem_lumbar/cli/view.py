"""``fem-lumbar view``: show the fields of a run in a window, or write one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

FIELD_NAMES = (
    "von_mises",
    "pressure",
    "principal_stress_max",
    "principal_stress_min",
    "principal_strain_max",
    "principal_strain_min",
    "volume_ratio",
    "fibre_stretch",
    "displacement",
    "contact_pressure",
    "region",
)
"""Names of the fields of :mod:`fem_lumbar.documents.shown_fields`, which is slow to load."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""Endings of pictures that can be written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, what to show of it, and where a picture goes."""
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder, e.g. results/baseline")
    parser.add_argument("--case", metavar="NAME", help="load case (default: the first)")
    parser.add_argument("--field", default="von_mises", metavar="NAME", help=", ".join(FIELD_NAMES))
    parser.add_argument("--common-scale", action="store_true", help="one colour scale for all load cases of the run")
    parser.add_argument("--screenshot", type=Path, metavar="FILE.png", help="write a picture; needs no display")


def execute(options: argparse.Namespace) -> int:
    """Open the window, or write the picture and print its path; what cannot succeed is refused before drawing."""
    from fem_lumbar.cli.destination import check_file
    from fem_lumbar.documents.display import require_display
    from fem_lumbar.documents.shown_fields import chosen_case, chosen_field, require
    from fem_lumbar.runs.run import load_run

    chosen_field(options.field)
    if options.screenshot is not None:
        check_file(options.screenshot, "--screenshot", PICTURES)
    run = load_run(options.run)
    case = chosen_case(run, options.case)
    require(run, case, options.field)
    if options.screenshot is None:
        require_display()

    from fem_lumbar.documents.viewer import view

    view(run, case, options.field, options.screenshot, options.common_scale)
    if options.screenshot is not None:
        print(options.screenshot)
    return 0

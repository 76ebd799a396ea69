"""``fem-lumbar view``: show the fields of one run or two in a window, in a browser, or as one picture."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.runs.run import Run

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
"""Names of the fields of :mod:`fem_lumbar.documents.shown_fields`, whose import is slow."""

OVERLAY_NAMES = ("principal stresses", "fibres", "facet forces", "centres of rotation")
"""Names of the overlays of :mod:`fem_lumbar.documents.viewer_overlays`."""

CUT_NAMES = (
    "right half",
    "left half",
    "back",
    "front",
    "lower part",
    "upper part",
    "sagittal slice",
    "frontal slice",
    "transverse slice",
)
"""Names of the cuts of :mod:`fem_lumbar.documents.viewer_cut`."""

FILMS = (".mp4", ".gif")
"""Suffixes of film formats."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""Suffixes of image formats."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs, what to show, and the path of a picture."""
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder, e.g. results/baseline")
    parser.add_argument("second", type=Path, nargs="?", metavar="RUN2", help="a second run, shown beside the first")
    parser.add_argument("--web", action="store_true", help="show it in a browser of this machine, at 127.0.0.1 only")
    parser.add_argument("--case", metavar="NAME", help="load case (default: the first)")
    parser.add_argument("--field", default="von_mises", metavar="NAME", help=", ".join(FIELD_NAMES))
    parser.add_argument("--overlay", default="", metavar="NAME", help=", ".join(OVERLAY_NAMES))
    parser.add_argument(
        "--level", type=float, default=1.0, metavar="PART", help="of the load; below 1 the nearest level that is stored"
    )
    parser.add_argument("--cut", default="", metavar="NAME", help=", ".join(CUT_NAMES))
    parser.add_argument("--at", type=float, metavar="MM", help="place of its plane, mm from the middle")
    parser.add_argument("--hide", default="", metavar="A,B", help="parts that are not shown, e.g. annulus,nucleus")
    parser.add_argument("--difference", action="store_true", help="RUN2 less RUN, beside RUN; both on the same mesh")
    parser.add_argument("--common-scale", action="store_true", help="one colour scale for all load cases of the run")
    parser.add_argument("--screenshot", type=Path, metavar="FILE.png", help="write a picture; needs no display")
    parser.add_argument("--movie", type=Path, metavar="FILE.mp4", help="write a film (.mp4, .gif); needs no display")


def execute(options: argparse.Namespace) -> int:
    """Open the window, serve the page, or write the picture; arguments are checked before drawing."""
    from fem_lumbar.cli.destination import check_file
    from fem_lumbar.documents.display import require_display
    from fem_lumbar.documents.shown_fields import chosen_case, chosen_field, require
    from fem_lumbar.runs.run import load_run

    chosen_field(options.field)
    written = [name for name in ("web", "screenshot", "movie") if getattr(options, name)]
    if len(written) > 1:
        raise InputError(f"{' and '.join(f'--{name}' for name in written)}: choose one")
    if options.screenshot is not None:
        check_file(options.screenshot, "--screenshot", PICTURES)
    if options.movie is not None:
        check_file(options.movie, "--movie", FILMS)
    if not 0.0 <= options.level <= 1.0:
        raise InputError(f"--level {options.level:g}: a part of the load, from 0 to 1")
    if options.at is not None and not options.cut:
        raise InputError("--at: the place of a cut; choose one with --cut")
    if options.at is not None and not math.isfinite(options.at):
        raise InputError(f"--at {options.at}: mm from the middle")
    runs = [load_run(folder) for folder in (options.run, options.second) if folder is not None]
    case = chosen_case(runs[0], options.case)
    for run in runs:
        require(run, case, options.field)
    if options.web:
        return _served(runs)
    if not written:
        require_display()

    from rich.console import Console
    from rich.progress import Progress

    from fem_lumbar.documents.viewer import Shown, view
    from fem_lumbar.documents.viewer_cut import Left

    left = Left(options.cut, options.at or 0.0, frozenset(filter(None, map(str.strip, options.hide.split(",")))))
    shown = Shown(case, options.field, options.overlay, options.level, options.difference, options.common_scale, left)
    with Progress(console=Console(stderr=True), transient=True, disable=options.movie is None) as progress:
        task = progress.add_task("film", total=1.0)
        view(runs, shown, options.screenshot, options.movie, lambda part: progress.update(task, completed=part))
    if written:
        print(options.screenshot or options.movie)
    return 0


def _served(runs: Sequence[Run]) -> int:
    """Serve the page of the runs until it is interrupted."""
    from fem_lumbar.report_page.comparison_page import page_of
    from fem_lumbar.web_page.page import page_text
    from fem_lumbar.web_page.serve import PageServer

    with PageServer(page_text(page_of(runs))) as server:
        print(f"{server.address}#in-space  (this machine only; Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0

"""``fem-lumbar nerve``: room and pressure of the medial branch in the tunnels of runs, or of a scenario's anatomy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from fem_lumbar.nerve.study import NerveStudy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, and the size of the nerve."""
    parser.add_argument(
        "what", nargs="+", type=Path, metavar="RUN|SCENARIO", help="run folders, or scenario files (anatomy alone)"
    )
    parser.add_argument("--nerve-diameter-mm", type=float, metavar="MM", help="diameter of the nerve (an assumption)")
    parser.add_argument("--density", metavar="NAME", help="mesh density of scenarios: test, coarse, standard or fine")
    parser.add_argument(
        "--set", dest="sets", action="append", default=[], metavar="KEY.PATH=VALUE", help="change a value of scenarios"
    )
    common.add_cases(parser)
    parser.add_argument(
        "--no-margins", action="store_true", help="do not look for the narrowing that reaches a threshold (faster)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write pictures of the sections there")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the tables of each run or scenario; write pictures where asked."""
    from fem_lumbar.nerve.parameters import nerve_tissue

    nerve_tissue(options.nerve_diameter_mm)
    if options.out is not None:
        from fem_lumbar.study.paths import check_writable

        check_writable(options.out)
    with progress(options.quiet) as show:
        studies = [_study(path, options, show) for path in options.what]
    pictures = [path for study in studies for path in _pictures(study, options, len(studies))]
    if options.json:
        import json

        print(json.dumps([study.plain() for study in studies], indent=1, ensure_ascii=False))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.nerve.text import nerve_document, nerve_title
    from fem_lumbar.report.tables import print_document

    for study in studies:
        print_document(nerve_title(study), nerve_document(study), console())
    for path in pictures:
        print(common.shown(path))
    return 0


def _study(path: Path, options: argparse.Namespace, show: Callable[[str], None]) -> NerveStudy:
    from fem_lumbar.nerve.study import nerve_of_mesh, nerve_of_run

    margins = not options.no_margins
    if path.is_dir():
        return nerve_of_run(path, options.nerve_diameter_mm, options.cases, margins, report=show)
    from fem_lumbar.meshing import segment_mesh

    options.file = path
    scenario = common.scenario(options)
    mesh = segment_mesh(scenario.anatomy, scenario.mesh, show)
    states = {level: {side: mal.state for side, mal in sides.items()} for level, sides in scenario.mal.items()}
    return nerve_of_mesh(scenario.name, mesh, states, options.nerve_diameter_mm, margins=margins, report=show)


def _pictures(study: NerveStudy, options: argparse.Namespace, count: int) -> list[Path]:
    if options.out is None:
        return []
    from fem_lumbar.nerve.picture import draw_sections

    return draw_sections(study, options.out / study.name if count > 1 else options.out)

"""``fem-lumbar nerve``: clearance and pressure of the medial branch under each MAL, of runs or of an anatomy."""

from __future__ import annotations

import argparse
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fem_lumbar.nerve.study import NerveStudy

_OUT = "also write pictures of the sections to DIR; with several runs, one folder per run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add runs or scenarios, and the diameter of the nerve."""
    parser.add_argument(
        "what", nargs="+", type=Path, metavar="RUN|SCENARIO", help="run folders, or scenario files (unloaded anatomy)"
    )
    parser.add_argument("--nerve-diameter-mm", type=float, metavar="MM", help="diameter of the nerve (an assumption)")
    parser.add_argument(
        "--density", metavar="NAME", help="mesh density of the scenarios: test, coarse, standard or fine"
    )
    parser.add_argument(
        "--set",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="change one value in every scenario",
    )
    common.add_cases(parser)
    parser.add_argument(
        "--no-margins", action="store_true", help="skip the search for the narrowing that reaches a threshold (faster)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=_OUT)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the tables of each run or scenario; write figures if requested."""
    from fem_lumbar.nerve.parameters import nerve_tissue

    nerve_tissue(options.nerve_diameter_mm)
    if options.out is not None:
        from fem_lumbar.runs.paths import check_writable

        check_writable(options.out)
    with progress(options.quiet) as show:
        studies = [_study(path, options, show) for path in options.what]
    folders = _picture_folders(options.what)
    pictures = [path for study, folder in zip(studies, folders) for path in _pictures(study, options.out, folder)]
    if options.json:
        import json

        print(json.dumps([study.plain() for study in studies], indent=1, ensure_ascii=False))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.nerve.text import nerve_document, nerve_title

    for study in studies:
        print_document(nerve_title(study), nerve_document(study), console())
    for path in pictures:
        print(common.shown(path))
    return 0


def _study(path: Path, options: argparse.Namespace, show: Callable[[str], None]) -> NerveStudy:
    from fem_lumbar.nerve.study import nerve_of_mesh, nerve_of_run

    margins = not options.no_margins
    if path.is_dir():
        if options.sets or options.density:
            from fem_lumbar.foundation.errors import InputError

            raise InputError("--set, --density: only for a scenario file; the anatomy of a run is what was run")
        return nerve_of_run(path, options.nerve_diameter_mm, options.cases, margins, report=show)
    from fem_lumbar.meshing.of_scenario import scenario_mesh

    options.file = path
    scenario = common.scenario(options)
    mesh = scenario_mesh(scenario, show)
    states: dict[str, dict[str, str]] = {
        level: {side: mal.state for side, mal in sides.items()} for level, sides in scenario.mal.items()
    }
    return nerve_of_mesh(scenario.name, mesh, states, options.nerve_diameter_mm, margins=margins, report=show)


def _picture_folders(what: Sequence[Path]) -> list[str]:
    """Names of the figure folders; made unique if several runs have the same name."""
    if len(what) == 1:
        return [""]
    found: list[str] = []
    for path in what:
        name = path.resolve().name if path.is_dir() else path.stem
        free = (name if i == 1 else f"{name}-{i}" for i in count(1))
        found.append(next(one for one in free if one.lower() not in [other.lower() for other in found]))
    return found


def _pictures(study: NerveStudy, out: Path | None, folder: str) -> list[Path]:
    if out is None:
        return []
    from fem_lumbar.nerve.picture import draw_sections

    return draw_sections(study, out / folder)

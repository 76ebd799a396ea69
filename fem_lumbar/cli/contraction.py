"""``fem-lumbar contraction``: each MAL from rest to maximal contraction, in every state, force to energy."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenario, vertebrae and destination of results."""
    common.add_scenario(parser)
    parser.add_argument("--level", type=common.names, metavar="A,B", help="vertebrae (all with a MAL)")
    parser.add_argument(
        "--activation",
        type=_activations,
        metavar="A,B",
        help="activations of all fascicles, above 0 up to 1, which is always among them (0.05,0.1,0.25,0.5,0.75,1)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write contraction.json and a picture into DIR")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print tables (or JSON); write data and figure if requested."""
    import json

    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.foundation.atomic_files import write_text
    from fem_lumbar.questions.contraction.kept import FILE
    from fem_lumbar.questions.contraction.picture import draw_contraction
    from fem_lumbar.questions.contraction.study import ACTIVATIONS, contraction_study
    from fem_lumbar.questions.contraction.text import contraction_document, contraction_title
    from fem_lumbar.runs.paths import check_writable

    scenario = common.scenario(options)
    levels = _known_levels(options.level, scenario.segment.bodies)
    if options.out is not None:
        check_writable(options.out)
    with progress(options.quiet) as show:
        study = contraction_study(scenario, show, options.activation or ACTIVATIONS, levels)
    text = json.dumps(study.plain(), indent=1, ensure_ascii=False)
    written = []
    if options.out is not None:
        written = [draw_contraction(study, options.out), options.out / FILE]
        write_text(written[-1], text + "\n")
    if options.json:
        print(text)
        return 0
    print_document(contraction_title(study), contraction_document(study), console())
    for path in written:
        print(common.shown(path))
    return 0


def _known_levels(given: list[str] | None, bodies: tuple[str, ...]) -> list[str] | None:
    from fem_lumbar.anatomy.spine import ARCH_LEVELS
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.scenario.problems import unknown_name

    there = [level for level in ARCH_LEVELS if level in bodies]
    for name in given or ():
        if name not in there:
            raise InputError(f"--level: level {unknown_name(name, there)}")
    return None if given is None else list(dict.fromkeys(given))


def _activations(text: str) -> list[float]:
    """Activations in ascending order, the last one 1."""
    try:
        found = sorted({1.0, *(float(part) for part in text.split(",") if part.strip())})
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers separated by commas, got '{text}'") from None
    if not all(0.0 < one <= 1.0 for one in found):
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1, got '{text}'")
    return found

"""``fem-lumbar needle``: chance that a radiofrequency lesion interrupts a medial branch, by state of the MAL."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.needle.lesion import Lesion
    from fem_lumbar.needle.study import NeedleStudy, Question

_MOST_PLACEMENTS = 200_000
_SETTINGS = {
    "--tip-mm": "active tip (10)",
    "--temperature-degC": "of the tip, 60 to 90 (80)",
    "--time-s": "heating time, 60 to 180 (120)",
    "--placement-sd-mm": "placement error along and across the nerve, one standard deviation (1.5, an assumption)",
    "--length-mm": "least length of the nerve that counts as interrupted (5, an assumption)",
    "--nerve-diameter-mm": "diameter of the nerve (0.8, an assumption)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add places, needles and placement."""
    parser.add_argument("what", type=Path, metavar="RUN|SCENARIO", help="run folder or scenario file (its anatomy)")
    common.add_changes(parser)
    for name, told in {"level": "bodies with ligaments (all)", "side": "left, right (both)"}.items():
        parser.add_argument(f"--{name}", type=common.names, metavar="A,B", help=told)
    parser.add_argument("--approach", type=common.names, metavar="A,B", help="where and how needles are aimed (all)")
    parser.add_argument("--gauge", type=common.names, metavar="A,B", default=["18G"], help="22G, 20G, 18G, 16G (18G)")
    parser.add_argument("--shape", choices=("spheroid", "cylinder"), default="spheroid", help="of lesions (spheroid)")
    parser.add_argument(
        "--recalled", action="store_true", help="also show cooled and three-tined lesions (recalled sizes)"
    )
    for option, told in _SETTINGS.items():
        parser.add_argument(option, type=float, metavar="X", help=told)
    parser.add_argument(
        "--placements", type=common.positive, default=2000, metavar="N", help="needles per approach (2000)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the placements (1)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also draw course, needles and lesions into DIR")
    parser.add_argument(
        "--scenario-out", type=Path, metavar="FILE", help="also write the scenario of successful lesions"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print tables and conclusions; write figures and a scenario if requested."""
    import json

    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.needle.study import needle_study
    from fem_lumbar.needle.text import needle_document, needle_title
    from fem_lumbar.runs.paths import check_writable

    asked, sides = _question(options), _sides(options)
    for path in filter(None, (options.out, options.scenario_out and options.scenario_out.parent)):
        check_writable(path)
    with progress(options.quiet) as show:
        name, mesh, base = _anatomy(options, show)
        study = needle_study(name, mesh, asked, _levels(options, mesh), sides, show)
    written = [*_scenario(study, base, options.scenario_out), *_pictures(study, mesh, options.out)]
    if options.json:
        print(json.dumps(study.plain(), indent=1, ensure_ascii=False))
        return 0
    print_document(needle_title(study), needle_document(study), console())
    for path in written:
        print(common.shown(path))
    return 0


def _question(options: argparse.Namespace) -> Question:
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.needle.aim import APPROACHES
    from fem_lumbar.needle.lesion import SIZES, lesion, lesions_shown_only
    from fem_lumbar.needle.parameters import checked, needle_values, placement
    from fem_lumbar.needle.study import Question
    from fem_lumbar.nerve.course import course_values
    from fem_lumbar.nerve.parameters import nerve_tissue

    if options.placements > _MOST_PLACEMENTS:
        raise InputError(f"--placements {options.placements}: must be at most {_MOST_PLACEMENTS}")
    setting = options.tip_mm, options.temperature_degC, options.time_s, options.shape
    lesions: dict[str, dict[str, Lesion]] = {}
    lesions |= {gauge: {size: lesion(gauge, size, *setting) for size in SIZES} for gauge in options.gauge}
    if options.recalled:
        lesions |= {one.name: {"recalled": one} for one in lesions_shown_only()}
    length = options.length_mm
    if length is None:
        length = needle_values()["interruption"]["length_mm"]
    return Question(
        _known("approach", options.approach or APPROACHES, APPROACHES),
        lesions,
        placement(options.placement_sd_mm).with_nerve(course_values()["bone"]["sideways_sd_mm"]),
        options.placements,
        common.seed(options),
        checked("interrupted length", length, "interruption", "length_mm"),
        nerve_tissue(options.nerve_diameter_mm).radius_mm,
    )


def _sides(options: argparse.Namespace) -> list[str]:
    from fem_lumbar.foundation.conventions import SIDES

    return _known("side", options.side or SIDES, SIDES)


def _levels(options: argparse.Namespace, mesh: SegmentMesh) -> list[str]:
    from fem_lumbar.anatomy.spine import ARCH_LEVELS

    there = [level for level in ARCH_LEVELS if level in mesh.levels]
    return _known("level", options.level or there, there)


def _known(kind: str, given: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """The given names without duplicates; each must be allowed."""
    from fem_lumbar.foundation.errors import InputError
    from fem_lumbar.scenario.problems import unknown_name

    for name in given:
        if name not in allowed:
            raise InputError(f"{kind} {unknown_name(name, allowed)}")
    return list(dict.fromkeys(given))


def _anatomy(options: argparse.Namespace, show: Callable[[str], None]) -> tuple[str, SegmentMesh, Path]:
    """Name, undeformed mesh, and scenario file."""
    if options.what.is_dir():
        from fem_lumbar.foundation.errors import InputError
        from fem_lumbar.runs.run import SCENARIO, load_run

        given = [option for option, value in (("--set", options.sets), ("--density", options.density)) if value]
        if given:
            raise InputError(f"{', '.join(given)}: the anatomy of a run is fixed; give its scenario file instead")
        run = load_run(options.what)
        return run.name, run.mesh, run.folder / SCENARIO
    from fem_lumbar.meshing.of_scenario import scenario_mesh

    options.file = options.what
    scenario = common.scenario(options)
    return scenario.name, scenario_mesh(scenario, show), options.what


def _scenario(study: NeedleStudy, base: Path, path: Path | None) -> Sequence[Path]:
    if path is None:
        return []
    from fem_lumbar.needle.scenario import write_lesion_scenario

    places = list(dict.fromkeys((row.level, row.side) for row in study.rows))
    return [write_lesion_scenario(path, base, places)]


def _pictures(study: NeedleStudy, mesh: SegmentMesh, folder: Path | None) -> Sequence[Path]:
    if folder is None:
        return []
    from fem_lumbar.documents.offscreen import rendering_problem

    problem = rendering_problem()
    if problem is not None:
        import sys

        print(f"warning: pictures are missing: {problem}", file=sys.stderr)
        return []
    from fem_lumbar.needle.picture import draw_needles

    return draw_needles(study, mesh, folder)

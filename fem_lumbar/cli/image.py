"""``fem-lumbar image``: what scans of an arch would show, and from which voxel size on types are told apart."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.scenario.model import Scenario


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add anatomy, arch and scanner."""
    parser.add_argument("file", type=Path, metavar="FILE", help="scenario (YAML); its anatomy is scanned, unloaded")
    parser.add_argument("--level", metavar="NAME", help="vertebra (default: the lowest one with such a ligament)")
    parser.add_argument("--side", default="left", metavar="NAME", help="left (default) or right")
    parser.add_argument(
        "--voxels", default="0.3,0.5,0.7,1.0", metavar="A,B", help="edges of voxels, mm (default: 0.3,0.5,0.7,1.0)"
    )
    parser.add_argument(
        "--blur", type=float, default=1.0, metavar="N", help="point spread, full width in voxels (default: 1)"
    )
    parser.add_argument(
        "--placements", type=common.positive, default=32, metavar="N", help="scans of each kind (default: 32)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of their placement (default: 0)")
    common.add_changes(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the tables."""
    from fem_lumbar.imaging.own_bone import own_bone
    from fem_lumbar.imaging.own_reading import own_reading
    from fem_lumbar.imaging.reading import ossified_fractions
    from fem_lumbar.imaging.repeatability import Scans, repeatability
    from fem_lumbar.meshing.of_scenario import scenario_mesh

    scenario = common.scenario(options)
    arch = _level(options, scenario), _side(options)
    scans = Scans(_voxels(options.voxels), options.blur, options.placements, common.seed(options))
    fractions = ossified_fractions(scenario.materials.mal)
    own = None
    with progress(options.quiet) as show:
        mesh = scenario_mesh(scenario, show)
        if scenario.anatomy.source == "surfaces":
            own = own_reading(mesh, own_bone(scenario.anatomy, show), *arch, fractions, scans, show)
        found = repeatability(mesh, *arch, fractions, scans, show)
    if options.json:
        import json
        from dataclasses import asdict

        from fem_lumbar.foundation.json_values import plain

        told = {**asdict(found), "coarsest_mm": found.coarsest_mm}
        if own is not None:
            told["own_bone"] = {**asdict(own), "steady_up_to_mm": own.steady_up_to_mm}
        print(json.dumps(plain(told), indent=1))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.imaging.own_text import own_document, own_title
    from fem_lumbar.imaging.text import image_document, image_title

    if own is not None:
        print_document(own_title(own), own_document(own, found), console())
    print_document(image_title(found, fitted=own is not None), image_document(found), console())
    return 0


def _level(options: argparse.Namespace, scenario: Scenario) -> str:
    from fem_lumbar.anatomy.spine import ARCH_LEVELS
    from fem_lumbar.scenario.problems import unknown_name

    levels = [level for level in ARCH_LEVELS if level in scenario.segment.bodies]
    if not levels:
        raise InputError("no vertebra of segment.bodies has a mamillo-accessory ligament")
    level = str(options.level or levels[-1])
    if level not in levels:
        raise InputError(f"--level: no such arch: {unknown_name(level, levels)}")
    return level


def _side(options: argparse.Namespace) -> str:
    from fem_lumbar.foundation.conventions import SIDES
    from fem_lumbar.scenario.problems import unknown_name

    if options.side not in SIDES:
        raise InputError(f"--side: no such side: {unknown_name(options.side, SIDES)}")
    return str(options.side)


def _voxels(text: str) -> list[float]:
    wrong = f"--voxels {text!r}: numbers in mm, separated by commas, as in 0.3,0.5,1.0"
    try:
        edges = sorted({float(part) for part in text.split(",") if part.strip()})
    except ValueError as error:
        raise InputError(wrong) from error
    if not edges:
        raise InputError(wrong)
    return edges

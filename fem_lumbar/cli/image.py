"""``fem-lumbar image``: what scans of an arch would show, and from which voxel size on types are told apart."""

from __future__ import annotations

import argparse
from pathlib import Path

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

TYPES = ("type_I", "type_II", "type_III")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Anatomy, arch and scanner."""
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
    from fem_lumbar.anatomy.spine import ARCH_LEVELS
    from fem_lumbar.foundation.conventions import SIDES
    from fem_lumbar.imaging.repeatability import repeatability
    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.scenario.problems import unknown_name

    scenario = common.scenario(options)
    levels = [level for level in ARCH_LEVELS if level in scenario.segment.bodies]
    if not levels:
        raise InputError("no vertebra of segment.bodies has a mamillo-accessory ligament")
    level = options.level or levels[-1]
    if level not in levels:
        raise InputError(f"--level: no such arch: {unknown_name(level, levels)}")
    if options.side not in SIDES:
        raise InputError(f"--side: no such side: {unknown_name(options.side, SIDES)}")
    mal = scenario.materials.mal
    fractions = {"fibrous": 0.0, **{name: float(getattr(mal, f"{name}_fraction")) for name in TYPES}}
    with progress(options.quiet) as show:
        mesh = scenario_mesh(scenario, show)
        found = repeatability(
            mesh, level, options.side, fractions, _voxels(options.voxels), options.blur, options.placements,
            options.seed, show,
        )  # fmt: skip
    if options.json:
        import json
        from dataclasses import asdict

        from fem_lumbar.foundation.json_values import plain

        print(json.dumps(plain({**asdict(found), "coarsest_mm": found.coarsest_mm}), indent=1))
        return 0
    from fem_lumbar.cli.tables import console
    from fem_lumbar.documents.tables import print_document
    from fem_lumbar.imaging.text import image_document, image_title

    print_document(image_title(found), image_document(found), console())
    return 0


def _voxels(text: str) -> list[float]:
    try:
        return sorted({float(part) for part in text.split(",") if part.strip()})
    except ValueError as error:
        raise InputError(f"--voxels {text!r}: numbers in mm, separated by commas, as in 0.3,0.5,1.0") from error

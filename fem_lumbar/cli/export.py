"""``fem-lumbar export``: write a model or its results in the files of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import options as common
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.export.inventory import Inventory
    from fem_lumbar.runs.run import Run
    from fem_lumbar.scenario.model import Scenario

ENDINGS = {"febio": ".feb", "calculix": ".inp", "stl": "", "vtkhdf": ".vtkhdf"}
"""Formats and their file suffixes; STL is a folder with a file per part."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is exported, the format, and the destination."""
    parser.add_argument("source", type=Path, metavar="RUN|FILE", help="run folder or scenario (YAML)")
    parser.add_argument("--format", required=True, choices=ENDINGS, metavar="NAME", help=", ".join(ENDINGS))
    parser.add_argument("--case", metavar="NAME", help="load case (default: the first)")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="file or folder to write (default: NAME-CASE in the current folder)"
    )
    parser.add_argument("--deformed", action="store_true", help="with stl, of a run: surfaces at full load")
    common.add_changes(parser)


def execute(options: argparse.Namespace) -> int:
    """Write the export; print which parts of the model are included and which are not, and its path."""
    is_run = options.source.is_dir()
    if is_run and (options.sets or options.density):
        raise InputError("--set, --density: only for a scenario file; the model of a run is what was run")
    if options.deformed and (options.format != "stl" or not is_run):
        raise InputError("--deformed: only for --format stl of a run")
    if options.format == "vtkhdf" and not is_run:
        raise InputError("--format vtkhdf: fields come from a run\n    run the scenario, then export its folder")

    from fem_lumbar.runs.run import load_run
    from fem_lumbar.scenario.loader import load_scenario
    from fem_lumbar.scenario.problems import unknown_name

    run = load_run(options.source) if is_run else None
    scenario = load_scenario(options.source, options.sets, None, options.density) if run is None else run.scenario
    cases = list(scenario.load_cases if run is None else run.cases)
    if not cases:
        raise InputError(f"{options.source} has no load case that converged: there is nothing to export")
    if options.case is not None and options.case not in cases:
        raise InputError(f"--case: no such load case: {unknown_name(options.case, cases)}")
    case = options.case or cases[0]
    out = _destination(options, f"{scenario.name}-{case}")
    inventory = _write(options, scenario, run, case, out)
    for line in inventory.lines():
        print(line)
    print(common.shown(out))
    return 0


def _destination(options: argparse.Namespace, name: str) -> Path:
    """Path of the export; it is checked for being writable before any computation."""
    from fem_lumbar.cli.destination import check_file
    from fem_lumbar.runs.paths import check_writable

    ending, out = ENDINGS[options.format], options.out or Path()
    if not ending:
        folder = out / name if options.out is None or out.is_dir() else out
        check_writable(folder)
        return folder
    file = out / f"{name}{ending}" if options.out is None or out.is_dir() else out
    check_file(file, "--out", (ending,))
    return file


def _write(options: argparse.Namespace, scenario: Scenario, run: Run | None, case: str, out: Path) -> Inventory:
    if options.format == "stl":
        return _write_surfaces(options, scenario, run, case, out)
    if options.format == "vtkhdf":
        from fem_lumbar.export.vtkhdf import write_vtkhdf

        assert run is not None
        return write_vtkhdf(run, case, out)

    from fem_lumbar.export.calculix import write_calculix
    from fem_lumbar.export.febio import write_febio
    from fem_lumbar.export.source import source_of

    write = write_febio if options.format == "febio" else write_calculix
    return write(source_of(scenario, case, run), out)


def _write_surfaces(
    options: argparse.Namespace, scenario: Scenario, run: Run | None, case: str, out: Path
) -> Inventory:
    from fem_lumbar.export.stl import write_stl

    if run is not None and options.deformed:
        fields = run.field_arrays(case)
        return write_stl(run.mesh, fields.cell_nodes, fields.points, out)

    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.model.segment import kept_mesh

    mesh = kept_mesh(scenario, scenario_mesh(scenario)) if run is None else run.mesh
    return write_stl(mesh, mesh.cells, mesh.points, out)

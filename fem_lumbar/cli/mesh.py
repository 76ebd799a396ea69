"""``fem-lumbar mesh``: print size and quality of a mesh, or measure its anatomy or its discretisation error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.cli import mesh_convergence, mesh_report
from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress
from fem_lumbar.foundation.errors import InputError

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh

REPORT = "report"
"""Word after ``mesh`` for the report on the anatomy."""
CONVERGENCE = "convergence"
"""Word after ``mesh`` for the discretisation error."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add scenario and mesh file; or the word ``report`` or ``convergence``, followed by a scenario."""
    parser.usage = "%(prog)s [options] FILE\n       %(prog)s report|convergence [options] [FILE]"
    parser.epilog = (
        "report measures the mesh, compares it with the requested dimensions and with real vertebrae, and draws it "
        f"(default FILE: {mesh_report.DEFAULT_SCENARIO}). convergence runs the scenario at several densities and "
        "prints order of convergence, extrapolated value and discretisation error of every quantity."
    )
    common.add_scenario(parser)
    second = parser.add_argument("scenario", type=Path, metavar="FILE", help="scenario, after report or convergence")
    second.required = False
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write the mesh to DIR as NAME.npz and NAME.vtu; with report: tables and pictures (default: NAME_anatomy "
        f"in {common.RESULTS})",
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="DIR",
        help="with report: compare the bone with surfaces of real vertebrae in DIR, one file per level, named after it "
        "(STL, OBJ or PLY, mm, any orientation)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    common.add_json(parser)
    mesh_convergence.add_arguments(parser)


def execute(options: argparse.Namespace) -> int:
    """Print size, quality and volumes of the mesh of a scenario; 1 when an element is inverted."""
    if options.reference is not None and str(options.file) != REPORT:
        raise InputError(f"--reference: only for fem-lumbar mesh {REPORT} FILE")
    if str(options.file) == CONVERGENCE:
        return mesh_convergence.execute(options)
    mesh_convergence.refuse_stray(options)
    if str(options.file) == REPORT:
        return mesh_report.execute(options)
    if options.scenario is not None:
        raise InputError(f"'{options.scenario}' is one file too many\n    for a report: fem-lumbar mesh {REPORT} FILE")
    scenario = common.scenario(options)
    if options.out is not None:
        from fem_lumbar.runs.paths import check_writable

        check_writable(options.out)

    from fem_lumbar.foundation.json_values import plain
    from fem_lumbar.foundation.nested import leaves
    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.meshing.quality import mesh_quality
    from fem_lumbar.model.segment import kept_mesh

    common.tell_warnings(scenario, options)
    with progress(options.quiet) as show:
        mesh = kept_mesh(scenario, scenario_mesh(scenario, show))
    quality = mesh_quality(mesh)
    mesh = replace(mesh, meta={key: quality.get(key, value) for key, value in mesh.meta.items()})
    if options.json:
        import json

        print(json.dumps(plain({"meta": mesh.meta, "quality": quality}), indent=1))
    else:
        from fem_lumbar.cli.tables import console
        from fem_lumbar.documents.tables import Table, number, print_document

        rows: list[Sequence[str]] = [
            (" ".join(key), number(plain(value))) for key, value in leaves({**mesh.meta, **quality})
        ]
        table = Table("Lengths in mm, volumes in mm³", ("quantity", "value"), rows)
        print_document(f"Mesh of {scenario.name}", [table], console())
    if options.out is not None:
        for path in _write(mesh, options.out, f"{scenario.name}-{scenario.mesh.density}"):
            print(path, file=sys.stderr)
    return 1 if quality.get("inverted") else 0


def _write(mesh: SegmentMesh, out: Path, name: str) -> list[str]:
    from fem_lumbar.foundation.atomic_files import replacing
    from fem_lumbar.meshing.storage import save_mesh
    from fem_lumbar.runs.vtu import write_vtu

    save_mesh(mesh, out / f"{name}.npz")
    data = {"region": mesh.region, **mesh.cell_data}
    with replacing(out / f"{name}.vtu") as part:
        write_vtu(part, mesh.points, mesh.cells, {}, data, {"region_names": mesh.region_names})
    return [common.shown(out / f"{name}.npz"), common.shown(out / f"{name}.vtu")]

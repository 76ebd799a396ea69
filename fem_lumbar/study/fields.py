"""Fields of the load cases in a run folder: what they are and where they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.report.vtu import write_vtu

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.study.simulation import CaseResult

FIELD_LEGEND = {
    "reference_position": ("mm", "position before loading"),
    "displacement": ("mm", "displacement"),
    "contact_pressure": ("MPa", "pressure between the facet cartilages"),
    "cauchy_stress": ("MPa", "Cauchy stress: xx yy zz xy yz zx"),
    "von_mises": ("MPa", "von Mises stress"),
    "principal_strains": ("-", "principal Green-Lagrange strains, largest first"),
    "pressure": ("MPa", "hydrostatic pressure, + compression"),
    "region": ("-", "region tag"),
    "mal_s": ("-", "position along the mamillo-accessory ligament: 0 mammillary, 1 accessory end"),
}
"""Unit and meaning of every stored field."""


def write_fields(folder: Path, mesh: SegmentMesh, result: CaseResult) -> None:
    """Write the fields of one load case on the deformed mesh into a folder; the file is whole or absent."""
    point_data = {"reference_position": mesh.points} | dict(result.point_data)
    cell_data = {"region": mesh.region} | dict(result.cell_data)
    if "mal_s" in mesh.cell_data:
        cell_data.setdefault("mal_s", mesh.cell_data["mal_s"])
    path = folder / f"{result.name}.vtu"
    part = path.with_suffix(".part")
    write_vtu(part, mesh.points + result.point_data["displacement"], mesh.cells, point_data, cell_data)
    part.replace(path)

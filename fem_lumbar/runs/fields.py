"""Fields of the load cases in a run folder: legend and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.measures.line_fields import LINE_KINDS, LineFields
from fem_lumbar.runs.surface import Surface
from fem_lumbar.runs.vtu import read_series, write_blocks, write_lines, write_series, write_surface, write_vtu

if TYPE_CHECKING:
    from fem_lumbar.measures.fields import Level, StateFields
    from fem_lumbar.meshing.mesh import SegmentMesh

SUFFIXES = (".vtu", ".vtp", ".vtm", ".pvd")
"""Suffixes of the files of a load case."""

LEVELS = "levels"
"""Folder of the surfaces at load levels."""

_DIRECTION_STEP = 2.0**-10  # of a unit vector: 0.06 deg, and files a tenth smaller

FIELD_LEGEND = {
    "reference_position": ("mm", "position before loading"),
    "displacement": ("mm", "displacement"),
    "contact_pressure": ("MPa", "between facets and between bones that touch, at the nodes of one of both surfaces"),
    "region": ("-", "region tag: place in the list region_names of the file"),
    "cauchy_stress": ("MPa", "Cauchy stress, mean over the cell: xx yy zz xy yz zx"),
    "von_mises": ("MPa", "von Mises stress of the mean Cauchy stress"),
    "pressure": ("MPa", "hydrostatic pressure of the mean Cauchy stress, + compression"),
    "principal_stresses": ("MPa", "principal values of the mean Cauchy stress, largest first, + tension"),
    "principal_stress_direction_1": ("-", "unit vector of the largest principal stress"),
    "principal_stress_direction_3": ("-", "unit vector of the smallest; that of the middle one is normal to both"),
    "principal_strains": ("-", "principal Green-Lagrange strains of the mean deformation, largest first"),
    "principal_strain_direction_1": ("-", "unit vector of the largest principal strain, in the deformed body"),
    "principal_strain_direction_3": ("-", "unit vector of the smallest, in the deformed body"),
    "volume_ratio": ("-", "det F, mean over the cell: current over reference volume"),
    "fibre_stretch": ("-", "stretch of both annulus fibre families, mean over the cell; NaN outside the annulus"),
    "fibre_direction_1": ("-", "unit vector of the first fibre family in the deformed body"),
    "fibre_direction_2": ("-", "unit vector of the second fibre family in the deformed body"),
    "mal_s": ("-", "position along the mamillo-accessory ligament: 0 mammillary, 1 accessory end"),
}
"""Unit and meaning of every field of ``<case>.vtu``."""

LINE_LEGEND = {
    "kind": ("-", "place in the list kind_names of the file"),
    "side": ("-", "1 left, -1 right, 0 in the middle"),
    "name": ("-", "ligament or fascicle"),
    "span": ("-", "levels that it joins"),
    "tension": ("N", "tension"),
    "strain": ("-", "strain of a ligament from its rest length, negative where it is slack; NaN for other lines"),
    "activation": ("-", "activation of a fascicle; NaN where its force was given and for other lines"),
}
"""Unit and meaning of all data in ``<case>.lines.vtp``."""


def field_files(folder: Path, case: str) -> list[Path]:
    """Files of a load case: tissue, lines, a file that opens both, and the series of load levels."""
    ends = (".vtu", ".lines.vtp", ".vtm", ".pvd")
    return [*(folder / f"{case}{end}" for end in ends), *(folder / LEVELS).glob(f"{case}.[0-9]*.vtp")]


def levels_of(folder: Path, case: str) -> list[tuple[float, Path]]:
    """Time and surface file of every load level of a case that is stored in a folder of fields."""
    series = folder / f"{case}.pvd"
    return read_series(series) if series.is_file() else []


def write_fields(folder: Path, mesh: SegmentMesh, case: str, fields: StateFields) -> None:
    """Write the fields of one load case on the deformed mesh into a folder; each file is written atomically."""
    tissue, lines, both, series = field_files(folder, case)[:4]
    point_data = {"reference_position": fields.reference, **fields.point_data}
    names = {"region_names": mesh.region_names}
    if fields.lines is not None:
        with replacing(lines) as part:
            _write_lines(part, fields.lines)
        with replacing(both) as part:
            write_blocks(part, {"tissue": tissue.name, "lines": lines.name})
    if len(fields.levels) > 1:
        _write_levels(series, mesh, fields.levels)
    positions = fields.reference + fields.point_data["displacement"]
    with replacing(tissue) as part:
        write_vtu(part, positions, fields.cells, point_data, _rounded(fields.cell_data), names)


def _write_levels(series: Path, mesh: SegmentMesh, levels: Sequence[Level]) -> None:
    """Write the deformed outer surface at every load level, and the file that opens them as a series."""
    folder = series.parent / LEVELS
    folder.mkdir(exist_ok=True)
    surface = Surface.of(mesh.cells, mesh.region)
    files = []
    for number, level in enumerate(levels):
        moved = level.displacement[surface.nodes]
        data = {"displacement": moved, "region": surface.region}
        name = f"{series.stem}.{number:02d}.vtp"
        with replacing(folder / name) as part:
            write_surface(part, mesh.points[surface.nodes] + moved, surface.triangles, data)
        files.append((level.time, f"{LEVELS}/{name}"))
    with replacing(series) as part:
        write_series(part, files)


def _rounded(cell_data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Cell data with unit vectors rounded to steps that compress well; other data is unchanged."""
    return {
        name: np.round(values / _DIRECTION_STEP) * _DIRECTION_STEP if "_direction_" in name else values
        for name, values in cell_data.items()
    }


def _write_lines(path: Path, lines: LineFields) -> None:
    count = len(lines.kind)
    ends = np.column_stack([np.arange(count), count + np.arange(count)])
    data = {name: getattr(lines, name) for name in LINE_LEGEND}
    write_lines(path, np.concatenate([lines.lower, lines.upper]), ends, data, {"kind_names": LINE_KINDS})

"""Fields of one load case as a VTU file (the only place that touches meshio)."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np


def write_vtu(
    path: Path,
    points: np.ndarray,
    cells: np.ndarray,
    point_data: dict[str, np.ndarray],
    cell_data: dict[str, np.ndarray],
) -> None:
    """Write tetrahedra with their fields, binary and compressed.

    Parameters
    ----------
    path : Path
        File to write.
    points : (n, 3) float
        Positions, mm.
    cells : (m, 4) int
        Corner nodes of each tetrahedron.
    point_data, cell_data : dict of arrays (n, ...) and (m, ...)
        Fields by name; floating-point fields are kept in single precision.
    """
    mesh = meshio.Mesh(
        np.asarray(points, dtype=np.float64),
        [("tetra", np.asarray(cells, dtype=np.int64))],
        point_data={name: _compact(values) for name, values in point_data.items()},
        cell_data={name: [_compact(values)] for name, values in cell_data.items()},
    )
    mesh.write(path, file_format="vtu", binary=True, compression="zlib")


def read_vtu(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Points (n, 3) mm, cells (m, 4), point data and cell data of a file written by :func:`write_vtu`."""
    mesh = meshio.read(path, file_format="vtu")
    cell_data = {name: blocks[0] for name, blocks in mesh.cell_data.items()}
    return mesh.points, mesh.cells[0].data, dict(mesh.point_data), cell_data


def _compact(values: np.ndarray) -> np.ndarray:
    """Single precision for floats, 32 bit for integers: enough for a picture, half the size."""
    values = np.ascontiguousarray(values)
    return values.astype(np.float32 if values.dtype.kind == "f" else np.int32)

"""Surfaces of the parts of a mesh as STL files, one per region."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fem_lumbar.export.inventory import Inventory
from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.foundation.triangles import unit_normals
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.surface import Surface

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(mesh: SegmentMesh, cells: np.ndarray, points: np.ndarray, folder: Path) -> Inventory:
    """Write the closed surface of every region, mm.

    Parameters
    ----------
    mesh : SegmentMesh
        Regions.
    cells : (m, 4) or (m, 10)
        Nodes of its cells; with mid-edge nodes each quadratic facet becomes four flat triangles.
    points : (n, 3)
        Undeformed or deformed positions of the nodes, mm.
    folder : Path
        Folder of the files, one ``REGION.stl`` each; created if needed.
    """
    inventory = Inventory()
    folder.mkdir(parents=True, exist_ok=True)
    for tag, name in enumerate(mesh.region_names):
        surface = Surface.of(cells, mesh.region, mesh.region == tag)
        corners = points[surface.nodes[surface.triangles]]
        rows = np.zeros(len(corners), dtype=_TRIANGLE)
        rows["normal"], rows["corners"] = unit_normals(corners), corners
        header = f"{name}, mm; x anterior, y left, z cranial".encode()
        with replacing(folder / f"{name}.stl") as part:
            part.write_bytes(header[:80].ljust(80) + np.uint32(len(rows)).astype("<u4").tobytes() + rows.tobytes())
        inventory.carried(name, "surface, closed")
    inventory.missing("materials, ligaments, loads, fields", "STL holds triangles alone")
    return inventory

"""Quality of a mesh: shape of cells, volumes of regions, numbers of unknowns."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.spine import supports
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import cell_edges, mean_ratio, signed_volumes
from fem_lumbar.meshing.mesh import SegmentMesh

LOWEST_QUALITY = 0.1
"""Lowest mean ratio of a cell in an accepted mesh."""
_SOFT = ("annulus", "nucleus", "facet_cartilage", "mal", "cartilage_endplate")


def sound_quality(mesh: SegmentMesh, points: np.ndarray, lowest: float) -> float:
    """Lowest mean ratio of a mesh with its nodes moved to points (n, 3), mm.

    Raises
    ------
    AnatomyError
        When it is below ``lowest``; the message names the region.
    """
    quality = mean_ratio(points, mesh.cells)
    worst = int(quality.argmin())
    if quality[worst] < lowest:
        region = mesh.region_names[mesh.region[worst]]
        raise AnatomyError(f"{region} would be squeezed too far (a cell of quality {quality[worst]:.3f})")
    return float(quality[worst])


def is_soft(name: str) -> bool:
    """Whether a region is soft tissue (disc, facet cartilage, cartilaginous endplate, ligament arch)."""
    return PartName(name).part in _SOFT


def count_unknowns(mesh: SegmentMesh, linear_bone: bool) -> dict[str, int]:
    """Numbers of unknowns of the discrete problem.

    Parameters
    ----------
    mesh : SegmentMesh
    linear_bone : bool
        Mid-edge nodes of bone that touch no soft tissue are tied and do not count.

    Returns
    -------
    dict
        ``displacement_nodes``, ``pressure_nodes`` and ``unknowns`` (3 per displacement node, 1 per pressure node,
        without the fixed surfaces of the lowermost body).
    """
    soft = np.array([is_soft(name) for name in mesh.region_names])[mesh.region]
    edges = cell_edges(mesh.cells[soft]) if linear_bone else cell_edges(mesh.cells)
    vertices = len(np.unique(mesh.cells))
    there = [mesh.surfaces[name] for name in supports(mesh.levels[-1]) if name in mesh.surfaces]
    support = np.vstack([np.empty((0, 3), dtype=int), *there])
    held = len(np.unique(support))
    if held and not linear_bone:
        faces = np.sort(support, axis=1)
        held += len(np.unique(np.vstack([faces[:, [0, 1]], faces[:, [0, 2]], faces[:, [1, 2]]]), axis=0))
    nuclei = named(mesh.region_names, part="nucleus")
    pressure = len(np.unique(mesh.cells[mesh.region_cells(*nuclei)])) if nuclei else 0
    nodes = vertices + len(edges)
    return {"displacement_nodes": nodes, "pressure_nodes": pressure, "unknowns": 3 * (nodes - held) + pressure}


def mesh_quality(mesh: SegmentMesh) -> dict[str, Any]:
    """Summary of a mesh: shape measures (mean ratio), inverted cells, volumes (mm³), unknowns.

    Parameters
    ----------
    mesh : SegmentMesh
    """
    shape = mean_ratio(mesh.points, mesh.cells)
    volume = signed_volumes(mesh.points, mesh.cells)
    regions = {}
    for index, name in enumerate(mesh.region_names):
        own = mesh.region == index
        regions[name] = {
            "cells": int(own.sum()),
            "volume_mm3": float(volume[own].sum()),
            "minimum_quality": float(shape[own].min()),
        }
    return {
        "nodes": len(mesh.points),
        "cells": len(mesh.cells),
        "inverted": int((volume <= 0).sum()),
        "minimum_quality": float(shape.min()),
        "quality_percentiles": {f"{p:g}": float(np.percentile(shape, p)) for p in (0.1, 1, 10, 50)},
        "asymmetry_mm": float(np.abs(mesh.points[mesh.mirror] * [1, -1, 1] - mesh.points).max())
        if len(mesh.mirror)
        else None,
        "regions": regions,
        **count_unknowns(mesh, linear_bone=mesh.meta.get("density") == "test"),
    }

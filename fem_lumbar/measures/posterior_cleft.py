"""Opening and sliding of the gap of a cleft through an arch, and the force that its filling transfers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.posterior_cleft import MIDLINE
from fem_lumbar.foundation.tetrahedra import signed_volumes
from fem_lumbar.foundation.triangles import area_vectors
from fem_lumbar.measures.bonded_solid import carried_by_solid
from fem_lumbar.measures.kinematics import current_places, level_rotations
from fem_lumbar.mechanics.rotation import best_fit_rotation, rotation_vector
from fem_lumbar.meshing.posterior_cleft import CLEFT, ENDS
from fem_lumbar.model.segment import Segment

_OF_ONE_HALF = ("force_vector_N", "moment_vector_Nmm", "centre_mm")


def cleft_entry(
    segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Entry ``posterior_cleft`` of a load case, by vertebra and place; empty where no arch has a cleft.

    Force and moment are those on the lower face of a pars, on the side of the arch. In the midline both halves are
    alike: vectors, which would be those of one of them, are left out. See
    :func:`~fem_lumbar.measures.bonded_solid.carried_by_solid`.

    ``width_unloaded_mm``, ``area_unloaded_mm2``
        of the gap as the mesh has it: volume over area, and mean area of both faces across it;
    ``opening_mm``, ``sliding_mm``, ``turning_deg``
        motion of the lower face relative to the upper one since the start, in axes that turn with the body of the
        vertebra: along the normal of the gap, across it, and the angle.
    """
    found: dict[str, dict[str, Any]] = {}
    regions = named(segment.solids, part=CLEFT)
    rotations = level_rotations(segment, x) if regions else {}
    for region in regions:
        (place,) = region.details
        normal = gap_normal(segment, region)
        rotation = rotations[region.place]
        nodes = face_nodes(segment, region, "lower")
        carried = carried_by_solid(segment, region, nodes, rotation @ normal, x, item_forces)
        if place == MIDLINE:
            carried = {name: value for name, value in carried.items() if name not in _OF_ONE_HALF}
        entry = _size(segment, region, normal) | _motion(segment, region, normal, rotation, x) | carried
        found.setdefault(region.place, {})[place] = entry
    return {"posterior_cleft": found} if found else {}


def gap_normal(segment: Segment, region: PartName) -> np.ndarray:
    """Unit vector (3,) across a gap before loading, from its upper to its lower face."""
    upper, lower = (area_vectors(segment.mesh.points[face]).sum(axis=0) for face in _faces(segment, region))
    return (lower - upper) / np.linalg.norm(lower - upper)


def face_nodes(segment: Segment, region: PartName, end: str) -> np.ndarray:
    """Nodes (k,) of the quadratic mesh on the ``upper`` or ``lower`` face of a cleft."""
    return np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{region}.{end}"]))


def _faces(segment: Segment, region: PartName) -> list[np.ndarray]:
    """Triangles (k, 3) of the upper and the lower face."""
    return [segment.mesh.surfaces[f"{region}.{end}"] for end in ENDS]


def _size(segment: Segment, region: PartName, normal: np.ndarray) -> dict[str, float]:
    mesh = segment.mesh
    faces = [area_vectors(mesh.points[face]).sum(axis=0) for face in _faces(segment, region)]
    area = float(np.mean([abs(face @ normal) for face in faces]))
    volume = float(signed_volumes(mesh.points, mesh.cells[mesh.region_cells(region)]).sum())
    return {"width_unloaded_mm": volume / area, "area_unloaded_mm2": area}


def _motion(
    segment: Segment, region: PartName, normal: np.ndarray, rotation: np.ndarray, x: np.ndarray
) -> dict[str, float]:
    nodes = {end: face_nodes(segment, region, end) for end in ENDS}
    before = {end: segment.space.nodes[nodes[end]] for end in ENDS}
    after = {end: current_places(segment, nodes[end], x) for end in ENDS}
    gap = [places["lower"].mean(axis=0) - places["upper"].mean(axis=0) for places in (before, after)]
    way = rotation.T @ gap[1] - gap[0]
    opening = float(way @ normal)
    turned = {end: best_fit_rotation(before[end], after[end]) for end in ENDS}
    return {
        "opening_mm": opening,
        "sliding_mm": float(np.linalg.norm(way - opening * normal)),
        "turning_deg": float(np.degrees(np.linalg.norm(rotation_vector(turned["lower"] @ turned["upper"].T)))),
    }

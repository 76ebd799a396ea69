"""Force and moment that the solid bridge of an ossified ligament transfers between vertebrae."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.measures.bonded_solid import carried_by_solid
from fem_lumbar.measures.kinematics import disc_axis, level_rotations
from fem_lumbar.meshing.bridges import BRIDGE
from fem_lumbar.model.bone import bone_regions
from fem_lumbar.model.segment import Segment


def bridge_regions(segment: Segment, joint: str) -> list[PartName]:
    """Solid bridges over the disc of a joint."""
    return named(segment.solids, joint, BRIDGE)


def bridge_nodes(segment: Segment, region: PartName) -> np.ndarray:
    """Nodes (k,) of the quadratic mesh where a bridge ends on the upper vertebra."""
    upper, _ = joint_levels(region.place)
    mesh, cells = segment.mesh, segment.space.cell_nodes
    bone = cells[mesh.region_cells(*bone_regions(mesh, upper))]
    return np.intersect1d(cells[mesh.region_cells(region)], bone)


def bridge_entry(
    segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Entry ``bridge`` of a load case: by joint and ligament, what :func:`carried_by_solid` says of the upper end."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    rotations = level_rotations(segment, x)
    for joint in segment.joints:
        axis = disc_axis(segment, joint, rotations)
        for region in bridge_regions(segment, joint):
            nodes = bridge_nodes(segment, region)
            (ligament,) = region.details
            found.setdefault(joint, {})[ligament] = carried_by_solid(segment, region, nodes, axis, x, item_forces)
    return {"bridge": found} if found else {}

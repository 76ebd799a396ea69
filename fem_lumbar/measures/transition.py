"""Force between the enlarged transverse processes of a transitional anatomy and the ala, and their relative motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.triangles import area_vectors, areas
from fem_lumbar.measures.bonded_solid import carried_by_solid
from fem_lumbar.measures.kinematics import current_places
from fem_lumbar.mechanics.rotation import best_fit_rotation, rotation_vector
from fem_lumbar.meshing.transition import joint_region
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.shape.transition import transition_values

FACES = ("upper", "lower")
"""On the process and on the ala."""


def transition_nodes(segment: Segment, side: str, face: str) -> np.ndarray:
    """Nodes (k,) of the quadratic mesh on the ``upper`` or ``lower`` face of the joint of a side."""
    return np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{joint_region(side)}.{face}"]))


def transition_entry(
    scenario: Scenario, segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Entry ``transition`` of a load case, by side; empty where the anatomy is not transitional.

    ``force_vector_N``, ``moment_vector_Nmm``
        what joint or bone exerts on the process, the moment about the middle of its face, ``centre_mm`` under load;
        ``compression_N`` is the part of the force that holds process and ala apart (negative: together), ``shear_N``
        the rest;
    ``opening_mm``, ``sliding_mm``, ``turning_deg``
        how the face of the process has moved relative to that of the ala: away from it, along it, and the angle;
        of type I those of the gap;
    ``strain_max``, ``strain_p95``, ``von_mises_max_MPa``, ``energy_Nmm``
        of joint or bone: principal Green-Lagrange strain of cells, its 95th percentile by volume, stress and energy.
    """
    kinds = {side: scenario.anatomy.lumbosacral.kind(side) for side in SIDES}
    surfaces = segment.mesh.surfaces
    there = {side: kind for side, kind in kinds.items() if kind and f"{joint_region(side)}.upper" in surfaces}
    if not there:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for side, kind in there.items():
        found[side] = {"type": kind, **_motion(segment, side, x)}
        if joint_region(side) in segment.solids:
            layer, nodes = joint_region(side), transition_nodes(segment, side, "upper")
            found[side] |= carried_by_solid(segment, layer, nodes, _normal(segment, side), x, item_forces)
    return {"transition": found}


def closed_gaps_mm(scenario: Scenario, segment: Segment, x: np.ndarray) -> dict[str, float]:
    """How far processes of type I have entered the ala, by side, mm: nothing in the model holds them back.

    It is what the process has come nearer beyond the gap of the unloaded anatomy; 0 while that is open.
    """
    found: dict[str, float] = {}
    for side in SIDES:
        if scenario.anatomy.lumbosacral.kind(side) == "I" and f"{joint_region(side)}.upper" in segment.mesh.surfaces:
            nearer_mm = -_motion(segment, side, x)["opening_mm"]
            found[side] = max(nearer_mm - transition_values()["joint_mm"], 0.0)
    return found


def _normal(segment: Segment, side: str) -> np.ndarray:
    """Mean unit normal (3,) of the face on the ala, from the ala to the process; the sacrum is fixed."""
    lower = segment.mesh.points[segment.mesh.surfaces[f"{joint_region(side)}.lower"]]
    total = -area_vectors(lower).sum(axis=0)
    return total / np.linalg.norm(total)


def _motion(segment: Segment, side: str, x: np.ndarray) -> dict[str, Any]:
    """Motion of the face of the process relative to that of the ala, and the area of the former before loading."""
    before = {face: segment.space.nodes[transition_nodes(segment, side, face)] for face in FACES}
    after = {face: current_places(segment, transition_nodes(segment, side, face), x) for face in FACES}
    moved = {face: (after[face] - before[face]).mean(axis=0) for face in FACES}
    turned = {face: best_fit_rotation(before[face], after[face]) for face in FACES}
    way, normal = moved["upper"] - moved["lower"], _normal(segment, side)
    opening = float(way @ normal)
    upper = segment.mesh.points[segment.mesh.surfaces[f"{joint_region(side)}.upper"]]
    return {
        "area_unloaded_mm2": float(areas(upper).sum()),
        "opening_mm": opening,
        "sliding_mm": float(np.linalg.norm(way - opening * normal)),
        "turning_deg": float(np.degrees(np.linalg.norm(rotation_vector(turned["upper"] @ turned["lower"].T)))),
    }

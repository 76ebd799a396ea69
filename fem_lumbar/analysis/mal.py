"""Mamillo-accessory ligament outputs: what each arch carries."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.analysis.kinematics import displacement, level_rotations
from fem_lumbar.analysis.tunnel import Tunnel, tunnel_summary
from fem_lumbar.conventions import SIDES
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario


def mal_summary(
    scenario: Scenario, segment: Segment, x: np.ndarray, item_forces: dict[str, np.ndarray]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Tension, strain, energy and load transfer of each MAL, by level and side.

    ``tension_N`` is the mean pull of both ends on bone along the chord, ``strain_max`` the largest principal
    Green-Lagrange strain of any cell, ``insertion_displacement_mm`` the motion of the dorsal surface relative to the
    mean of both ends, in the frame of the vertebra, ``share_mammillary`` the part of the end forces' magnitude at the
    mammillary process, ``tunnel`` the opening under the arch (:class:`fem_lumbar.analysis.tunnel.Tunnel`).
    """
    summary: dict[str, dict[str, dict[str, Any]]] = {}
    rotations = level_rotations(segment, x)
    for level in segment.levels:
        for side in SIDES:
            settings = scenario.mal[level][side]
            region = f"{level}.mal.{side}"
            entry: dict[str, Any] = {"state": settings.state}
            if region in segment.solids:
                entry |= _arch(segment, region, x, item_forces[region], rotations[level])
                moved = displacement(np.arange(len(segment.mesh.points)), x)
                entry["tunnel"] = tunnel_summary(Tunnel(segment.mesh, level, side), segment.mesh, moved)
            summary.setdefault(level, {})[side] = entry
    return summary if any(f"{level}.posterior" in segment.mesh.region_names for level in segment.levels) else {}


def _arch(
    segment: Segment, region: str, x: np.ndarray, forces: np.ndarray, rotation: np.ndarray
) -> dict[str, float | None]:
    (arch,) = segment.solids[region]
    ends = {
        end: np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{region}.{end}_end"]))
        for end in ("mammillary", "accessory")
    }
    on_bone = {end: -forces[node_dofs(nodes[:, None])].sum(axis=0) for end, nodes in ends.items()}
    centre = {
        end: segment.space.nodes[nodes].mean(axis=0) + displacement(nodes, x).mean(axis=0)
        for end, nodes in ends.items()
    }
    chord = centre["accessory"] - centre["mammillary"]
    chord /= np.linalg.norm(chord)
    # The arch pulls the mammillary process towards the accessory one when it is in tension; ``on_bone`` is the force
    # of bone on the arch with its sign changed, hence the pull on bone.
    size = {end: float(np.linalg.norm(force)) for end, force in on_bone.items()}
    total = sum(size.values())
    _, deformation = arch.cauchy_stress(x)
    strain = 0.5 * (np.einsum("eki,ekj->eij", deformation, deformation) - np.eye(3))
    dorsal = segment.mesh.patches[f"{region}.dorsal"]
    arm = dorsal.weights @ segment.mesh.points[dorsal.nodes] - np.mean(
        [segment.space.nodes[nodes].mean(axis=0) for nodes in ends.values()], axis=0
    )
    moved_arm = (
        arm
        + dorsal.weights @ displacement(dorsal.nodes, x)
        - np.mean([displacement(nodes, x).mean(axis=0) for nodes in ends.values()], axis=0)
    )
    energy, _ = arch.forces(x, 0.0)
    return {
        "tension_N": float(0.5 * (on_bone["mammillary"] - on_bone["accessory"]) @ chord),
        "force_mammillary_N": size["mammillary"],
        "force_accessory_N": size["accessory"],
        "strain_max": float(np.linalg.eigvalsh(strain)[:, -1].max()),
        "energy_Nmm": energy,
        "insertion_displacement_mm": float(np.linalg.norm(rotation.T @ moved_arm - arm)),
        "share_mammillary": size["mammillary"] / total if total > 0 else None,
    }

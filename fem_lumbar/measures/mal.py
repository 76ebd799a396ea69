"""Mamillo-accessory ligament outputs: forces on each arch and from it on bone, its strain, and the pull of muscle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.quantiles import percentile_by_volume
from fem_lumbar.measures.kinematics import displacement, level_rotations
from fem_lumbar.measures.process_strain import bone_strain, principal_strains
from fem_lumbar.measures.tunnel import tunnel_summary
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.tissues import arch_span, mal_ossification
from fem_lumbar.scenario.model import Scenario

ENDS = ("mammillary", "accessory")
_UNLOADED_N = 1e-9
"""A pull below this has no direction."""


def mal_summary(
    scenario: Scenario,
    segment: Segment,
    loads: Loads,
    x: np.ndarray,
    load_factor: float,
    item_forces: Mapping[str, np.ndarray],
) -> dict[str, dict[str, dict[str, Any]]]:
    """Results of each MAL by level and side; only the state where it is absent.

    ``tension_N``
        mean pull of both ends on bone along the chord;
    ``ends``
        force and moment that the arch passes to bone at each end, in global axes, about the middle of the foot, which
        is at ``centre_mm`` under load;
        ``force_mammillary_N`` and ``force_accessory_N`` are the sizes of the forces, ``share_mammillary`` the first
        over the sum of both. It is not a share of the pull, since strain of bone also causes forces at the ends (for
        the share of a pull see :mod:`fem_lumbar.measures.insertion_stiffness`);
    ``pull``
        muscle force on the arch: resultant force and moment about the middle between the feet, and the angle between
        its direction and that before loading, in the frame of the vertebra;
    ``strain_max``, ``strain_p95``
        largest principal Green-Lagrange strain, and its 95th percentile by volume;
    ``von_mises_max_MPa``
        largest von Mises stress of a cell;
    ``insertion_displacement_mm``
        motion of the dorsal surface relative to the mean of both ends, in the frame of the vertebra;
    ``bone``
        strain of the bone around each foot (:func:`fem_lumbar.measures.process_strain.bone_strain`);
    ``bony_volume_fraction``
        part of the volume of the arch that is bone;
    ``muscles``
        force of the fascicles of each muscle that enters through the arch, and its share of all that they pull with;
        left out where none pulls on it.
    """
    if not any(f"{level}.posterior" in segment.mesh.region_names for level in segment.levels):
        return {}
    summary: dict[str, dict[str, dict[str, Any]]] = {}
    rotations = level_rotations(segment, x)
    on_mals = loads.of(MuscleLoad).by_mal(x, load_factor)
    for level in segment.arch_levels:
        for side in SIDES:
            settings = scenario.mal[level][side]
            region = f"{level}.mal.{side}"
            entry: dict[str, Any] = {"state": settings.state}
            if region in segment.solids:
                state = ArchState.of(segment, region, x, item_forces[region], rotations[level])
                pull = muscle_pull(segment, region, loads.lines, x, load_factor)
                entry |= carried_by_arch(segment, state, x) | _passed_on(state, pull)
                (arch,) = segment.solids[region]
                bony = mal_ossification(settings, scenario.materials.mal).part(arch_span(segment.mesh, region))
                volume = arch.weights.sum(axis=1)
                entry["bony_volume_fraction"] = float(bony @ volume / volume.sum())
                if muscles := on_mals.get(level, {}).get(side):
                    entry["muscles"] = muscles
                entry["bone"] = {end: bone_strain(segment, level, state.foot[end], x) for end in ENDS}
            summary.setdefault(level, {})[side] = entry
    return summary


def tunnels(segment: Segment, x: np.ndarray) -> dict[str, dict[str, dict[str, Any]]]:
    """The opening under each arch (:class:`fem_lumbar.measures.tunnel.Tunnel`) in a state x (n_dofs,)."""
    moved = displacement(np.arange(len(segment.mesh.points)), x)
    return {
        level: {
            side: {"tunnel": tunnel_summary(segment.mesh, level, side, moved)}
            for side in SIDES
            if f"{level}.mal.{side}" in segment.solids
        }
        for level in segment.arch_levels
    }


@dataclass(frozen=True)
class ArchState:
    """An arch in a state of the segment.

    Attributes
    ----------
    region : str
    foot, moved_foot : dict of (3,)
        Middle of each foot before and after loading, mm.
    force, moment : dict of (3,)
        What the arch passes to bone at each end: N, and N·mm about the moved middle of the foot.
    rotation : (3, 3)
        That of the vertebra.
    """

    region: str
    foot: dict[str, np.ndarray]
    moved_foot: dict[str, np.ndarray]
    force: dict[str, np.ndarray]
    moment: dict[str, np.ndarray]
    rotation: np.ndarray

    @classmethod
    def of(
        cls, segment: Segment, region: str, x: np.ndarray, inner_forces: np.ndarray, rotation: np.ndarray
    ) -> ArchState:
        """State of the arch of a region, with the nodal forces (n_dofs,) that deform it."""
        foot, moved_foot, force, moment = {}, {}, {}, {}
        for end in ENDS:
            nodes = np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{region}.{end}_end"]))
            place = segment.space.nodes[nodes] + displacement(nodes, x)
            on_bone = -inner_forces[node_dofs(nodes[:, None])]  # what bone does to the arch, the other way round
            foot[end], moved_foot[end] = segment.space.nodes[nodes].mean(axis=0), place.mean(axis=0)
            force[end] = on_bone.sum(axis=0)
            moment[end] = np.cross(place - moved_foot[end], on_bone).sum(axis=0)
        return cls(region, foot, moved_foot, force, moment, rotation)


@dataclass(frozen=True)
class Pull:
    """What muscle puts on an arch: resultant force (3,) N, its moment (3,) N·mm about the origin, and the force (3,) N
    of the same tensions along the lines before loading."""

    force: np.ndarray
    moment: np.ndarray
    before: np.ndarray


def muscle_pull(segment: Segment, region: str, lines: Iterable[LinePull], x: np.ndarray, load_factor: float) -> Pull:
    """What lines that end on an arch put on it in a state x (n_dofs,) at a load factor."""
    (arch,) = segment.solids[region]
    free = np.zeros(len(segment.node_places), dtype=bool)
    free[arch.nodes] = True
    for end in ENDS:  # what pulls there pulls on bone
        free[segment.space.triangle_nodes(segment.mesh.surfaces[f"{region}.{end}_end"])] = False
    force, moment, before = np.zeros(3), np.zeros(3), np.zeros(3)
    for item in lines:
        applied = -item.forces(x, load_factor)[1].reshape(*item.nodes.shape, 3)
        applied[~free[item.nodes]] = 0.0
        place = segment.node_places[item.nodes] + displacement(item.nodes.ravel(), x).reshape(applied.shape)
        force += applied.sum(axis=(0, 1))
        moment += np.cross(place, applied).sum(axis=(0, 1))
        vectors = item.vectors(x)
        along = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        size = np.sum(applied.sum(axis=1) * along, axis=1)
        before += size @ (item.reference / np.linalg.norm(item.reference, axis=1, keepdims=True))
    return Pull(force, moment, before)


def _passed_on(state: ArchState, pull: Pull) -> dict[str, Any]:
    """Forces of both ends, and of muscle."""
    chord = state.moved_foot["accessory"] - state.moved_foot["mammillary"]
    chord /= np.linalg.norm(chord)
    size = {end: float(np.linalg.norm(force)) for end, force in state.force.items()}
    total = sum(size.values())
    middle = np.mean(list(state.moved_foot.values()), axis=0)
    strength = float(np.linalg.norm(pull.force))
    pulled = strength > _UNLOADED_N
    return {
        "tension_N": float(0.5 * (state.force["mammillary"] - state.force["accessory"]) @ chord),
        "force_mammillary_N": size["mammillary"],
        "force_accessory_N": size["accessory"],
        "share_mammillary": size["mammillary"] / total if total > 0 else None,
        "ends": {
            end: {
                "force_vector_N": [float(v) for v in state.force[end]],
                "moment_vector_Nmm": [float(v) for v in state.moment[end]],
                "centre_mm": [float(v) for v in state.moved_foot[end]],
            }
            for end in ENDS
        },
        "pull": {
            "force_vector_N": [float(v) for v in pull.force],
            "moment_vector_Nmm": [float(v) for v in pull.moment - np.cross(middle, pull.force)],
            "size_N": strength,
            "direction_change_deg": angle_deg(state.rotation.T @ pull.force, pull.before) if pulled else None,
        },
    }


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Angle between two vectors (3,), deg."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def carried_by_arch(segment: Segment, state: ArchState, x: np.ndarray) -> dict[str, float]:
    """Strain, stress and energy of an arch, and the motion of the insertion on it."""
    (arch,) = segment.solids[state.region]
    stress, deformation = arch.cauchy_stress(x)
    strain = principal_strains(deformation)[:, 2]
    deviator = stress - np.trace(stress, axis1=1, axis2=2)[:, None, None] / 3.0 * np.eye(3)
    dorsal = segment.mesh.patches[f"{state.region}.dorsal"]
    arm = dorsal.point(segment.mesh.points) - np.mean(list(state.foot.values()), axis=0)
    moved = dorsal.point(segment.mesh.points) + dorsal.weights @ displacement(dorsal.nodes, x)
    moved_arm = moved - np.mean(list(state.moved_foot.values()), axis=0)
    energy, _ = arch.forces(x, 0.0)
    return {
        "strain_max": float(strain.max()),
        "strain_p95": percentile_by_volume(strain, arch.weights.sum(axis=1)),
        "von_mises_max_MPa": float(np.sqrt(1.5 * np.sum(deviator**2, axis=(1, 2))).max()),
        "energy_Nmm": energy,
        "insertion_displacement_mm": float(np.linalg.norm(state.rotation.T @ moved_arm - arm)),
    }

"""Fields of a state on the quadratic mesh, for pictures and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.measures.line_fields import LineFields, line_fields
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.solid import cell_average
from fem_lumbar.mechanics.space import TET_EDGES
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment


@dataclass(frozen=True)
class Level:
    """Displacement (n, 3) of the corner nodes, mm, at a time: the load factor, or 2 less it on the way back."""

    time: float
    displacement: np.ndarray


@dataclass(frozen=True)
class StateFields:
    """What is stored of one state.

    Attributes
    ----------
    reference : (n, 3) float
        Nodes before loading, mm: the corners as the mesh numbers them, then the mid-edge nodes.
    cells : (m, 10) or (m, 4) int
        Nodes of each tetrahedron, corners first, in the order of the cells of the mesh.
    point_data, cell_data : dict of arrays (n, ...) and (m, ...)
        Fields by name.
    lines : LineFields, optional
        Ligaments, muscles and follower path.
    levels : sequence of Level
        The load levels that converged, the unloaded state first.
    """

    reference: np.ndarray
    cells: np.ndarray
    point_data: dict[str, np.ndarray] = field(default_factory=dict)
    cell_data: dict[str, np.ndarray] = field(default_factory=dict)
    lines: LineFields | None = None
    levels: Sequence[Level] = ()


def state_fields(
    segment: Segment, loads: Loads, x: np.ndarray, load_factor: float, levels: Sequence[Level] = ()
) -> StateFields:
    """Fields of a state x (n_dofs,) under loads at a load factor, with the levels on the way."""
    space, corners = segment.space, segment.mesh.cells
    middles = [space.mid_nodes(corners[:, edge]) for edge in TET_EDGES]
    return StateFields(
        space.nodes,
        np.column_stack([corners, *middles]),
        point_fields(segment, x),
        cell_fields(segment, x),
        line_fields(segment, loads, x, load_factor),
        levels,
    )


def level_fields(segment: Segment, x: np.ndarray, fraction: float, loading: bool) -> Level:
    """Displacement of a state x (n_dofs,) at a load factor, on the way to full load or back."""
    corners = np.arange(segment.space.n_corners)
    moved = x[node_dofs(corners[:, None])].astype(np.float32)
    return Level(fraction if loading else 2.0 - fraction, moved)


def point_fields(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """``displacement`` (n, 3) mm and ``contact_pressure`` (n,) MPa on all nodes."""
    nodes = np.arange(segment.space.n_nodes)
    pressure = np.zeros(len(nodes))
    for contact in segment.all_contacts:
        state = contact.state(x)
        pressure[state.nodes] = np.maximum(pressure[state.nodes], state.nodal_pressure)  # neighbours share a border
    return {"displacement": x[node_dofs(nodes[:, None])], "contact_pressure": pressure}


def cell_fields(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """Means over each cell: stress (MPa), strain, change of volume, fibre stretch, and tags (see the field legend)."""
    mesh = segment.mesh
    n_cells = len(mesh.cells)
    stress = np.zeros((n_cells, 3, 3))
    deformation = np.tile(np.eye(3), (n_cells, 1, 1))
    volume_ratio = np.ones(n_cells)
    stretch, fibre = np.full((n_cells, 2), np.nan), np.full((n_cells, 2, 3), np.nan)
    order = _cell_order(segment)
    for region, items in segment.solids.items():
        for item in items:
            cells, gradient = order[region, item.name], item.deformation(x)
            stress[cells], deformation[cells] = item.cauchy_stress(x)
            volume_ratio[cells] = cell_average(item.volume_ratio(x), item.weights)
            if isinstance(item.law, FibreReinforced):
                drawn = np.einsum("eqij,efj->eqfi", gradient, item.law.directions)
                stretch[cells] = cell_average(np.linalg.norm(drawn, axis=-1), item.weights)
                fibre[cells] = _unit(cell_average(drawn, item.weights))
    mean = np.trace(stress, axis1=1, axis2=2) / 3
    deviator = stress - mean[:, None, None] * np.eye(3)
    stresses, stress_axes = _principal(stress)
    squared_stretches, strain_axes = _principal(np.einsum("eik,ejk->eij", deformation, deformation))
    components = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2)]
    return {
        "region": mesh.region,
        "cauchy_stress": np.stack([stress[:, i, j] for i, j in components], axis=1),
        "von_mises": np.sqrt(1.5 * np.sum(deviator**2, axis=(1, 2))),
        "pressure": -mean,
        "principal_stresses": stresses,
        "principal_stress_direction_1": stress_axes[:, 0],
        "principal_stress_direction_3": stress_axes[:, 2],
        "principal_strains": 0.5 * (squared_stretches - 1.0),
        "principal_strain_direction_1": strain_axes[:, 0],
        "principal_strain_direction_3": strain_axes[:, 2],
        "volume_ratio": volume_ratio,
        "fibre_stretch": stretch,
        "fibre_direction_1": fibre[:, 0],
        "fibre_direction_2": fibre[:, 1],
        "mal_s": mesh.cell_data["mal_s"],
    }


def _principal(tensors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal values (m, 3), largest first, and unit vectors (m, 3, 3), one per row, of symmetric tensors."""
    values, vectors = np.linalg.eigh(tensors)
    return values[:, ::-1], np.swapaxes(vectors, 1, 2)[:, ::-1]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _cell_order(segment: Segment) -> dict[tuple[str, str], np.ndarray]:
    """Mesh cells of every solid item, found by their corner nodes."""
    number = {tuple(corners): cell for cell, corners in enumerate(segment.space.cell_nodes[:, :4].tolist())}
    return {
        (region, item.name): np.array([number[tuple(corners)] for corners in item.nodes[:, :4].tolist()])
        for region, items in segment.solids.items()
        for item in items
    }

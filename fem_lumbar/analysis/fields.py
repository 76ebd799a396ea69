"""Fields of a state on the mesh, for pictures and files."""

from __future__ import annotations

import numpy as np

from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.segment import Segment


def point_fields(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """``displacement`` (n, 3) mm and ``contact_pressure`` (n,) MPa on the corner nodes."""
    corners = np.arange(segment.space.n_corners)
    pressure = np.zeros(len(corners))
    for contact in segment.contacts.values():
        state = contact.state(x)
        on_corner = state.nodes < len(corners)
        pressure[state.nodes[on_corner]] = state.nodal_pressure[on_corner]
    return {"displacement": x[node_dofs(corners[:, None])], "contact_pressure": pressure}


def cell_fields(segment: Segment, x: np.ndarray) -> dict[str, np.ndarray]:
    """Cell averages: Cauchy stress, von Mises stress, pressure (MPa), principal Green-Lagrange strains, tags."""
    mesh = segment.mesh
    stress = np.zeros((len(mesh.cells), 3, 3))
    deformation = np.tile(np.eye(3), (len(mesh.cells), 1, 1))
    order = _cell_order(segment)
    for region, items in segment.solids.items():
        for item in items:
            cells = order[region, item.name]
            stress[cells], deformation[cells] = item.cauchy_stress(x)
    mean = np.trace(stress, axis1=1, axis2=2) / 3
    deviator = stress - mean[:, None, None] * np.eye(3)
    strain = 0.5 * (np.einsum("eki,ekj->eij", deformation, deformation) - np.eye(3))
    components = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2)]
    return {
        "cauchy_stress": np.stack([stress[:, i, j] for i, j in components], axis=1),
        "von_mises": np.sqrt(1.5 * np.sum(deviator**2, axis=(1, 2))),
        "pressure": -mean,
        "principal_strains": np.linalg.eigvalsh(strain)[:, ::-1],
        "region": mesh.region,
        "mal_s": mesh.cell_data["mal_s"],
    }


def _cell_order(segment: Segment) -> dict[tuple[str, str], np.ndarray]:
    """Mesh cells of every solid item, found by their corner nodes."""
    number = {tuple(corners): cell for cell, corners in enumerate(segment.space.cell_nodes[:, :4].tolist())}
    return {
        (region, item.name): np.array([number[tuple(corners)] for corners in item.nodes[:, :4].tolist()])
        for region, items in segment.solids.items()
        for item in items
    }

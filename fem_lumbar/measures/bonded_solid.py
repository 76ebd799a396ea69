"""Force, moment and strain of a solid that joins two bodies, at its end on one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem_lumbar.foundation.quantiles import percentile_by_volume
from fem_lumbar.measures.kinematics import current_places
from fem_lumbar.measures.process_strain import principal_strains
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.segment import Segment


def carried_by_solid(
    segment: Segment,
    region: str,
    nodes: np.ndarray,
    normal: np.ndarray,
    x: np.ndarray,
    item_forces: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Force and moment of a solid on the body it ends on, its strain, stress and energy.

    Parameters
    ----------
    segment : Segment
    region : str
        Name of the solid.
    nodes : (k,)
        Its nodes on the body.
    normal : (3,)
        Unit vector from the other body to this one.
    x : (n_dofs,)
        State.
    item_forces : mapping
        Nodal forces (n_dofs,) of the items of the solid in this state, N.

    Returns
    -------
    dict
        ``force_N``, ``force_vector_N``, ``compression_N`` (the part of the force that holds the bodies apart; negative
        draws them together), ``shear_N`` (the rest), ``moment_vector_Nmm`` about ``centre_mm``, the middle of the nodes
        under load; ``strain_max``, ``strain_p95`` (principal Green-Lagrange strain of cells and its 95th percentile by
        volume), ``von_mises_max_MPa``, ``energy_Nmm``.
    """
    solids = segment.solids[region]
    on_body = -sum(item_forces[solid.name][node_dofs(nodes[:, None])] for solid in solids)
    place, force = current_places(segment, nodes, x), on_body.sum(axis=0)
    centre = place.mean(axis=0)
    compression = float(force @ normal)
    states = [solid.cauchy_stress(x) for solid in solids]
    stress = np.concatenate([one for one, _ in states])
    strain = np.concatenate([principal_strains(deformation)[:, 2] for _, deformation in states])
    deviator = stress - np.trace(stress, axis1=1, axis2=2)[:, None, None] / 3.0 * np.eye(3)
    return {
        "force_N": float(np.linalg.norm(force)),
        "force_vector_N": [float(v) for v in force],
        "compression_N": compression,
        "shear_N": float(np.linalg.norm(force - compression * normal)),
        "moment_vector_Nmm": [float(v) for v in np.cross(place - centre, on_body).sum(axis=0)],
        "centre_mm": [float(v) for v in centre],
        "strain_max": float(strain.max()),
        "strain_p95": percentile_by_volume(strain, np.concatenate([one.weights.sum(axis=1) for one in solids])),
        "von_mises_max_MPa": float(np.sqrt(1.5 * np.sum(deviator**2, axis=(1, 2))).max()),
        "energy_Nmm": sum(solid.forces(x, 0.0)[0] for solid in solids),
    }

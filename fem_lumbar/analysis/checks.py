"""Self-checks of a run: equilibrium, work against energy, closure of load sharing, penetration, distortion."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.conventions import CRANIAL
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment

FORCE_LIMIT = 1e-3
"""Largest force or moment residual relative to the applied load."""

FORCE_FLOOR_N = 0.1
"""Force residual that always passes, N."""

ENERGY_LIMIT = 0.01
CLOSURE_LIMIT = 0.01
PAIRING_LIMIT = 0.05
"""Largest part of a facet force that may hang on which of two facets of the mesh contact points are paired with: about
the discretisation error of facet forces at the default densities."""
SMALLEST_FACET_FORCE_N = 5.0
"""A smaller facet force counts as this one where its pairing is judged, N."""
PENETRATION_LIMIT = 0.05
"""Largest penetration relative to the cartilage thickness."""


def reactions(segment: Segment, item_forces: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Force (3,) N and moment (3,) N·mm about the origin that the segment exerts on its support."""
    nodes = segment.fixed_nodes
    force = segment.equations.on_ends(sum(item_forces.values()))[node_dofs(nodes[:, None])]
    return -force.sum(axis=0), -np.cross(segment.space.nodes[nodes], force).sum(axis=0)


def global_residual(
    segment: Segment, loads: Loads, x: np.ndarray, load: float, item_forces: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Unbalanced force (3,) N and moment (3,) N·mm about the origin of the whole segment.

    Reactions at the support, pulls towards points fixed in space, and what acts on the loaded endplate must sum to
    zero.
    """
    on_support, moment_on_support = reactions(segment, item_forces)
    force, moment = -on_support, loads.moment_Nmm(x, load) - moment_on_support
    for line in loads.lines:
        rows = line.spread(x, line.tension(x, load)).reshape(*line.nodes.shape, 3)
        place = segment.space.nodes[line.nodes] + x[line.dofs].reshape(rows.shape)
        force -= rows.sum(axis=(0, 1))
        moment -= np.cross(place, rows).sum(axis=(0, 1))
    if loads.weight is not None:
        weight = loads.weight_N(load)
        force, moment = force + weight, moment + np.cross(loads.weight.place(x), weight)
    pressed = -loads.axial_force_N(x, load) * CRANIAL
    place = segment.reference_point + x[segment.reference_dof + np.arange(3)]
    return force + pressed, moment + np.cross(place, pressed)


def smallest_volume_ratio(segment: Segment, x: np.ndarray) -> float:
    """Smallest det F over all solid cells."""
    return min(float(np.linalg.det(item.deformation(x)).min()) for group in segment.solids.values() for item in group)


def check(value: float, limit: float, unit: str, at_least: bool = False) -> dict[str, Any]:
    """One check as reported: value, limit, unit, and whether it passed."""
    passed = value > limit if at_least else value <= limit
    return {"value": value, "limit": limit, "unit": unit, "passed": bool(passed)}


def force_scale_N(loads: Loads, x: np.ndarray, load: float) -> float:
    """Largest follower force and muscle pull, weight and axial force of a case in a state x (n_dofs,), summed, N."""
    pulls = sum(float(np.abs(line.tension(x, load)).max(initial=0.0)) for line in loads.lines)
    return pulls + float(np.linalg.norm(loads.weight_N(load))) + abs(loads.axial_force_N(x, load))

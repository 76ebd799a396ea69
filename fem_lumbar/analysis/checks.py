"""Self-checks of a run: equilibrium, work against energy, closure of load sharing, penetration, distortion."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment

FORCE_LIMIT = 1e-3
"""Largest force or moment residual relative to the applied load."""

FORCE_FLOOR_N = 0.1
"""Force residual that always passes, N."""

ENERGY_LIMIT = 0.01
CLOSURE_LIMIT = 0.01
PENETRATION_LIMIT = 0.05
"""Largest penetration relative to the cartilage thickness."""


class PathWork:
    """Work of the loads along a path of equilibria.

    The loads grow with the load fraction t, so W = int t dD, where D(t) is the work the full loads would have done.
    D and its slope are known at every accepted step; between them D is the Hermite cubic.
    """

    def __init__(self) -> None:
        self._load: list[float] = []
        self._advance: list[float] = []
        self._slope: list[float] = []

    def add(self, load: float, advance: float, slope: float) -> None:
        """Record a step: what D gained since the last one, and dD/dt, both N·mm."""
        self._load.append(load)
        self._advance.append(advance + (self._advance[-1] if self._advance else 0.0))
        self._slope.append(slope)

    def with_step(self, load: float, advance: float, slope: float) -> PathWork:
        """The work with one step more, which this one does not record."""
        other = PathWork()
        other._load, other._advance, other._slope = self._load.copy(), self._advance.copy(), self._slope.copy()
        other.add(load, advance, slope)
        return other

    def total_Nmm(self) -> float:
        """Work done by the growing loads, N·mm: by parts, t D at the end less the integral of D."""
        t, d, slope = (np.array(values) for values in (self._load, self._advance, self._slope))
        h = np.diff(t)
        area = h / 2 * (d[:-1] + d[1:]) + h**2 / 12 * (slope[:-1] - slope[1:])
        return float(t[-1] * d[-1] - area.sum()) if len(t) else 0.0


def reactions(segment: Segment, item_forces: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Force (3,) N and moment (3,) N·mm about the origin that the segment exerts on its support."""
    nodes = segment.fixed_nodes
    force = segment.equations.on_ends(sum(item_forces.values()))[node_dofs(nodes[:, None])]
    return -force.sum(axis=0), -np.cross(segment.space.nodes[nodes], force).sum(axis=0)


def global_residual(
    segment: Segment, loads: Loads, x: np.ndarray, load: float, item_forces: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Unbalanced force (3,) N and moment (3,) N·mm about the origin of the whole segment.

    Reactions at the support, pulls towards points fixed in space, and the applied moment must sum to zero.
    """
    on_support, moment_on_support = reactions(segment, item_forces)
    force, moment = -on_support, load * loads.moment_Nmm - moment_on_support
    for line in loads.lines:
        tension = load * line.force
        rows = line.spread(x, tension).reshape(*line.nodes.shape, 3)
        place = segment.space.nodes[line.nodes] + x[line.dofs].reshape(rows.shape)
        force -= rows.sum(axis=(0, 1))
        moment -= np.cross(place, rows).sum(axis=(0, 1))
    return force, moment


def smallest_volume_ratio(segment: Segment, x: np.ndarray) -> float:
    """Smallest det F over all solid cells."""
    return min(float(np.linalg.det(item.deformation(x)).min()) for group in segment.solids.values() for item in group)


def check(value: float, limit: float, unit: str, at_least: bool = False) -> dict[str, Any]:
    """One check as reported: value, limit, unit, and whether it passed."""
    passed = value > limit if at_least else value <= limit
    return {"value": value, "limit": limit, "unit": unit, "passed": bool(passed)}


def force_scale_N(loads: Loads, load: float) -> float:
    """Largest follower force plus largest muscle pull of a case at a load fraction, N."""
    return load * sum(float(np.abs(line.force).max(initial=0.0)) for line in loads.lines)

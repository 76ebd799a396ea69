"""Self-checks of a run: equilibrium, work against energy, closure of load sharing, penetration, distortion."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from fem_lumbar.measures.check import check
from fem_lumbar.measures.entries import CheckEntry
from fem_lumbar.measures.volume import UPPER, Ratios, volume_limits
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
"""Largest fraction of a facet force that may depend on the pairing of contact points with one of two mesh facets: about
the discretisation error of facet forces at the default densities."""
SMALLEST_FACET_FORCE_N = 5.0
"""Facet forces below this count as this much in that check, N."""
PENETRATION_LIMIT = 0.05
"""Largest penetration relative to the cartilage thickness."""
BONE_PENETRATION_LIMIT_MM = 0.5
"""Largest penetration of one posterior bone into another, mm: at an arm of 50 mm it is 0.6° of extension."""


def reactions(segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Force (3,) N and moment (3,) N·mm about the origin that the segment exerts on its support.

    Ends of ligaments that are fixed in space are part of the support.
    """
    nodes = segment.fixed_nodes
    force = -segment.dof_map.on_ends(reduce(np.add, item_forces.values()))[node_dofs(nodes[:, None])]
    total, moment = force.sum(axis=0), np.cross(segment.space.nodes[nodes], force).sum(axis=0)
    for strands in segment.ligaments.values():
        places, pull = strands.pull_on_fixed_ends(x)
        total, moment = total + pull.sum(axis=0), moment + np.cross(places, pull).sum(axis=0)
    return total, moment


def global_residual(
    segment: Segment, loads: Loads, x: np.ndarray, load_factor: float, item_forces: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Unbalanced force (3,) N and moment (3,) N·mm of the whole segment about the origin.

    Reactions at the support and external loads must sum to zero.
    """
    on_support, moment_on_support = reactions(segment, x, item_forces)
    applied = loads.wrench(x, load_factor, np.zeros(3))
    return applied.force - on_support, applied.moment - moment_on_support


def volume_checks(ratios: Ratios) -> dict[str, CheckEntry]:
    """Checks of the change of volume: the worst place of each tissue, and no cell turned inside out.

    Parameters
    ----------
    ratios : dict
        Result of :func:`fem_lumbar.measures.volume.volume_ratios`.
    """
    places = [(tissue, place) for tissue, of_tissue in ratios.items() for place in of_tissue]

    def measured(at: tuple[str, str], measure: str) -> float:
        ratio: Mapping[str, Any] = ratios[at[0]][at[1]]
        return ratio[measure]

    def worst(chosen: list[tuple[str, str]], measure: str, limit: float) -> CheckEntry:
        extreme = max if measure in UPPER else min
        tissue, place = extreme(chosen, key=lambda one: measured(one, measure))
        found: Mapping[str, Any] = ratios[tissue][place]
        where = f"{place} {tissue.replace('_', ' ')}"
        if f"{measure}_at_mm" in found:
            where += " at x {:.1f}, y {:.1f}, z {:.1f} mm".format(*found[f"{measure}_at_mm"])
        return check(found[measure], limit, "-", "upper" if measure in UPPER else "lower", where)

    checks = {"smallest_volume_ratio": worst(places, "smallest", 0.0)}
    for tissue, limits in volume_limits().items():
        there = [one for one in places if one[0] == tissue]
        if there:
            checks |= {f"volume_ratio.{tissue}.{key}": worst(there, key, limit) for key, limit in limits.items()}
    return checks

"""Stress-free shape of swollen discs: they have the shape of the mesh in the resting segment, not when excised.

A swollen disc is under pressure and its fibres are taut before any load; the given anatomy is that state. The smaller
stress-free shape is found by a fixed-point iteration, which corrects it by the difference between the resting segment
and the anatomy until that vanishes (Sellier 2011, J Fluids Struct 27:1461-1470).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fem_lumbar.foundation.numerics import IN_SITU_ITERATIONS, IN_SITU_MM
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.model.segment import Segment
from fem_lumbar.solver.solution import NotConverged


def swollen_discs(segment: Segment) -> list[MixedSolid]:
    """The items of all discs of which any tissue swells."""
    mixed = [item for items in segment.solids.values() for item in items if isinstance(item, MixedSolid)]
    return mixed if any(item.swelling.any() for item in mixed) else []


def keep_anatomy(
    segment: Segment, discs: list[MixedSolid], settle: Callable[[np.ndarray, float], np.ndarray]
) -> tuple[np.ndarray, float]:
    """Set the stress-free shape of swollen discs such that the resting segment has the anatomy of the mesh.

    Parameters
    ----------
    segment : Segment
        Items and mesh.
    discs : list of MixedSolid
        From :func:`swollen_discs`; modified in place.
    settle : callable
        Finds the equilibrium without load from a state (n_dofs,); its second argument is the latest deviation from
        the anatomy, mm.

    Returns
    -------
    x : (n_dofs,)
        Equilibrium without load.
    largest_mm : float
        Largest distance of a mesh vertex from the anatomy in that equilibrium.

    Raises
    ------
    NotConverged
        If the anatomy cannot be kept.
    """
    space, corners = segment.space, np.arange(segment.space.n_corners)
    soft = np.unique(np.concatenate([disc.nodes[:, :4].ravel() for disc in discs]))
    offset = np.zeros((space.n_corners, 3))
    x, largest = np.zeros(segment.n_dofs), 0.0
    for disc in discs:
        disc.rest_in(space, np.zeros(0))  # start from the mesh, also after an earlier search that failed
    for _ in range(IN_SITU_ITERATIONS):
        x = settle(x, largest)
        off = x[node_dofs(corners[:, None])]
        largest = float(np.linalg.norm(off, axis=1).max())
        if largest <= IN_SITU_MM:
            return x, largest
        offset[soft] += off[soft]
        rest = space.moved(segment.mesh.points - offset)
        displacement = _at_nodes(space, offset)
        expected, moved = np.zeros_like(x), _at_nodes(space, off)
        expected[: len(moved)] = x[: len(moved)] - moved  # the anatomy, at the strain and pressure found
        for disc in discs:
            disc.rest_in(rest, displacement)
            expected[disc.pressure_dofs] = x[disc.pressure_dofs]
        x = expected
    raise NotConverged(
        f"the swollen discs do not keep the anatomy: {largest:.3f} mm off after {IN_SITU_ITERATIONS} corrections; "
        "less swelling may"
    )


def _at_nodes(space: QuadraticSpace, of_corners: np.ndarray) -> np.ndarray:
    """Displacements (3 n_nodes,) of all nodes from those (n_corners, 3) of corners, linear along edges."""
    return np.vstack([of_corners, of_corners[space.edges].mean(axis=1)]).ravel()

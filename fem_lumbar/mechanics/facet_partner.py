"""Assignment of points to neighbouring quadratic facets, such that the force does not jump from one to the next."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import CONTACT_STRIP
from fem_lumbar.mechanics.quadratic_facet import NODE_PLACES, Foot, feet
from fem_lumbar.mechanics.space import TRI_EDGES

_CENTRE = np.array([1 / 3, 1 / 3])


def neighbours_across(triangles: np.ndarray) -> np.ndarray:
    """Neighbour (k, 3) across each edge of triangles (k, 3), edges as in ``TRI_EDGES``; -1 at the rim."""
    edges = np.sort(triangles[:, np.array(TRI_EDGES)].reshape(-1, 2), axis=1)
    _, which = np.unique(edges, axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    same = np.flatnonzero(which[order][1:] == which[order][:-1])
    first, second = order[same], order[same + 1]
    across = np.full(len(edges), -1)
    across[first], across[second] = second // len(TRI_EDGES), first // len(TRI_EDGES)
    return across.reshape(-1, len(TRI_EDGES))


def settled_partners(
    points: np.ndarray, facets: np.ndarray, across: np.ndarray, partner: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The facet of each point, and the start of the search for its foot, given the facet nearest as flat triangles.

    A point belongs to the facet that contains its foot. Over a ridge between two facets both contain a foot, and the
    point belongs to the nearer one. Over a valley neither does, and it belongs to the farther one. Either way the gaps
    to both facets are equal where the assignment changes, on both sides of the surface.

    Parameters
    ----------
    points : (n, 3)
        Points, mm.
    facets : (f, 6, 3)
        Nodes of the facets, mm.
    across : (f, 3)
        Facet across each edge, -1 at the rim.
    partner : (n,)
        Initial facet.
    start : (n, 2)
        Local coordinates at which the search for the foot starts.

    Returns
    -------
    partner : (n,)
    start : (n, 2)
    """
    partner, start = partner.copy(), start.copy()
    foot = feet(points, facets[partner], start)
    margin, edge = _margin(foot)
    inside = margin >= 0
    gap = np.abs(foot.gap)
    own_edges = across[partner]
    for side in range(len(TRI_EDGES)):
        other = own_edges[:, side]
        asked = np.flatnonzero((other >= 0) & (inside | (edge == side)))
        there = feet(points[asked], facets[other[asked]], np.tile(_CENTRE, (len(asked), 1)))
        there_inside = _margin(there)[0] >= 0
        there_gap = np.abs(there.gap)
        nearer, farther = there_gap < gap[asked], there_gap > gap[asked]
        better = np.where(inside[asked], there_inside & nearer, there_inside | farther)
        taken = asked[better]
        partner[taken], start[taken], gap[taken] = other[taken], _CENTRE, there_gap[better]
    return partner, start


def shared_with(
    points: np.ndarray, facets: np.ndarray, across: np.ndarray, partner: np.ndarray, foot: Foot, width: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points near the edge between two facets, which share their force, with the fraction on the other facet.

    With the force on one facet only, a point in a valley has no equilibrium, since each side pushes it to the other,
    and a point over a ridge has two. The force is therefore blended between the facets where their gaps differ by less
    than ``width``, within a strip along the edge.

    Parameters
    ----------
    points, facets, across, partner
        As in :func:`settled_partners`; the partners it returned.
    foot : Foot
        Feet of the points on their partners.
    width : float
        Difference of the gaps at which blending begins, mm.

    Returns
    -------
    which : (k,)
        Points that share their force.
    other : (k,)
        The other facet.
    share : (k,)
        Fraction of the force on it, 0 to 1/2.
    """
    margin, edge = _margin(foot)
    other = across[partner, edge]
    asked = np.flatnonzero((other >= 0) & (margin < CONTACT_STRIP))
    there = feet(points[asked], facets[other[asked]], np.tile(_CENTRE, (len(asked), 1)))
    apart = np.abs(there.gap - foot.gap[asked])
    shared = apart < width
    which = asked[shared]
    return which, other[which], 0.5 * (1 - apart[shared] / width) * np.clip(1 - margin[which] / CONTACT_STRIP, 0, 1)


def _margin(foot: Foot) -> tuple[np.ndarray, np.ndarray]:
    """Smallest local coordinate (n,) of feet, negative outside their facets, and the edge (n,) it refers to."""
    s, t = (foot.values @ NODE_PLACES).T
    margin = np.column_stack([t, 1 - s - t, s])
    return margin.min(axis=1), margin.argmin(axis=1)

"""Which of the quadratic facets about a point it belongs to, so that its force does not jump from one to the next."""

from __future__ import annotations

import numpy as np

from fem_lumbar.foundation.numerics import CONTACT_STRIP
from fem_lumbar.mechanics.quadratic_facet import NODE_PLACES, Foot, feet
from fem_lumbar.mechanics.space import TRI_EDGES

_CENTRE = np.array([1 / 3, 1 / 3])


def neighbours_across(triangles: np.ndarray) -> np.ndarray:
    """Triangle (k, 3) beyond each edge of triangles (k, 3), edges as in ``TRI_EDGES``; -1 at the rim."""
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
    """The facet of each point, and where to look for its foot, from the facet nearest to it as flat triangles.

    Facets meet in edges. Over a ridge a point has a foot inside both and belongs to the nearer one; over a valley it
    has one in neither and belongs to the farther one: so the gap is the same from both where they change over, seen
    from outside as from within the body. Otherwise it belongs to the one that its foot is inside of.

    Parameters
    ----------
    points : (n, 3)
        Points, mm.
    facets : (f, 6, 3)
        Nodes of the facets, mm.
    across : (f, 3)
        Facet beyond each edge, -1 at the rim.
    partner : (n,)
        Facet to begin with.
    start : (n, 2)
        Local coordinates from which its foot is sought.

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
    """Points beside the edge between two facets, which belong to both, with the part that goes to the other one.

    In a valley each side pushes points to the other, so that they come to rest at its bottom; over a ridge either
    side keeps what it has. With the force on one side alone, the first would have no balance and the second two. So
    the force goes over from one facet to the other while their gaps differ by less than ``width``, along a strip
    beside the edge.

    Parameters
    ----------
    points, facets, across, partner
        As in :func:`settled_partners`, with what it found.
    foot : Foot
        Feet of the points on their partners.
    width : float
        mm.

    Returns
    -------
    which : (k,)
        Points that are shared.
    other : (k,)
        The facet they are shared with.
    share : (k,)
        Part that goes to it, 0 to 1/2.
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
    """Least local coordinate (n,) of feet, negative outside of their facets, and the edge (n,) that it belongs to."""
    s, t = (foot.values @ NODE_PLACES).T
    margin = np.column_stack([t, 1 - s - t, s])
    return margin.min(axis=1), margin.argmin(axis=1)

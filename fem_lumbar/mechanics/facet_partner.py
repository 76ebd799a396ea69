"""Which of the quadratic facets about a point it belongs to, so that its gap does not jump from one to the next."""

from __future__ import annotations

import numpy as np

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
    inside, edge = _inside(foot)
    gap = np.abs(foot.gap)
    own_edges = across[partner]
    for side in range(len(TRI_EDGES)):
        other = own_edges[:, side]
        asked = np.flatnonzero((other >= 0) & (inside | (edge == side)))
        there = feet(points[asked], facets[other[asked]], np.tile(_CENTRE, (len(asked), 1)))
        there_inside, _ = _inside(there)
        there_gap = np.abs(there.gap)
        nearer, farther = there_gap < gap[asked], there_gap > gap[asked]
        better = np.where(inside[asked], there_inside & nearer, there_inside | farther)
        taken = asked[better]
        partner[taken], start[taken], gap[taken] = other[taken], _CENTRE, there_gap[better]
    return partner, start


def _inside(foot: Foot) -> tuple[np.ndarray, np.ndarray]:
    """Whether feet are inside their facets (n,), and the edge (n,) that each is nearest to or farthest beyond."""
    s, t = (foot.values @ NODE_PLACES).T
    margin = np.column_stack([t, 1 - s - t, s])
    return margin.min(axis=1) >= 0, margin.argmin(axis=1)

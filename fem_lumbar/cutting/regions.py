"""Connected regions of a cut mesh: stray pieces are merged into their neighbours."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fem_lumbar.foundation.tetrahedra import shared_faces, signed_volumes

_ROUNDS = 3
_POCKET_MM3 = 20.0
"""Pieces of the outside smaller than this are closed."""


def without_strays(points: np.ndarray, cells: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Regions (m,) in which every region but 0, the outside, is one piece: its largest.

    The other pieces, and small pockets of the outside, go to the neighbour with which they share most faces.
    """
    region = region.copy()
    _, first, second = shared_faces(cells)
    inner = second >= 0
    first, second = first[inner], second[inner]
    size = np.abs(signed_volumes(points, cells))
    for _ in range(_ROUNDS):
        same = region[first] == region[second]
        links = coo_matrix((np.ones(same.sum()), (first[same], second[same])), shape=(len(cells),) * 2)
        _, piece = connected_components(links, directed=False)
        total = np.bincount(piece, weights=size)
        of_piece = np.zeros(len(total), dtype=region.dtype)
        of_piece[piece] = region
        order = np.lexsort((-total, of_piece))
        largest = order[np.append(True, of_piece[order][1:] != of_piece[order][:-1])]
        stray = np.ones(len(total), dtype=bool)
        stray[largest] = False
        stray &= (of_piece > 0) | (total < _POCKET_MM3)
        if not stray.any():
            break
        across = ~same
        from_, to = np.append(first[across], second[across]), np.append(second[across], first[across])
        moving = stray[piece[from_]]
        votes = coo_matrix(
            (np.ones(moving.sum()), (piece[from_[moving]], region[to[moving]])), shape=(len(total), region.max() + 1)
        ).tocsr()
        rows = np.repeat(np.arange(len(total)), np.diff(votes.indptr))
        ascending = np.lexsort((votes.indices, votes.data, rows))
        of_piece[rows[ascending]] = votes.indices[ascending]  # of several, the last counts: that with most votes
        region = of_piece[piece]
    return region

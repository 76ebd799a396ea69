"""Order of assembly, so that threads never write to the same entry and sums are reproducible.

Rows are grouped into blocks of neighbours, and the blocks are coloured: blocks of one colour share no equation and may
be added in parallel. The order of summation depends only on the mesh, not on the number of threads.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from fem_lumbar.mechanics.kernels import Schedule

_FEW = 64
_MAX_COLOURS = 63


def schedule(rows: np.ndarray) -> Schedule:
    """Blocks and colours of rows of equation numbers (n, m), -1 for none."""
    n = len(rows)
    if n < _FEW:
        return one_after_the_other(n)
    order = _neighbours_together(rows)
    # A body of n elements has about cbrt(n) layers. A block of one layer meets few others, so few colours are needed
    # and threads rarely wait for each other.
    starts = np.linspace(0, n, round(n ** (1 / 3)) + 1).astype(np.int64)
    colour = _colour(np.ascontiguousarray(rows[order]), starts, rows.max(initial=-1) + 1)
    if (colour < 0).any():  # nearly all rows share equations, as in a coupling
        return one_after_the_other(n)
    by_colour = np.argsort(colour, kind="stable")
    lengths = np.diff(starts)[by_colour]
    order = np.concatenate([np.empty(0, dtype=np.int64), *(order[starts[b] : starts[b + 1]] for b in by_colour)])
    colours = np.concatenate([[0], np.cumsum(np.bincount(colour))])
    return Schedule(order, np.concatenate([[0], np.cumsum(lengths)]), colours)


def one_after_the_other(n: int) -> Schedule:
    """All n rows in one block."""
    return Schedule(np.arange(n), np.array([0, n]), np.array([0, 1]))


def _neighbours_together(rows: np.ndarray) -> np.ndarray:
    """Order (n,) of rows in which those that share equations are close."""
    first = rows[:, ::3]  # one equation of each node is enough
    used = first >= 0
    incidence = csr_array(
        (np.ones(np.count_nonzero(used), dtype=np.int32), (np.nonzero(used)[0], first[used])),
        (len(rows), rows.max(initial=0) + 1),
    )
    return reverse_cuthill_mckee((incidence @ incidence.T).tocsr(), symmetric_mode=True).astype(np.int64)


@numba.njit(cache=True)
def _colour(rows: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    taken = np.zeros(size, dtype=np.int64)
    out = np.empty(len(starts) - 1, dtype=np.int64)
    for block in range(len(starts) - 1):
        near = np.int64(0)
        for e in range(starts[block], starts[block + 1]):
            for i in rows[e]:
                if i >= 0:
                    near |= taken[i]
        colour = 0
        while colour < _MAX_COLOURS and (near >> colour) & 1:
            colour += 1
        out[block] = colour if colour < _MAX_COLOURS else -1
        for e in range(starts[block], starts[block + 1]):
            for i in rows[e]:
                if i >= 0 and colour < _MAX_COLOURS:
                    taken[i] |= np.int64(1) << colour
    return out

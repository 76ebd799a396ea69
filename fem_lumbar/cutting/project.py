"""Projection of nodes onto one, two or three implicit surfaces at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fem_lumbar.shape.jet import Jet

Function = Callable[[np.ndarray], Jet]
"""Points (n, 3) to values and gradients."""
_REGULARISATION = 1e-6
"""Added to the matrix of products of gradients (1): surfaces that touch leave it singular."""


def onto_functions(
    points: np.ndarray, on: np.ndarray, functions: Sequence[Function], largest: np.ndarray | float, steps: int
) -> np.ndarray:
    """Points (n, 3), mm, moved by Newton's method onto the zero level of the functions that each lies on.

    Parameters
    ----------
    points : (n, 3)
        mm.
    on : (n, k) of bool
        Functions of each point; of more than three the first three count.
    functions : sequence of k callables
    largest : float or (n,)
        Longest step, mm.
    steps : int
    """
    points = points.copy()
    largest = np.broadcast_to(largest, len(points))
    patterns, which = np.unique(on, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        chosen = [functions[k] for k in np.flatnonzero(pattern)[:3]]
        rows = np.flatnonzero(which.ravel() == number)
        if not chosen:
            continue
        here = points[rows]
        for _ in range(steps):
            jets = [function(here) for function in chosen]
            residual = np.stack([jet.value for jet in jets], axis=1)
            slopes = np.stack([jet.gradient for jet in jets], axis=1)
            matrix = slopes @ slopes.transpose(0, 2, 1) + _REGULARISATION * np.eye(len(chosen))
            step = np.einsum("nij,ni->nj", slopes, np.linalg.solve(matrix, residual[..., None])[..., 0])
            length = np.linalg.norm(step, axis=1)
            here = here - step * np.minimum(1.0, largest[rows] / np.maximum(length, 1e-12))[:, None]
        points[rows] = here
    return points

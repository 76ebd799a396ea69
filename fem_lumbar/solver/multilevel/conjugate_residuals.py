r"""Generalised conjugate residuals (Eisenstat, Elman & Schultz 1983, SIAM J Numer Anal 20:345-357).

For K u = r_0, directions p_i = M r are made such that their images q_i = K p_i are orthonormal; then

.. math:: u \leftarrow u + (q_i \cdot r)\, p_i, \qquad r \leftarrow r - (q_i \cdot r)\, q_i

minimises \|r\| over all directions so far. K must stay the same; M may change between steps (a flexible method).
Directions are kept for further right-hand sides with the same K, whose components along them need no application of M.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fem_lumbar.foundation.numerics import APPLICATIONS, REMEMBERED_DIRECTIONS

Preconditioned = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Maps a residual r (n,) to a direction p = M r (n,) and its image K p (n,), both of which may be overwritten."""


class Found(NamedTuple):
    """Solution (n,), the number of applications of the preconditioner, and the remaining fraction of the residual."""

    solution: np.ndarray
    applications: int
    left: float = 0.0


class ConjugateResiduals:
    """Solver with one matrix K and one preconditioner M, which keeps the directions found."""

    def __init__(self) -> None:
        self._directions: list[np.ndarray] = []
        self._images: list[np.ndarray] = []

    def solve(self, right_hand_side: np.ndarray, accuracy: float, preconditioned: Preconditioned) -> Found:
        """Solution for a right-hand side (n,) to a relative residual ``accuracy``, if enough applications are allowed.

        ``preconditioned`` must apply the same K each time.
        """
        rest = right_hand_side.copy()
        solution = np.zeros_like(rest)
        goal = accuracy * np.linalg.norm(rest)
        for direction, image in zip(self._directions, self._images):
            _step(direction, image, solution, rest)
        applications = 0
        while applications < APPLICATIONS and np.linalg.norm(rest) > goal:
            direction, image = preconditioned(rest)
            applications += 1
            for old_direction, old_image in zip(self._directions, self._images):
                overlap = old_image @ image
                direction -= overlap * old_direction
                image -= overlap * old_image
            size = np.linalg.norm(image)
            if not size > 0.0:
                break
            self._directions.append(direction / size)
            self._images.append(image / size)
            _step(self._directions[-1], self._images[-1], solution, rest)
        del self._directions[:-REMEMBERED_DIRECTIONS], self._images[:-REMEMBERED_DIRECTIONS]
        size = np.linalg.norm(right_hand_side)
        return Found(solution, applications, float(np.linalg.norm(rest) / size) if size > 0.0 else 0.0)


def _step(direction: np.ndarray, image: np.ndarray, solution: np.ndarray, rest: np.ndarray) -> None:
    """Minimise the residual ``rest`` along a direction, in place."""
    length = image @ rest
    solution += length * direction
    rest -= length * image

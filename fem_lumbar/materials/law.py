"""The contract of a constitutive law, and the Voigt order all laws share.

A hyperelastic law is a function of the right Cauchy-Green tensor C alone, hence objective:

1. ``response(C)`` takes C of shape (n_e, n_q, 3, 3) and returns energy density W (n_e, n_q) in MPa, the second
   Piola-Kirchhoff stress S (n_e, n_q, 6) in MPa and the tangent D = dS/dE (n_e, n_q, 6, 6) in MPa.
2. Voigt order is 11, 22, 33, 12, 23, 13, with engineering shear in the strain.
3. Parameters are per cell: arrays (n_e, ...) given once, at construction.
"""

from __future__ import annotations

from typing import Protocol

import numba
import numpy as np

VOIGT = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [0, 2]])
"""Tensor indices of each Voigt component."""

Response = tuple[np.ndarray, np.ndarray, np.ndarray]


class Law(Protocol):
    """A hyperelastic law with its parameters per cell."""

    def response(self, cauchy_green: np.ndarray) -> Response:
        """Energy density, second Piola-Kirchhoff stress and tangent at every quadrature point."""


def per_cell(n_cells: int, *parameters: np.ndarray | float) -> np.ndarray:
    """Scalar or per-cell parameters stacked into one array (n_cells, n_parameters)."""
    return np.stack([np.broadcast_to(np.asarray(p, dtype=float), (n_cells,)) for p in parameters], axis=1)


@numba.njit(cache=True)
def determinant(c: np.ndarray) -> float:
    """Determinant of a (3, 3) matrix."""
    return (
        c[0, 0] * (c[1, 1] * c[2, 2] - c[1, 2] * c[2, 1])
        - c[0, 1] * (c[1, 0] * c[2, 2] - c[1, 2] * c[2, 0])
        + c[0, 2] * (c[1, 0] * c[2, 1] - c[1, 1] * c[2, 0])
    )


@numba.njit(cache=True)
def inverse(c: np.ndarray, det: float) -> np.ndarray:
    """Inverse of a symmetric (3, 3) matrix of known determinant."""
    out = np.empty((3, 3))
    out[0, 0] = (c[1, 1] * c[2, 2] - c[1, 2] * c[1, 2]) / det
    out[1, 1] = (c[0, 0] * c[2, 2] - c[0, 2] * c[0, 2]) / det
    out[2, 2] = (c[0, 0] * c[1, 1] - c[0, 1] * c[0, 1]) / det
    out[0, 1] = out[1, 0] = (c[0, 2] * c[1, 2] - c[0, 1] * c[2, 2]) / det
    out[0, 2] = out[2, 0] = (c[0, 1] * c[1, 2] - c[0, 2] * c[1, 1]) / det
    out[1, 2] = out[2, 1] = (c[0, 1] * c[0, 2] - c[0, 0] * c[1, 2]) / det
    return out


@numba.njit(cache=True)
def inverse_derivative(cinv: np.ndarray, a: int, b: int) -> float:
    """Component (a, b) in Voigt order of -d(C^-1)/dC = sym(C^-1 x C^-1)."""
    i, j = VOIGT[a]
    k, m = VOIGT[b]
    return 0.5 * (cinv[i, k] * cinv[j, m] + cinv[i, m] * cinv[j, k])

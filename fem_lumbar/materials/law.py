"""The interface of a hyperelastic law, and the Voigt order of all laws.

A hyperelastic law depends only on the right Cauchy-Green tensor C, and is hence objective:

1. Its formulas are in :mod:`fem_lumbar.materials.pointwise` under the law's ``number``.
2. ``parameters`` (n_e, n) holds their parameters, one row per cell, set at construction.
3. ``response(C)`` takes C of shape (n_e, n_q, 3, 3) and returns energy density W (n_e, n_q) in MPa, the second
   Piola-Kirchhoff stress S (n_e, n_q, 6) in MPa and the tangent D = dS/dE (n_e, n_q, 6, 6) in MPa.
4. Voigt order is 11, 22, 33, 12, 23, 13, with engineering shear in the strain.
"""

from __future__ import annotations

from copy import copy
from typing import ClassVar, TypeAlias

import numpy as np
from typing_extensions import Self

from fem_lumbar.materials.pointwise import respond

VOIGT = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [0, 2]])
"""Tensor indices of each Voigt component."""

Response = tuple[np.ndarray, np.ndarray, np.ndarray]

PerCell: TypeAlias = np.ndarray | float
"""A parameter per cell (n_e,), or one for all cells."""


class Law:
    """A hyperelastic law with its parameters per cell.

    Attributes
    ----------
    stiffens : bool
        Whether stress grows exponentially with strain.
    """

    stiffens: ClassVar[bool] = False

    number: int
    parameters: np.ndarray

    def of_cells(self, rows: np.ndarray) -> Self:
        """The law restricted to cells (m,)."""
        other = copy(self)
        other.parameters = self.parameters[rows]
        return other

    def response(self, cauchy_green: np.ndarray) -> Response:
        """Energy density (n_e, n_q) MPa, S (n_e, n_q, 6) MPa and dS/dE (n_e, n_q, 6, 6) MPa."""
        return respond(self.number, np.ascontiguousarray(cauchy_green), self.parameters)


def per_cell(n_cells: int, *parameters: PerCell) -> np.ndarray:
    """Scalar or per-cell parameters stacked into one array (n_cells, n_parameters)."""
    return np.stack([np.broadcast_to(np.asarray(p, dtype=float), (n_cells,)) for p in parameters], axis=1)

"""The contract of an item: one contributor of force, with energy, residual and tangent of the state vector.

1. The state ``x`` (n,) holds displacements of all quadratic nodes (mm, three per node), then pressures (MPa) and
   reference-point translations (mm) and rotation vectors (rad), in one global numbering.
2. An item acts on rows of degrees of freedom ``dofs`` (n_rows, m), one row per element, strand or contact pair.
3. ``forces(x, load)`` returns the stored energy (N·mm) and the residual (n_rows, m): the derivative of the energy,
   internal minus applied. ``tangent(x, load)`` returns its derivative (n_rows, m, m).
4. ``load`` is the load fraction in [0, 1]; items that do not carry a load ignore it.
5. ``ties`` lists (rows, local node, local end a, local end b): mid-edge nodes that follow the mean of two corners.
6. An item that can change its ``dofs`` (contact) does so only in ``update(x)``, which the solver calls before each
   evaluation of residual and tangent at a new state; its ``neighbourhood(x)`` gives all rows it may soon need
   and its ``depth`` (mm) how far the last state given to ``update`` violates the contact. Where the rows stay the
   same, ``dofs`` stays the same array.
7. An item with many rows may offer ``add_tangent(x, load, destination)``, which adds its tangent, ties applied,
   straight to the global matrix, rows packed in the order ``packing`` (m,) of its local unknowns.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

Ties = list[tuple[np.ndarray, int, int, int]]


@runtime_checkable
class Item(Protocol):
    """Anything that carries force."""

    name: str
    dofs: np.ndarray
    ties: Ties

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Energy (N·mm) and residual (n_rows, m)."""

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Derivative of the residual, (n_rows, m, m)."""


def node_dofs(nodes: np.ndarray) -> np.ndarray:
    """Displacement degrees of freedom (..., 3 k) of nodes (..., k)."""
    nodes = np.asarray(nodes)
    return (3 * nodes[..., None] + np.arange(3)).reshape(*nodes.shape[:-1], 3 * nodes.shape[-1])


def total(dofs: np.ndarray, residual: np.ndarray, size: int) -> np.ndarray:
    """Rows of residuals (n_rows, m) summed into one vector (size,)."""
    return np.bincount(dofs.ravel(), weights=residual.ravel(), minlength=size)

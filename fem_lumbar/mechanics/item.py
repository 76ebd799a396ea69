"""The interface of a mechanical item: its energy, residual and tangent as functions of the state vector.

1. The state ``x`` (n,) holds displacements of all quadratic nodes (mm, three per node), then pressures (MPa) and
   reference-point translations (mm) and rotation vectors (rad), in one global numbering.
2. An item acts on rows of degrees of freedom ``dofs`` (n_rows, m), one row per element, strand or contact pair.
3. ``forces(x, load_factor)`` returns the stored energy (N·mm) and the residual (n_rows, m), the derivative of the
   energy: internal minus external forces. ``tangent(x, load_factor)`` returns its derivative (n_rows, m, m).
4. ``load_factor`` is in [0, 1]; items that are not loads ignore it.
5. ``ties`` lists (rows, local node, local end a, local end b): mid-edge nodes that follow the mean of two corners.
6. Items are stateless: the same arguments give the same result. A :class:`Contact` is therefore not an item itself.
   Its ``pair(x)`` finds the contact pairs of a state, which are an item with fixed rows. They also have a ``depth``
   (mm), the deepest penetration in the state in which they were found, and a ``free_depth`` (mm), the penetration to
   which a step may close the contact at once.
7. An item with many rows may offer ``add_tangent(x, load_factor, destination)``, which adds its tangent, with ties
   applied, directly to the global matrix. Rows are packed in the order ``packing`` (m,) of its local unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

Ties = list[tuple[np.ndarray, int, int, int]]


@runtime_checkable
class Item(Protocol):
    """Anything that carries force."""

    @property
    def name(self) -> str:
        """Name of the item."""

    @property
    def ties(self) -> Ties:
        """Mid-edge nodes that follow their edge ends."""

    @property
    def dofs(self) -> np.ndarray:
        """Degrees of freedom (n_rows, m)."""

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Energy (N·mm) and residual (n_rows, m)."""

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """Derivative of the residual, (n_rows, m, m)."""


class PairedItem(Item, Protocol):
    """Contact pairs of one contact."""

    @property
    def depth(self) -> float:
        """Deepest penetration, mm."""

    @property
    def free_depth(self) -> float:
        """Penetration to which a step may close the contact at once, mm."""


@runtime_checkable
class Contact(Protocol):
    """Two surfaces that may touch; ``dofs`` (k,) are all degrees of freedom on which their pairs may act."""

    name: str
    dofs: np.ndarray

    def pair(self, x: np.ndarray) -> PairedItem:
        """Contact pairs of a state x (n_dofs,)."""

    def neighbourhood(self, x: np.ndarray) -> np.ndarray:
        """Rows (n, m) of all pairs that may form in states near x (n_dofs,)."""


@dataclass(frozen=True)
class Pairs:
    """The contact pairs of a model in one state, one item per contact."""

    items: tuple[PairedItem, ...] = ()

    def too_deep_after(self, before: Pairs, growth: float = 1.0) -> bool:
        """Whether any contact is deeper than a step may close it at once.

        Parameters
        ----------
        before : Pairs
            Pairs of the same contacts at the start of the step.
        growth : float
            Factor by which a step may deepen a contact that is already that deep.
        """
        return any(
            item.depth > max(item.free_depth, growth * earlier.depth)
            for item, earlier in zip(self.items, before.items, strict=True)
        )


NO_PAIRS = Pairs()
"""The pairs of a model without contact."""


def node_dofs(nodes: np.ndarray) -> np.ndarray:
    """Displacement degrees of freedom (..., 3 k) of nodes (..., k)."""
    nodes = np.asarray(nodes)
    return (3 * nodes[..., None] + np.arange(3)).reshape(*nodes.shape[:-1], 3 * nodes.shape[-1])


def total(dofs: np.ndarray, residual: np.ndarray, size: int) -> np.ndarray:
    """Rows of residuals (n_rows, m) summed into one vector (size,)."""
    return np.bincount(dofs.ravel(), weights=residual.ravel(), minlength=size)

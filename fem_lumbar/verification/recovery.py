"""Stress at a node and forces through a section, from the cells around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from fem_lumbar.mechanics.item import Item, total
from fem_lumbar.mechanics.solid import Solid, push_forward, right_cauchy_green
from fem_lumbar.mechanics.space import QuadraticSpace


def corner_stress(space: QuadraticSpace, solid: Solid, x: np.ndarray, corner: int) -> np.ndarray:
    """Cauchy stress (3, 3) MPa at a corner node, recovered from two rings of cells around it.

    A quadratic polynomial is fitted to the stresses at the quadrature points, where they are best (Zienkiewicz & Zhu
    1992, Int J Numer Methods Eng 33:1331-1364). ``solid`` has all cells of the space, in their order.
    """
    corners = solid.nodes[:, :4]
    first = np.isin(corners, [corner]).any(axis=1)
    patch = np.flatnonzero(np.isin(corners, corners[first]).any(axis=1))
    values, _, _ = space.quadratic(patch, order=2)
    arms = np.einsum("qa,eai->eqi", values, space.nodes[solid.nodes[patch]] - space.nodes[corner]).reshape(-1, 3)
    arms /= np.abs(arms).max(axis=0)
    f = solid.deformation(x)
    _, stress, _ = solid.law.response(right_cauchy_green(f))
    samples = push_forward(f, stress)[patch].reshape(len(arms), 9)
    i, j = np.triu_indices(3)
    terms = np.column_stack([np.ones(len(arms)), arms, arms[:, i] * arms[:, j]])
    return np.linalg.lstsq(terms, samples, rcond=None)[0][0].reshape(3, 3)


class NodalItem(Item, Protocol):
    """An item whose rows are displacements of nodes (n_rows, k)."""

    nodes: np.ndarray


def section_load(
    space: QuadraticSpace, items: Sequence[NodalItem], x: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Force (3,) N and moment about the origin (3,) N·mm that what is above a level exerts on what is below it.

    ``level`` is a z coordinate that no cell crosses. Rows of items (cells, strands) with a node above it belong to
    the upper part; their forces on the nodes at or below it are the section load.
    """
    forces = np.zeros(len(x))
    for item in items:
        nodes = item.dofs[:, : 3 * item.nodes.shape[1] : 3] // 3
        upper = (space.nodes[nodes, 2] > level + 1e-9).any(axis=1)
        forces += total(item.dofs[upper], item.forces(x, 1.0)[1][upper], len(x))
    n = 3 * space.n_nodes
    below = space.nodes[:, 2] <= level + 1e-9
    acting = -forces[:n].reshape(-1, 3)[below]
    place = (space.nodes + x[:n].reshape(-1, 3))[below]
    return acting.sum(axis=0), np.cross(place, acting).sum(axis=0)

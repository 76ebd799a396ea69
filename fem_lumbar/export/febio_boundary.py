"""Supports and constraints of a FEBio model."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np

from fem_lumbar.export.febio_materials import child


def hold(boundary: Element, node_set: str) -> None:
    """Fix the nodes of a set."""
    held = child(boundary, "bc", type="zero displacement", node_set=node_set)
    for axis in "xyz":
        child(held, f"{axis}_dof", "1")


def constrain(boundary: Element, node: int, others: list[int], weights: np.ndarray) -> None:
    """Constrain a node to a weighted sum (k,) of others."""
    for axis in "xyz":
        followed = child(boundary, "bc", type="linear constraint")
        child(followed, "node", str(node))
        child(followed, "dof", axis)
        for other, weight in zip(others, weights):
            term = child(followed, "child_dof")
            child(term, "node", str(other))
            child(term, "dof", axis)
            child(term, "value", float(weight))

"""Numbers of nodes and elements in a file: those of the mesh, counted from one, and additional ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem_lumbar.export.parts import used_nodes
from fem_lumbar.model.segment import Segment


class Numbering:
    """Assigns numbers to nodes and elements.

    Parameters
    ----------
    segment : Segment

    Attributes
    ----------
    used : (n,) int
        Nodes of the quadratic mesh used by cells or shells of the file.
    """

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self.used = used_nodes(segment)
        self._added: list[np.ndarray] = []
        self._elements = 0

    def of(self, nodes: np.ndarray) -> np.ndarray:
        """Numbers of nodes of the mesh."""
        return np.asarray(nodes) + 1

    def node(self, position: np.ndarray) -> int:
        """Add a node at a position (3,), mm; returns its number."""
        self._added.append(np.asarray(position, dtype=float))
        return self._segment.space.n_nodes + len(self._added)

    def elements(self, count: int) -> int:
        """Reserve element numbers; returns the first."""
        first = self._elements + 1
        self._elements += count
        return first

    def nodes(self) -> Iterator[tuple[int, np.ndarray]]:
        """Number and position (3,) of every node of the file, mm."""
        yield from zip((self.used + 1).tolist(), self._segment.space.nodes[self.used])
        yield from enumerate(self._added, start=self._segment.space.n_nodes + 1)

"""Cross-sections of processes and outlines of facets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Section:
    """Superelliptic cross-section of a tube.

    Attributes
    ----------
    centre : ndarray (3,)
        mm.
    first, second : ndarray (3,)
        Semi-axes as vectors, mm.
    exponent : float
        2 is an ellipse, larger is boxier.
    """

    centre: np.ndarray
    first: np.ndarray
    second: np.ndarray
    exponent: float = 2.4

    def points(self, count: int = 12) -> np.ndarray:
        """Points on the rim, (count, 3), mm."""
        angle = 2.0 * np.pi * np.arange(count) / count
        cosine, sine = np.cos(angle), np.sin(angle)
        radius = (np.abs(cosine) ** self.exponent + np.abs(sine) ** self.exponent) ** (-1.0 / self.exponent)
        return self.centre + np.outer(radius * cosine, self.first) + np.outer(radius * sine, self.second)

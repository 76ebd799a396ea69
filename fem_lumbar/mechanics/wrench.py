"""A force and its moment about a point: the resultant of several forces."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Wrench:
    """A force (3,) N and its moment (3,) N·mm about a centre."""

    force: np.ndarray = field(default_factory=lambda: np.zeros(3))
    moment: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def __add__(self, other: Wrench) -> Wrench:
        return Wrench(self.force + other.force, self.moment + other.moment)

    @classmethod
    def of(cls, forces: np.ndarray, places: np.ndarray, centre: np.ndarray) -> Wrench:
        """Resultant of forces (n, 3) N at places (n, 3) mm."""
        return cls(forces.sum(axis=0), np.cross(places - centre, forces).sum(axis=0))

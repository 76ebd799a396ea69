"""What a verification problem hands back: checked numbers, and lines or fields to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Record:
    """One number beside the number it must be.

    Attributes
    ----------
    name : str
        Which problem.
    quantity : str
        What was computed.
    computed, expected : float
        In ``unit``.
    tolerance : float
        Largest permitted |computed - expected|, in ``unit``.
    unit : str
        Unit of all three, ``-`` where there is none.
    source : str
        Where the expected value and, where it is not obvious, the tolerance come from.
    """

    name: str
    quantity: str
    computed: float
    expected: float
    tolerance: float
    unit: str
    source: str

    @property
    def deviation(self) -> float:
        """|computed - expected|, in ``unit``."""
        return abs(self.computed - self.expected)

    @property
    def passed(self) -> bool:
        """Whether the deviation is permitted; a number that is not finite never is."""
        return math.isfinite(self.computed) and self.deviation <= self.tolerance


def relative(
    name: str, quantity: str, computed: float, expected: float, share: float, unit: str, source: str
) -> Record:
    """A record whose tolerance is a share of the expected value."""
    return Record(name, quantity, float(computed), float(expected), share * abs(float(expected)), unit, source)


def vanishing(name: str, quantity: str, computed: float, tolerance: float, unit: str, source: str) -> Record:
    """A record of an error, which should be zero."""
    return Record(name, quantity, float(computed), 0.0, tolerance, unit, source)


def between(name: str, quantity: str, computed: float, ends: tuple[float, float], unit: str, source: str) -> Record:
    """A record of a number that must lie between two others."""
    low, high = sorted(ends)
    return Record(name, quantity, float(computed), (low + high) / 2, (high - low) / 2, unit, source)


@dataclass(frozen=True)
class Line:
    """One line of a chart: ``x`` (n,), ``y`` (n,), drawn with markers only where ``points``."""

    label: str
    x: np.ndarray
    y: np.ndarray
    points: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines over common axes; ``logarithmic`` on both of them."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    logarithmic: bool = False


@dataclass(frozen=True)
class Field:
    """Nodal values (n,) on a plane triangulation: ``points`` (n, 2) mm, ``triangles`` (k, 3)."""

    title: str
    label: str
    points: np.ndarray
    triangles: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """All records of a topic and what there is to look at."""

    records: tuple[Record, ...]
    charts: tuple[Chart, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there are records and every one passed."""
        return bool(self.records) and all(record.passed for record in self.records)

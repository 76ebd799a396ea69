"""Fascicles of multifidus and longissimus thoracis pars lumborum that pull on L3-L5."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from fem_lumbar.conventions import LEVELS, SIDE_SIGN

UPPER_BODY = ("L1", "L2")
"""Levels above the segment: they move with its loaded end."""

SACRUM = "sacrum"
"""Everything below the segment: fixed in space."""


@dataclass(frozen=True)
class Fascicle:
    """One fascicle of the right side.

    ``lower_end`` and ``upper_end`` are levels (or ``sacrum``), ``pcsa_mm2`` its physiological cross-section,
    ``length_mm`` its length and ``direction`` (3,) the unit vector from the lower to the upper end.
    """

    name: str
    lower_end: str
    upper_end: str
    pcsa_mm2: float
    length_mm: float
    direction: np.ndarray
    direction_confidence: str

    @property
    def muscle(self) -> str:
        """``multifidus`` or ``longissimus``."""
        return self.name.split(".")[0]

    @property
    def insertion_level(self) -> str:
        """Level whose size setting applies: the mammillary process of a multifidus fascicle, else its vertebra."""
        return self.lower_end if self.lower_end in LEVELS else self.upper_end

    def attachment(self, end: str) -> str:
        """Anatomical site of the end at a level of the segment: the name of a patch without its side.

        Multifidus runs from mammillary processes up to spinous processes and, its laminar fibres, laminae;
        longissimus from the ilium up to accessory processes (Macintosh & Bogduk 1986, 1987).
        """
        if end not in LEVELS:
            raise ValueError(f"{self.name} has no attachment on {end} inside the segment")
        if self.muscle == "longissimus":
            return f"{end}.accessory"
        if end == self.lower_end:
            return f"{end}.mammillary"
        return f"{end}.lamina" if "laminar" in self.name else f"{end}.spinous"

    def direction_on(self, side: str) -> np.ndarray:
        """Direction (3,) on the given side; the left one is the mirror image."""
        return self.direction * np.array([1.0, -SIDE_SIGN[side], 1.0])


@cache
def fascicles() -> dict[str, Fascicle]:
    """Fascicles with at least one end on L3, L4 or L5, by name such as ``multifidus.m3s``.

    Those that pass the segment by (from L1 or L2 straight to the sacrum) are part of the follower load's meaning.
    """
    found = {}
    for row in csv.DictReader(line for line in _lines() if not line.startswith("#")):
        if row["lower_end"] not in LEVELS and row["upper_end"] not in LEVELS:
            continue
        direction = np.array([float(row[f"direction_{axis}"]) for axis in "xyz"])
        found[row["fascicle"]] = Fascicle(
            name=row["fascicle"],
            lower_end=row["lower_end"],
            upper_end=row["upper_end"],
            pcsa_mm2=float(row["pcsa_mm2"]),
            length_mm=float(row["length_mm"]),
            direction=direction / np.linalg.norm(direction),
            direction_confidence=row["direction_confidence"],
        )
    return found


@cache
def fascicle_source() -> tuple[str, str]:
    """Publications that cross-sections and lines of action are from, and their confidence."""
    told = dict(line.removeprefix("# ").split(": ", 1) for line in _lines() if line.startswith("#") and ": " in line)
    return told["source"], told["confidence"]


def _lines() -> list[str]:
    path = Path(__file__).parent / "data" / "fascicles.csv"
    return path.read_text(encoding="utf-8").splitlines()

"""Fascicles of multifidus and longissimus thoracis pars lumborum, with their published attachments."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import ABOVE, BELOW, COLUMN, LEVELS
from fem_lumbar.foundation.conventions import SIDE_SIGN
from fem_lumbar.foundation.parameters import read_quantities

_DATA = Path(__file__).parent / "data"
_FASCICLES = _DATA / "fascicles.csv"

GROUPS_OF_FASCICLES = ("multifidus", "longissimus_lumborum")
"""Muscle groups of the fascicles."""


@dataclass(frozen=True)
class Fascicle:
    """One fascicle of the right side.

    ``lower_end`` and ``upper_end`` are levels (or ``sacrum``), ``pcsa_mm2`` its physiological cross-section,
    ``length_mm`` its length and ``direction`` (3,) the unit vector from the lower to the upper end.
    ``medial_branch`` is the level of the dorsal ramus whose medial branch supplies it, None for longissimus.
    ``lower_point_mm`` and ``upper_point_mm`` (3,) are the published end points, each from the origin of its body in
    the source (:func:`source_origins_mm`).
    """

    name: str
    lower_end: str
    upper_end: str
    medial_branch: str | None
    pcsa_mm2: float
    length_mm: float
    direction: np.ndarray
    direction_confidence: str
    lower_point_mm: np.ndarray
    upper_point_mm: np.ndarray

    @property
    def muscle(self) -> str:
        """``multifidus`` or ``longissimus``."""
        return self.name.split(".")[0]

    @property
    def group(self) -> str:
        """Group that switches it on: ``multifidus`` or ``longissimus_lumborum``."""
        return GROUPS_OF_FASCICLES[self.muscle == "longissimus"]

    @property
    def insertion_level(self) -> str:
        """Level whose size setting applies: the mammillary process of a multifidus fascicle, else its vertebra."""
        return self.lower_end if self.lower_end in LEVELS else self.upper_end

    @property
    def mal_level(self) -> str:
        """Level of the MAL to which it may attach: at the origin of multifidus, at the insertion of longissimus."""
        return self.lower_end if self.muscle == "multifidus" else self.upper_end

    @property
    def ends(self) -> dict[str, np.ndarray]:
        """Published end point (3,) in mm by level or ``sacrum``, the lower one first."""
        return {self.lower_end: self.lower_point_mm, self.upper_end: self.upper_point_mm}

    def takes_hold_of(self, levels: Sequence[str]) -> bool:
        """Whether it attaches to one of the bodies of a segment."""
        return self.lower_end in levels or self.upper_end in levels

    def bypasses(self, levels: Sequence[str]) -> bool:
        """Whether it runs from above a segment (bodies, cranial first) to below it without attaching to it."""
        upper, lower = COLUMN.index(self.upper_end), COLUMN.index(self.lower_end)
        vertebrae = [COLUMN.index(level) for level in levels if level in COLUMN]  # ends below are on the sacrum
        return upper < vertebrae[0] and lower > vertebrae[-1]

    def acts_on(self, levels: Sequence[str]) -> bool:
        """Whether it loads a segment (bodies, cranial first): not with both ends above it or both below it."""
        return self.takes_hold_of(levels) or self.bypasses(levels)

    def attachment(self, end: str) -> PartName:
        """Attachment site on a body of the template: the name of a patch without its side.

        Multifidus runs from mammillary processes up to spinous processes and, its laminar fibres, laminae;
        longissimus from the ilium up to accessory processes (Macintosh & Bogduk 1986, 1987).
        """
        if end not in LEVELS:
            raise ValueError(f"{self.name} has no attachment on {end} inside the template")
        if self.muscle == "longissimus":
            return PartName.of(end, "accessory")
        if end == self.lower_end:
            return PartName.of(end, "mammillary")
        return PartName.of(end, "lamina" if "laminar" in self.name else "spinous")

    def direction_on(self, side: str) -> np.ndarray:
        """Direction (3,) on the given side; the left one is the mirror image."""
        return self.direction * np.array([1.0, -SIDE_SIGN[side], 1.0])


@cache
def fascicles() -> dict[str, Fascicle]:
    """All fascicles by name such as ``multifidus.m3s``."""
    found = {}
    for row in table_rows(_FASCICLES):
        direction = _vector(row, "direction_{}")
        found[row["fascicle"]] = Fascicle(
            name=row["fascicle"],
            lower_end=row["lower_end"],
            upper_end=row["upper_end"],
            medial_branch=row["medial_branch"] or None,
            pcsa_mm2=float(row["pcsa_mm2"]),
            length_mm=float(row["length_mm"]),
            direction=direction / np.linalg.norm(direction),
            direction_confidence=row["direction_confidence"],
            lower_point_mm=_vector(row, "lower_{}_mm"),
            upper_point_mm=_vector(row, "upper_{}_mm"),
        )
    return found


@cache
def medial_branches() -> dict[str, tuple[str, ...]]:
    """Names of the fascicles that each medial branch supplies, by the level of its dorsal ramus, cranial first."""
    supplied: dict[str, list[str]] = {}
    for fascicle in fascicles().values():
        if fascicle.medial_branch is not None:
            supplied.setdefault(fascicle.medial_branch, []).append(fascicle.name)
    return {branch: tuple(supplied[branch]) for branch in sorted(supplied)}


def branch_under_mal(level: str) -> str:
    """Level of the dorsal ramus whose medial branch runs under the MAL of a vertebra: the one above.

    A ramus leaves below its own vertebra, and its medial branch crosses the root of the transverse process of the next
    one (Bogduk, Wilson & Tynan 1982).
    """
    return COLUMN[COLUMN.index(level) - 1]


@cache
def fascicle_source() -> tuple[str, str]:
    """Publications of the cross-sections and lines of action, and their confidence."""
    return table_source(_FASCICLES)


@cache
def source_origins_mm() -> dict[str, np.ndarray]:
    """Origin (3,) of each body of the source in the frame of its sacrum, by level and ``sacrum``.

    All bodies are parallel there (x anterior, y left, z cranial, standing). The source does not define the origins of
    vertebrae; they are assumed to be the centre of the disc below, as the spinous processes lie at their height.
    """
    told = read_quantities(_DATA / "fascicle_bodies.yaml")
    levels = {level: np.array(told[f"sacrum_to_{level}_mm"].value) for level in (*ABOVE, *LEVELS)}
    return {BELOW: np.zeros(3), **levels}


def table_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table of muscles, without the lines that start with ``#``, which give its source."""
    return list(csv.DictReader(line for line in _text_lines(path) if not line.startswith("#")))


def table_source(path: Path) -> tuple[str, str]:
    """Source and confidence in the head of a table of muscles, ``# source: …`` and ``# confidence: …``."""
    head = [line.removeprefix("# ") for line in _text_lines(path) if line.startswith("#")]
    entries = dict(line.split(": ", 1) for line in head if ": " in line)
    return entries["source"], entries["confidence"]


def _text_lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _vector(row: dict[str, str], column: str) -> np.ndarray:
    return np.array([float(row[column.format(axis)]) for axis in "xyz"])

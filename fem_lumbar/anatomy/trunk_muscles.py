"""Muscles of the trunk besides multifidus and longissimus pars lumborum, and all muscle lines by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.muscles import (
    GROUPS_OF_FASCICLES,
    Fascicle,
    fascicles,
    source_origins_mm,
    table_rows,
    table_source,
)

_DATA = Path(__file__).parent / "data" / "trunk_muscles.csv"


@dataclass(frozen=True)
class TrunkMuscle(Fascicle):
    """One line of the right side that stands for several fascicles of a muscle of the trunk.

    Its ends are fixed at their published positions to bodies taken as rigid: they have no sites on the surfaces of the
    model. If it ``runs_on`` beyond its upper end, that end is a via point.
    """

    belongs_to: str
    runs_on: bool

    @property
    def group(self) -> str:
        """Group that switches it on, such as ``psoas``."""
        return self.belongs_to


@cache
def trunk_muscles() -> dict[str, TrunkMuscle]:
    """All lines by name such as ``psoas.L4``."""
    found = {}
    for row in table_rows(_DATA):
        lower, upper = (np.array([float(row[f"{end}_{axis}_mm"]) for axis in "xyz"]) for end in ("lower", "upper"))
        origins = source_origins_mm()
        vector = origins[row["upper_end"]] + upper - origins[row["lower_end"]] - lower
        length = float(np.linalg.norm(vector))
        found[row["muscle"]] = TrunkMuscle(
            name=row["muscle"],
            lower_end=row["lower_end"],
            upper_end=row["upper_end"],
            medial_branch=None,
            pcsa_mm2=float(row["pcsa_mm2"]),
            length_mm=length,
            direction=vector / length,
            direction_confidence="recalled-low",
            lower_point_mm=lower,
            upper_point_mm=upper,
            belongs_to=row["group"],
            runs_on=row["runs_on"] == "yes",
        )
    return found


@cache
def muscle_lines() -> dict[str, Fascicle]:
    """All muscle lines, fascicles of multifidus and longissimus first."""
    return {**fascicles(), **trunk_muscles()}


@cache
def trunk_muscle_source() -> tuple[str, str]:
    """Publication of the cross-sections and attachments, and its confidence."""
    return table_source(_DATA)


GROUPS: tuple[str, ...] = (*GROUPS_OF_FASCICLES, *dict.fromkeys(one.group for one in trunk_muscles().values()))
"""Names of all groups."""

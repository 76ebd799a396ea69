"""Numbers of needles, lesions, aims and their errors, typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities, values

_DATA = Path(str(files("fem_lumbar.needle") / "data" / "needle.yaml"))


@cache
def needle_quantities() -> QuantityTree:
    """Every number with its unit, source and range."""
    return read_quantities(_DATA)


def needle_values() -> dict[str, Any]:
    """Bare values, in the units of their keys."""
    return values(needle_quantities())


def checked(name: str, given: float, group: str, key: str) -> float:
    """A number of the user, refused where it is outside the limits of the quantity it replaces.

    Raises
    ------
    InputError
    """
    quantity = needle_quantities()[group][key]
    low, high = quantity.limits
    if not low <= given <= high:
        raise InputError(f"{name} {given:g} {quantity.unit}: must be between {low:g} and {high:g} {quantity.unit}")
    return float(given)


@dataclass(frozen=True)
class Placement:
    """How needles come to lie: how far they miss (one standard deviation), and how far they turn when pressed on bone.

    Attributes
    ----------
    along_mm, across_mm : float
        Along and across the nerve.
    off_bone_mm : float
        Soft tissue between needle and bone.
    angles : float
        Factor on the standard deviations of the angles of the needle.
    tilt_deg : float
        Largest turn from the way in.
    """

    along_mm: float
    across_mm: float
    off_bone_mm: float
    angles: float
    tilt_deg: float

    def with_nerve(self, sd_mm: float) -> Placement:
        """With the scatter of the nerve across its course (mm): their relative place counts."""
        return replace(self, across_mm=float((self.across_mm**2 + sd_mm**2) ** 0.5))

    def exact(self) -> Placement:
        """Needles that lie where they are aimed."""
        return replace(self, along_mm=0.0, across_mm=0.0, off_bone_mm=0.0, angles=0.0)


def placement(sd_mm: float | None = None) -> Placement:
    """Placement of the data file, or with a standard deviation (mm) along and across that is given."""
    known = needle_values()["placement"]
    along, across = known["along_sd_mm"], known["across_sd_mm"]
    if sd_mm is not None:
        along = across = checked("placement error", sd_mm, "placement", "along_sd_mm")
    return Placement(along, across, known["off_bone_sd_mm"], 1.0, known["tilt_deg"])

"""Parameters of needles, lesions, aims and placement errors, typed."""

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
    """All parameters with unit, source and range."""
    return read_quantities(_DATA)


def needle_values() -> dict[str, Any]:
    """Values of the parameters, in the units of their keys."""
    return values(needle_quantities())


def checked(name: str, given: float, group: str, key: str) -> float:
    """The given number; it must be within the limits of the parameter that it replaces.

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
    """Placement errors of needles (standard deviations), and their tilt when pressed on bone.

    Attributes
    ----------
    along_mm, across_mm : float
        Along and across the nerve.
    off_bone_mm : float
        Soft tissue between needle and bone (half-normal distribution).
    angles : float
        Factor on the standard deviations of the needle angles.
    tilt_deg : float
        Largest rotation from the direction of insertion.
    """

    along_mm: float
    across_mm: float
    off_bone_mm: float
    angles: float
    tilt_deg: float

    def with_nerve(self, sd_mm: float) -> Placement:
        """The same with the scatter of the nerve across its course (mm) added: only their relative position matters."""
        return replace(self, across_mm=float((self.across_mm**2 + sd_mm**2) ** 0.5))

    def exact(self) -> Placement:
        """Placement without errors: needles are placed as aimed."""
        return replace(self, along_mm=0.0, across_mm=0.0, off_bone_mm=0.0, angles=0.0)


def placement(sd_mm: float | None = None) -> Placement:
    """Placement errors of the data file, or with a given standard deviation (mm) along and across the nerve."""
    known = needle_values()["placement"]
    along, across = known["along_sd_mm"], known["across_sd_mm"]
    if sd_mm is not None:
        along = across = checked("placement error", sd_mm, "placement", "along_sd_mm")
    return Placement(along, across, known["off_bone_sd_mm"], 1.0, known["tilt_deg"])

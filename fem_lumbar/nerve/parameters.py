"""Parameters of the nerve and its pressure thresholds, typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import QuantityTree, read_quantities

_DATA = Path(str(files("fem_lumbar.nerve") / "data" / "nerve.yaml"))


@dataclass(frozen=True)
class NerveTissue:
    """A nerve with a round cross-section.

    Attributes
    ----------
    diameter_mm : float
    shear_modulus_MPa, exponent : float
        One-term Ogden law, W = 2 mu / alpha^2 (sum of the stretches to the power alpha - 3); MPa and dimensionless.
    bulk_modulus_MPa : float
    """

    diameter_mm: float
    shear_modulus_MPa: float
    exponent: float
    bulk_modulus_MPa: float

    @property
    def radius_mm(self) -> float:
        """Half the diameter."""
        return 0.5 * self.diameter_mm


@dataclass(frozen=True)
class Numerics:
    """Numerical parameters: rounding and grid of the walls (mm), contact stiffness (-)."""

    wall_rounding_mm: float
    wall_grid_mm: float
    contact_stiffness_ratio: float


@cache
def nerve_quantities() -> QuantityTree:
    """All parameters with unit, source and range."""
    return read_quantities(_DATA)


def nerve_tissue(diameter_mm: float | None = None) -> NerveTissue:
    """The nerve of the data file, with another diameter if one is given.

    Raises
    ------
    InputError
        When the diameter is outside the range of the model.
    """
    tree = nerve_quantities()["nerve"]
    tissue = NerveTissue(**{key: float(quantity.value) for key, quantity in tree.items()})
    if diameter_mm is None:
        return tissue
    low, high = tree["diameter_mm"].limits
    if not low <= diameter_mm <= high:
        raise InputError(f"nerve diameter {diameter_mm:g} mm: must be between {low:g} and {high:g} mm")
    return replace(tissue, diameter_mm=float(diameter_mm))


def diameter_range_mm() -> tuple[float, float, float]:
    """Smallest, most likely and largest diameter of the nerve, mm."""
    one = nerve_quantities()["nerve"]["diameter_mm"]
    return float(one.range[0]), float(one.value), float(one.range[1])


def thresholds_kPa() -> dict[str, float]:
    """Pressure of each threshold, kPa, in ascending order."""
    return {name: float(quantity.value) for name, quantity in nerve_quantities()["thresholds"].items()}


def numerics() -> Numerics:
    """Numerical parameters of the data file."""
    return Numerics(**{key: float(quantity.value) for key, quantity in nerve_quantities()["numerics"].items()})

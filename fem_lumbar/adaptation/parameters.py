"""Parameters of the loop, typed, and samples of them over their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import Quantity, read_quantities
from fem_lumbar.scenario.problems import unknown_name

_DATA = Path(str(files("fem_lumbar.adaptation") / "data" / "adaptation.yaml"))


@dataclass(frozen=True)
class Constants:
    """Values of all parameters, one for each of n samples.

    Attributes
    ----------
    reinnervation_per_month : ndarray (n,)
        Rate at which denervated fibres are reinnervated.
    supplied_share : ndarray (n,)
        Fraction of the fibres that are supplied only by this branch.
    fibre_atrophy, fibre_atrophy_months : ndarray (n,)
        Fraction of its size that a denervated fibre loses, and the time constant.
    rebuilding_months : ndarray (n,)
        Time constant at which a reinnervated fibre regains its size.
    fat_per_month : ndarray (n,)
        Rate at which fat replaces denervated fibres.
    nerve_per_month, joint_per_month : ndarray (n,)
        Rates of further loss per unit of load on the nerve, and per relative rise of the facet force.
    prestretch : ndarray (n,)
        Elongation of the unloaded nerve, relative to the one that slows venular flow.
    """

    reinnervation_per_month: np.ndarray
    supplied_share: np.ndarray
    fibre_atrophy: np.ndarray
    fibre_atrophy_months: np.ndarray
    rebuilding_months: np.ndarray
    fat_per_month: np.ndarray
    nerve_per_month: np.ndarray
    prestretch: np.ndarray
    joint_per_month: np.ndarray

    @property
    def count(self) -> int:
        """Number of samples."""
        return len(self.supplied_share)


@cache
def constants() -> dict[str, Quantity]:
    """The parameters by key, such as ``nerve.supplied_share``."""
    tree = read_quantities(_DATA)
    return {f"{group}.{name}": one for group, own in tree.items() for name, one in own.items()}


def declared(fixed: Mapping[str, float] | None = None) -> Constants:
    """One sample with the values of the data file, except for those in ``fixed``."""
    values = {key: float(one.value) for key, one in constants().items()} | dict(fixed or {})
    return Constants(**{key.split(".")[1]: np.array([value]) for key, value in values.items()})


def sampled(count: int, seed: int, fixed: Mapping[str, float] | None = None) -> Constants:
    """Latin hypercube samples of the parameters, uniform in their ranges; those in ``fixed`` keep their value.

    Parameters
    ----------
    count, seed : int
    fixed : mapping of str to float, optional
        Value by key such as ``feedback.nerve_per_month``.
    """
    known, fixed = constants(), dict(fixed or {})
    drawn = qmc.LatinHypercube(d=len(known), rng=np.random.default_rng(seed)).random(count)
    found = {}
    for column, (key, one) in enumerate(known.items()):
        low, high = one.range or (one.value, one.value)
        even = low + (high - low) * drawn[:, column]
        found[key.split(".")[1]] = np.full(count, fixed[key]) if key in fixed else even
    return Constants(**found)


def checked_constant(text: str) -> tuple[str, float]:
    """Key and value of a parameter given as ``KEY=VALUE``.

    Raises
    ------
    InputError
        For an unknown key, or a value that is not a number or is outside its limits.
    """
    key, _, given = text.partition("=")
    if key not in constants():
        raise InputError(f"--constant {text}: {unknown_name(key, constants())}")
    one = constants()[key]
    low, high = one.limits or (-np.inf, np.inf)
    try:
        value = float(given)
    except ValueError:
        value = np.nan
    if not low <= value <= high:
        raise InputError(
            f"--constant {text}: must be a number between {low:g} and {high:g} {one.unit}\n"
            f"    {one.note}\n    by default {one.value:g}"
        )
    return key, value

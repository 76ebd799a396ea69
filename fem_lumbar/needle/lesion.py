"""Radiofrequency lesions as solids around the active tip of a needle: spheroids, or circumscribed cylinders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.needle.parameters import checked, needle_quantities, needle_values
from fem_lumbar.scenario.problems import unknown_name

Shape = Literal["spheroid", "cylinder"]
"""Lesions of straight electrodes are reported as ellipses; a cylinder of the same dimensions is the upper limit."""
Size = Literal["ex_vivo", "small"]
SIZES: tuple[Size, Size] = ("ex_vivo", "small")
"""Bounds of the lesion size: as measured ex vivo, and by the effective radius beyond the electrode."""


@dataclass(frozen=True)
class Lesion:
    """A solid of revolution about the needle axis, centred on the middle of the active tip.

    Attributes
    ----------
    name : str
    half_length_mm, half_width_mm : float
        Half dimensions along and across the needle.
    tip_mm : float
        Length of the active tip.
    needle_radius_mm : float
    shape : {"spheroid", "cylinder"}
    judged : bool
        Whether its size was read in a source; recalled sizes are only displayed, not evaluated.
    """

    name: str
    half_length_mm: float
    half_width_mm: float
    tip_mm: float
    needle_radius_mm: float
    shape: Shape = "spheroid"
    judged: bool = True

    def excess(self, points: np.ndarray, middle: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Implicit function of the surface at points, (...), negative inside, dimensionless.

        With x and y the distances along and across the needle over half the length and width: x² + y² − 1 for a
        spheroid, max(x², y²) − 1 for a cylinder.

        Parameters
        ----------
        points : ndarray (..., 3)
            mm.
        middle, along : ndarray, broadcast against the points
            Centre (mm) and unit direction of the needle.
        """
        away = points - middle
        axial = np.einsum("...i,...i->...", away, along)
        square = np.einsum("...i,...i->...", away, away)
        across = (square - axial**2) / self.half_width_mm**2
        axial = axial**2 / self.half_length_mm**2
        return (np.maximum(axial, across) if self.shape == "cylinder" else axial + across) - 1.0


def lesion(
    gauge: str,
    size: Size = "ex_vivo",
    tip_mm: float | None = None,
    temperature_degC: float | None = None,
    time_s: float | None = None,
    shape: Shape = "spheroid",
) -> Lesion:
    """The lesion of a cannula of given gauge.

    Parameters
    ----------
    gauge : str
        ``22G`` to ``16G``.
    size : {"ex_vivo", "small"}
        Widths measured ex vivo (Cosman et al. 2014), or the effective radius beyond the electrode (Bogduk et al. 1987).
    tip_mm, temperature_degC, time_s : float, optional
        Active tip and settings; default: those of the data file. The width is interpolated linearly from 60 to 90 °C,
        and between 1, 2 and 3 min, with the factors of the source; so is the effective radius of the small size.
    shape : {"spheroid", "cylinder"}

    Raises
    ------
    InputError
        For an unknown gauge, or a setting outside the range of the source.
    """
    known = needle_values()
    if gauge not in known["cannulas"]:
        raise InputError(f"gauge {unknown_name(gauge, known['cannulas'])}")
    cannula, heat = known["cannulas"][gauge], known["heat"]
    tip = heat["tip_mm"] if tip_mm is None else checked("active tip", tip_mm, "heat", "tip_mm")
    growth = _growth(
        heat["temperature_degC"]
        if temperature_degC is None
        else checked("temperature", temperature_degC, "heat", "temperature_degC"),
        heat["time_s"] if time_s is None else checked("time", time_s, "heat", "time_s"),
    )
    radius = 0.5 * cannula["outer_diameter_mm"]
    least_beyond = float(needle_quantities()["heat"]["length_beyond_tip_mm"].range[0])
    if size == "ex_vivo":
        half_length, half_width = 0.5 * (tip + heat["length_beyond_tip_mm"]), 0.5 * cannula["width_mm"] * growth
    else:
        half_length, half_width = 0.5 * (tip + least_beyond), radius + cannula["beyond_electrode_mm"] * growth
    return Lesion(gauge, half_length, half_width, tip, radius, shape)


def lesions_shown_only() -> list[Lesion]:
    """Lesions with recalled sizes, only displayed: near-spheres of a cooled and of a three-tined electrode."""
    return [
        Lesion(
            name,
            0.5 * one["width_mm"],
            0.5 * one["width_mm"],
            one["tip_mm"],
            0.5 * one["outer_diameter_mm"],
            judged=False,
        )
        for name, one in needle_values()["shown_only"].items()
    ]


def _growth(temperature: float, time: float) -> float:
    """Width at a temperature (°C) and time (s) relative to that at 80 °C and 2 min."""
    heat = needle_values()["heat"]
    slope = heat["growth_60_to_90_degC"] / 30.0
    hot = (1.0 + slope * (temperature - 60.0)) / (1.0 + slope * 20.0)
    by_minute = [1.0, 1.0 + heat["growth_1_to_2_min"], 1.0 + heat["growth_1_to_3_min"]]
    return float(hot * np.interp(time / 60.0, [1.0, 2.0, 3.0], by_minute) / by_minute[1])

"""Outline of the vertebral endplates: a kidney shape with a slightly concave posterior edge."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.parameters import VertebraMeasures

OUTLINE_EXPONENT = 2.4
"""Exponent of the superellipse (2 is an ellipse); own estimate by eye on the mean surfaces."""
HOLLOW_HALF_WIDTH = 0.45
"""Half width of the posterior concavity as a fraction of the half width of the endplate."""


def kidney_radius(azimuth: np.ndarray, depth: float, width: float, concavity: float) -> np.ndarray:
    """Distance from the endplate centre to its rim.

    Parameters
    ----------
    azimuth : ndarray (...,)
        Angle from anterior, rad.
    depth, width : float
        Mid-sagittal depth and largest width, mm.
    concavity : float
        Depth of the posterior concavity at the midline, mm: the lobes beside it lie that much further back.

    Returns
    -------
    ndarray (...,)
        Radius, mm.
    """
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    half_depth = np.where(cosine < 0, 0.5 * depth + concavity, 0.5 * depth)
    power = OUTLINE_EXPONENT
    radius = (np.abs(cosine / half_depth) ** power + np.abs(sine / (0.5 * width)) ** power) ** (-1.0 / power)
    lateral = radius * sine / (0.5 * width) / HOLLOW_HALF_WIDTH
    return radius - np.where(cosine < 0, concavity * np.exp(-(lateral**2)), 0.0)


def kidney_outline(count: int, depth: float, width: float, concavity: float) -> np.ndarray:
    """Points on the endplate rim, from anterior over the left side, shape (count, 2): x and y in mm."""
    azimuth = 2.0 * np.pi * np.arange(count) / count
    radius = kidney_radius(azimuth, depth, width, concavity)
    return np.column_stack([radius * np.cos(azimuth), radius * np.sin(azimuth)])


def endplate_size(vertebra: VertebraMeasures, face: str) -> tuple[float, float, float]:
    """Depth, width and posterior concavity (mm) of the ``superior`` or ``inferior`` endplate."""
    depth = getattr(vertebra, f"{face}_endplate_depth_mm")
    width = getattr(vertebra, f"{face}_endplate_width_mm")
    return depth, width, vertebra.endplate_posterior_concavity_mm

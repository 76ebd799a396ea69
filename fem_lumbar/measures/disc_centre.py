"""Centre of pressure of a disc: the line of action of its axial force, from the stored stress of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DiscForce:
    """Axial force of a disc, averaged over its height.

    Attributes
    ----------
    compression_N : float
        Size, + compression.
    lateral_mm : float or None
        Its distance to the left of the middle of the disc; None in a disc that carries almost no force.
    """

    compression_N: float
    lateral_mm: float | None


def disc_force(
    points: np.ndarray, cells: np.ndarray, stress: np.ndarray, axis: np.ndarray, height_mm: float, least_N: float = 1.0
) -> DiscForce:
    """Axial force of a disc and its lateral centre, averaged over sections between the endplates.

    The volume integral of the axial stress is the force times the height, since each section carries nearly the same
    force; likewise for its first moment.

    Parameters
    ----------
    points : (n, 3) float
        Deformed positions, mm; y is left.
    cells : (m, 4) int
        Corner nodes of the cells of the disc.
    stress : (m, 6) float
        Cauchy stress of these cells, MPa, as xx, yy, zz, xy, yz, xz.
    axis : (3,) float
        Unit axis of the disc, towards the upper vertebra.
    height_mm : float
        Mean distance of the endplates along the axis, mm.
    least_N : float
        Below this compression no centre is reported.
    """
    corner = points[cells]
    edges = corner[:, 1:] - corner[:, :1]
    volume = np.abs(np.linalg.det(edges)) / 6.0
    x, y, z = axis
    weights = np.array([x * x, y * y, z * z, 2 * x * y, 2 * y * z, 2 * x * z])
    pushed = -volume * (stress @ weights)
    lateral = corner[:, :, 1].mean(axis=1)
    force = float(pushed.sum() / height_mm)
    if force < least_N:
        return DiscForce(force, None)
    middle = float(volume @ lateral / volume.sum())
    return DiscForce(force, float(pushed @ lateral / pushed.sum()) - middle)

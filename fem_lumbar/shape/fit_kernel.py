"""Compiled derivatives of the implicit function of a bone with respect to its parameters, for the fit."""

from __future__ import annotations

import numba
import numpy as np

from fem_lumbar.shape.kernels import (
    NEGLIGIBLE,
    OPTIONS,
    PLATE_SCALE_MM,
    SMALL,
    body_values,
    ellipsoid_value,
    wall_terms,
)


@numba.njit(**OPTIONS)
def add_slopes(
    points: np.ndarray,
    weights: np.ndarray,
    centres: np.ndarray,
    turns: np.ndarray,
    axes: np.ndarray,
    wall: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    rounding: float,
    blend: float,
    ellipsoid_slopes: np.ndarray,
    wall_slopes: np.ndarray,
    plate_slopes: np.ndarray,
) -> None:
    """Add the derivatives of Σ weight · function over points (n, 3) to arrays.

    ``ellipsoid_slopes`` (k, 9): centre, logarithms of the semi-axes, small rotations about them;
    ``wall_slopes`` as ``wall``; ``plate_slopes`` (2, 9): superior, inferior. The other parameters are those of
    :func:`~fem_lumbar.shape.kernels.bone_function`.
    """
    count = len(centres)
    found = np.empty((2 * count, 4))
    parts = np.empty((4, 4))
    arm, along, slope = np.empty(3), np.empty(3), np.empty(3)
    radius_terms = np.empty(wall.shape)
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        body_values(x, y, z, wall, top, bottom, rounding, parts)
        smallest = parts[0, 0]
        for side in range(2):
            flip = 1.0 if side == 0 else -1.0
            for k in range(count):
                arm[0], arm[1], arm[2] = x - centres[k, 0], flip * y - centres[k, 1], z - centres[k, 2]
                ellipsoid_value(arm, turns[k], axes[k], found[side * count + k])
                smallest = min(smallest, found[side * count + k, 0])
        total = np.exp(-(parts[0, 0] - smallest) / blend)
        for k in range(2 * count):
            total += np.exp(-(found[k, 0] - smallest) / blend)
        for k in range(2 * count):
            if found[k, 0] - smallest > NEGLIGIBLE * blend:
                continue
            share = weights[i] * np.exp(-(found[k, 0] - smallest) / blend) / total
            own = k % count
            flip = 1.0 if k < count else -1.0
            arm[0], arm[1], arm[2] = x - centres[own, 0], flip * y - centres[own, 1], z - centres[own, 2]
            k0, k1 = SMALL, SMALL
            for j in range(3):
                along[j] = arm[0] * turns[own, 0, j] + arm[1] * turns[own, 1, j] + arm[2] * turns[own, 2, j]
                k0 += (along[j] / axes[own, j]) ** 2
                k1 += along[j] ** 2 / axes[own, j] ** 4
            k0, k1 = np.sqrt(k0), np.sqrt(k1)
            by_k0, by_k1 = (2.0 * k0 - 1.0) / k1, -k0 * (k0 - 1.0) / (k1 * k1)
            for j in range(3):
                a, b = along[j] / axes[own, j], along[j] / axes[own, j] ** 2
                slope[j] = by_k0 * a / axes[own, j] / k0 + by_k1 * b / axes[own, j] ** 2 / k1
                ellipsoid_slopes[own, j] -= share * found[k, 1 + j]
                ellipsoid_slopes[own, 3 + j] -= share * (by_k0 * a * a / k0 + 2.0 * by_k1 * b * b / k1)
            ellipsoid_slopes[own, 6] -= share * (along[1] * slope[2] - along[2] * slope[1])
            ellipsoid_slopes[own, 7] -= share * (along[2] * slope[0] - along[0] * slope[2])
            ellipsoid_slopes[own, 8] -= share * (along[0] * slope[1] - along[1] * slope[0])
        share = weights[i] * np.exp(-(parts[0, 0] - smallest) / blend) / total
        if share != 0.0:
            _add_body(x, y, z, share, parts, wall, rounding, radius_terms, wall_slopes, plate_slopes)


@numba.njit(**OPTIONS)
def _add_body(
    x: float,
    y: float,
    z: float,
    share: float,
    parts: np.ndarray,
    wall: np.ndarray,
    rounding: float,
    terms: np.ndarray,
    wall_slopes: np.ndarray,
    plate_slopes: np.ndarray,
) -> None:
    by_wall = share * np.exp((parts[1, 0] - parts[0, 0]) / rounding)
    wall_terms(x, y, z, wall, terms)
    wall_slopes += by_wall * terms
    p, q = x / PLATE_SCALE_MM, (y / PLATE_SCALE_MM) ** 2
    basis = (1.0, p, p * p, p**3, q, p * q, p * p * q, q * q, p**4)
    for row in range(2):
        sign = -1.0 if row == 0 else 1.0
        by_plate = sign * share * np.exp((parts[2 + row, 0] - parts[0, 0]) / rounding)
        for term in range(9):
            plate_slopes[row, term] += by_plate * basis[term]

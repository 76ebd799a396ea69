"""Compiled evaluation of the implicit function of a vertebra and of its gradient.

The formula is in :mod:`fem_lumbar.shape.vertebra`.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}
SMALL = 1e-6
"""Added under every root, mm² or 1: keeps gradients finite at centres and on the axis of the body."""
NEGLIGIBLE = 25.0
"""Exponent beyond which a part does not contribute to a union: e^-25 is 1e-11."""
_HEIGHT_SCALE_MM = 15.0
PLATE_SCALE_MM = 20.0
_STEEPEST_AT_MM = 5.0
"""Lower bound of the distance from the axis in the slope of the side wall."""


@numba.njit(**OPTIONS)
def _side_wall(x: float, y: float, z: float, wall: np.ndarray, out: np.ndarray) -> None:
    """Signed distance from the side wall, mm, to first order, and its gradient: ``out`` (4,)."""
    u = min(1.1, max(-0.1, 0.5 * (z / _HEIGHT_SCALE_MM + 1.0)))
    u_z = 0.5 / _HEIGHT_SCALE_MM if -0.1 < u < 1.1 else 0.0
    v = 1.0 - u
    order = wall.shape[1] - 1
    rho = np.sqrt(x * x + y * y + SMALL)
    cosine = x / rho
    radius = r_c = r_cc = r_u = r_cu = 0.0
    t0, t1, d0, d1, s0, s1 = 1.0, cosine, 0.0, 1.0, 0.0, 0.0
    for m in range(wall.shape[0]):
        if m == 0:
            t, d, s = 1.0, 0.0, 0.0
        elif m == 1:
            t, d, s = cosine, 1.0, 0.0
        else:
            t = 2.0 * cosine * t1 - t0
            d = 2.0 * t1 + 2.0 * cosine * d1 - d0
            s = 4.0 * d1 + 2.0 * cosine * s1 - s0
            t0, t1, d0, d1, s0, s1 = t1, t, d1, d, s1, s
        a = a_u = 0.0
        binomial = 1.0
        for k in range(order + 1):
            a += wall[m, k] * binomial * u**k * v ** (order - k)
            if k < order:
                next_binomial = binomial * (order - k) / (k + 1.0)
                # derivative of a Bernstein polynomial: order times the difference of two of one degree less
                lower = next_binomial * (k + 1.0) / order
                a_u += order * (wall[m, k + 1] - wall[m, k]) * lower * u**k * v ** (order - 1 - k)
                binomial = next_binomial
        radius += t * a
        r_c += d * a
        r_cc += s * a
        r_u += t * a_u
        r_cu += d * a_u
    rho3 = rho**3
    rho_x, rho_y = x / rho, y / rho
    c_x, c_y = (rho * rho - x * x) / rho3, -x * y / rho3
    sine = abs(y) / rho
    sine_x, sine_y = -abs(y) * x / rho3, np.sign(y) / rho - abs(y) * y / rho3
    arm = max(rho, _STEEPEST_AT_MM)
    far = 1.0 if rho > _STEEPEST_AT_MM else 0.0
    slope = r_c * sine / arm
    slope_x = (r_cc * c_x * sine + r_c * sine_x) / arm - slope / arm * rho_x * far
    slope_y = (r_cc * c_y * sine + r_c * sine_y) / arm - slope / arm * rho_y * far
    slope_z = r_cu * u_z * sine / arm
    length = np.sqrt(1.0 + slope * slope)
    distance = (rho - radius) / length
    drop = distance * slope / (length * length)
    out[0] = distance
    out[1] = (rho_x - r_c * c_x) / length - drop * slope_x
    out[2] = (rho_y - r_c * c_y) / length - drop * slope_y
    out[3] = -r_u * u_z / length - drop * slope_z


@numba.njit(**OPTIONS)
def wall_terms(x: float, y: float, z: float, wall: np.ndarray, terms: np.ndarray) -> None:
    """Derivatives of the distance from the side wall by its coefficients: ``terms``, shaped like ``wall``."""
    u = min(1.1, max(-0.1, 0.5 * (z / _HEIGHT_SCALE_MM + 1.0)))
    order = wall.shape[1] - 1
    rho = np.sqrt(x * x + y * y + SMALL)
    cosine, arm = x / rho, max(rho, _STEEPEST_AT_MM)
    steepness = abs(y) / rho / arm
    heights = np.empty(order + 1)
    binomial = 1.0
    for k in range(order + 1):
        heights[k] = binomial * u**k * (1.0 - u) ** (order - k)
        binomial *= (order - k) / (k + 1.0)
    radius = slope = 0.0
    t0, t1, d0, d1 = 1.0, cosine, 0.0, 1.0
    for m in range(wall.shape[0]):
        if m == 0:
            t, d = 1.0, 0.0
        elif m == 1:
            t, d = cosine, 1.0
        else:
            t = 2.0 * cosine * t1 - t0
            d = 2.0 * t1 + 2.0 * cosine * d1 - d0
            t0, t1, d0, d1 = t1, t, d1, d
        for k in range(order + 1):
            radius += t * wall[m, k] * heights[k]
            slope += d * wall[m, k] * heights[k] * steepness
            terms[m, k] = t
    length = np.sqrt(1.0 + slope * slope)
    drop = (rho - radius) / length**3 * slope * steepness
    d0, d1, t0, t1 = 0.0, 1.0, 1.0, cosine
    for m in range(wall.shape[0]):
        if m == 0:
            d = 0.0
        elif m == 1:
            d = 1.0
        else:
            t = 2.0 * cosine * t1 - t0
            d = 2.0 * t1 + 2.0 * cosine * d1 - d0
            t0, t1, d0, d1 = t1, t, d1, d
        for k in range(order + 1):
            terms[m, k] = -(terms[m, k] / length + drop * d) * heights[k]


@numba.njit(**OPTIONS)
def _plate(x: float, y: float, plate: np.ndarray, out: np.ndarray) -> None:
    """Height of an endplate, mm, and its slopes along x and y: ``out`` (3,)."""
    p, q = x / PLATE_SCALE_MM, (y / PLATE_SCALE_MM) ** 2
    c = plate
    out[0] = c[0] + p * (c[1] + p * (c[2] + p * (c[3] + p * c[8]))) + q * (c[4] + p * (c[5] + p * c[6])) + q * q * c[7]
    along = c[1] + 2 * p * c[2] + 3 * p * p * c[3] + 4 * p**3 * c[8] + q * (c[5] + 2 * p * c[6])
    out[1] = along / PLATE_SCALE_MM
    out[2] = (c[4] + p * c[5] + p * p * c[6] + 2 * q * c[7]) * 2.0 * y / PLATE_SCALE_MM**2


@numba.njit(**OPTIONS)
def ellipsoid_value(d: np.ndarray, turn: np.ndarray, axes: np.ndarray, out: np.ndarray) -> None:
    """Signed distance from an ellipsoid, mm, to first order, k0 (k0 − 1) / k1, and its gradient: ``out`` (4,)."""
    k0, k1 = SMALL, SMALL
    g0x = g0y = g0z = g1x = g1y = g1z = 0.0
    for j in range(3):
        along = d[0] * turn[0, j] + d[1] * turn[1, j] + d[2] * turn[2, j]
        a = along / axes[j]
        b = a / axes[j]
        k0 += a * a
        k1 += b * b
        c = b / axes[j] ** 2
        g0x += b * turn[0, j]
        g0y += b * turn[1, j]
        g0z += b * turn[2, j]
        g1x += c * turn[0, j]
        g1y += c * turn[1, j]
        g1z += c * turn[2, j]
    k0, k1 = np.sqrt(k0), np.sqrt(k1)
    q = k0 * (k0 - 1.0) / k1
    f0, f1 = (2.0 * k0 - 1.0) / (k1 * k0), -q / (k1 * k1)
    out[0] = q
    out[1] = f0 * g0x + f1 * g1x
    out[2] = f0 * g0y + f1 * g1y
    out[3] = f0 * g0z + f1 * g1z


@numba.njit(**OPTIONS)
def body_values(
    x: float,
    y: float,
    z: float,
    wall: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    rounding: float,
    parts: np.ndarray,
) -> None:
    """Rows of ``parts`` (4, 4): body, side wall, superior and inferior endplate; each value and gradient."""
    height = np.empty(3)
    _side_wall(x, y, z, wall, parts[1])
    for row, plate, sign in ((2, top, 1.0), (3, bottom, -1.0)):
        _plate(x, y, plate, height)
        parts[row, 0] = sign * (z - height[0])
        parts[row, 1] = -sign * height[1]
        parts[row, 2] = -sign * height[2]
        parts[row, 3] = sign
    largest = max(parts[1, 0], parts[2, 0], parts[3, 0])
    total = 0.0
    for k in range(4):
        parts[0, k] = 0.0
    for row in range(1, 4):
        share = np.exp((parts[row, 0] - largest) / rounding)
        total += share
        for k in range(1, 4):
            parts[0, k] += share * parts[row, k]
    for k in range(1, 4):
        parts[0, k] /= total
    parts[0, 0] = largest + rounding * np.log(total)


@numba.njit(**OPTIONS)
def bone_function(
    points: np.ndarray,
    centres: np.ndarray,
    turns: np.ndarray,
    axes: np.ndarray,
    wall: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
    rounding: float,
    blend: float,
) -> np.ndarray:
    """Values and gradients of a vertebra at points.

    Parameters
    ----------
    points : (n, 3)
        In the frame of the shape, mm.
    centres, turns, axes : (k, 3), (k, 3, 3), (k, 3)
        Ellipsoids of the right half: centres (mm), rotations whose columns are the directions of the semi-axes, and
        semi-axes (mm).
    wall, top, bottom : (harmonics, heights), (9,), (9,)
        Coefficients of the side wall and of the superior and inferior endplate, mm.
    rounding, blend : float
        Rounding lengths of the rim and of the union, mm.

    Returns
    -------
    values : (n, 5, 4)
        Rows bone, body, side wall, superior and inferior endplate; each value and gradient.
    """
    n, k_parts = len(points), len(centres)
    values = np.empty((n, 5, 4))
    found = np.empty((2 * k_parts + 1, 4))
    arm = np.empty(3)
    for i in range(n):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        body_values(x, y, z, wall, top, bottom, rounding, values[i, 1:])
        found[2 * k_parts] = values[i, 1]
        smallest = values[i, 1, 0]
        for side in range(2):
            flip = 1.0 if side == 0 else -1.0
            for k in range(k_parts):
                arm[0], arm[1], arm[2] = x - centres[k, 0], flip * y - centres[k, 1], z - centres[k, 2]
                row = found[side * k_parts + k]
                ellipsoid_value(arm, turns[k], axes[k], row)
                row[2] *= flip
                smallest = min(smallest, row[0])
        total = g_x = g_y = g_z = 0.0
        for k in range(2 * k_parts + 1):
            away = (found[k, 0] - smallest) / blend
            if away < NEGLIGIBLE:
                share = np.exp(-away)
                total += share
                g_x += share * found[k, 1]
                g_y += share * found[k, 2]
                g_z += share * found[k, 3]
        values[i, 0, 0] = smallest - blend * np.log(total)
        values[i, 0, 1], values[i, 0, 2], values[i, 0, 3] = g_x / total, g_y / total, g_z / total
    return values

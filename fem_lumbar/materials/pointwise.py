"""The hyperelastic laws at one point: energy density, second Piola-Kirchhoff stress and tangent from C.

Compiled kernels cannot call methods, so every law is a pair of functions here, chosen by its number in
:func:`point_stress` and :func:`point_tangent`. All take C and C^-1 as Voigt vectors (6,) of tensor components,
J = sqrt(det C) and the parameter row of the cell; stresses are set, tangents too, and the energy is returned.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

ST_VENANT_KIRCHHOFF, MOONEY_RIVLIN, FIBRE_REINFORCED, ISOCHORIC_FIBRES = range(4)

_FIRST = np.array([0, 1, 2, 0, 1, 0])
_SECOND = np.array([0, 1, 2, 1, 2, 2])
_PLACE = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2]])
_FAMILIES = 2

_OPTIONS: dict[str, Any] = {"cache": True, "fastmath": {"contract"}, "error_model": "numpy"}
_compiled = numba.njit(**_OPTIONS)


@_compiled
def inverse(c: np.ndarray, out: np.ndarray) -> float:
    """Set ``out`` to the inverse of a symmetric tensor, both in Voigt order; returns the determinant."""
    out[0] = c[1] * c[2] - c[4] * c[4]
    out[1] = c[0] * c[2] - c[5] * c[5]
    out[2] = c[0] * c[1] - c[3] * c[3]
    out[3] = c[5] * c[4] - c[3] * c[2]
    out[4] = c[3] * c[5] - c[0] * c[4]
    out[5] = c[3] * c[4] - c[5] * c[1]
    determinant = c[0] * out[0] + c[3] * out[3] + c[5] * out[5]
    for a in range(6):
        out[a] /= determinant
    return determinant


@_compiled
def add_inverse_terms(cinv: np.ndarray, dyadic: float, derivative: float, tangent: np.ndarray) -> None:
    """Add ``dyadic`` C^-1 x C^-1 + ``derivative`` P to a tangent (6, 6), with P = -d(C^-1)/dC."""
    for a in range(6):
        i, j = _FIRST[a], _SECOND[a]
        for b in range(6):
            k, m = _FIRST[b], _SECOND[b]
            p = 0.5 * (cinv[_PLACE[i, k]] * cinv[_PLACE[j, m]] + cinv[_PLACE[i, m]] * cinv[_PLACE[j, k]])
            tangent[a, b] += dyadic * cinv[a] * cinv[b] + derivative * p


@_compiled
def _st_venant_kirchhoff_stress(c: np.ndarray, parameters: np.ndarray, stress: np.ndarray) -> float:
    lame, shear = parameters[0], parameters[1]
    volumetric = lame * 0.5 * (c[0] + c[1] + c[2] - 3.0)
    energy = 0.0
    for a in range(3):
        strain = 0.5 * (c[a] - 1.0)
        stress[a] = volumetric + 2.0 * shear * strain
        stress[a + 3] = shear * c[a + 3]
        energy += 0.5 * (stress[a] * strain + stress[a + 3] * c[a + 3])
    return energy


@_compiled
def _st_venant_kirchhoff_tangent(parameters: np.ndarray, tangent: np.ndarray) -> None:
    lame, shear = parameters[0], parameters[1]
    tangent[:] = 0.0
    for a in range(3):
        for b in range(3):
            tangent[a, b] = lame
        tangent[a, a] += 2.0 * shear
        tangent[a + 3, a + 3] = shear


@_compiled
def _invariants(c: np.ndarray) -> tuple[float, float]:
    """First and second invariant of C."""
    first = c[0] + c[1] + c[2]
    square = c[0] * c[0] + c[1] * c[1] + c[2] * c[2] + 2.0 * (c[3] * c[3] + c[4] * c[4] + c[5] * c[5])
    return first, 0.5 * (first * first - square)


@_compiled
def _volumetric(jacobian: float, bulk: float, stiffening: float, swelling: float) -> tuple[float, float, float]:
    """Energy density, pressure and slope of K/2 e^2 (1 + b/2 e^2) in e = J - 1 - s: stiffening b, swelling s."""
    excess = jacobian - 1.0 - swelling
    more = stiffening * excess * excess
    energy = 0.5 * bulk * excess * excess * (1.0 + 0.5 * more)
    return energy, bulk * excess * (1.0 + more), bulk * (1.0 + 3.0 * more)


@_compiled
def _mooney_rivlin_stress(
    c: np.ndarray, cinv: np.ndarray, jacobian: float, parameters: np.ndarray, stress: np.ndarray
) -> float:
    c10, c01 = parameters[0], parameters[1]
    i1, i2 = _invariants(c)
    j1 = 1.0 / np.cbrt(jacobian * jacobian)
    m1, m2 = c10 * j1, c01 * j1 * j1
    energy, pressure, _ = _volumetric(jacobian, parameters[2], parameters[3], parameters[4])
    along_inverse = pressure * jacobian - 2.0 / 3.0 * m1 * i1 - 4.0 / 3.0 * m2 * i2
    for a in range(6):
        stress[a] = along_inverse * cinv[a] - 2.0 * m2 * c[a]
    for a in range(3):
        stress[a] += 2.0 * m1 + 2.0 * m2 * i1
    return m1 * i1 - 3.0 * c10 + m2 * i2 - 3.0 * c01 + energy


@_compiled
def _mooney_rivlin_tangent(
    c: np.ndarray, cinv: np.ndarray, jacobian: float, parameters: np.ndarray, tangent: np.ndarray
) -> None:
    c10, c01 = parameters[0], parameters[1]
    i1, i2 = _invariants(c)
    j1 = 1.0 / np.cbrt(jacobian * jacobian)
    m1, m2 = c10 * j1, c01 * j1 * j1
    _, pressure, slope = _volumetric(jacobian, parameters[2], parameters[3], parameters[4])
    # u = -4/3 m1 I - 8/3 m2 dI2/dC, paired with C^-1 in a symmetric dyad.
    normal = -4.0 / 3.0 * m1 - 8.0 / 3.0 * m2 * i1
    mixed = 8.0 / 3.0 * m2
    for a in range(6):
        u_a = mixed * c[a] + (normal if a < 3 else 0.0)
        for b in range(6):
            u_b = mixed * c[b] + (normal if b < 3 else 0.0)
            tangent[a, b] = u_a * cinv[b] + cinv[a] * u_b
    # d2I2/dC2 = I x I - identity
    for a in range(3):
        for b in range(3):
            if a != b:
                tangent[a, b] += 4.0 * m2
        tangent[a + 3, a + 3] -= 2.0 * m2
    add_inverse_terms(
        cinv,
        4.0 / 9.0 * (m1 * i1 + 4.0 * m2 * i2) + jacobian * (pressure + jacobian * slope),
        4.0 / 3.0 * (m1 * i1 + 2.0 * m2 * i2) - 2.0 * pressure * jacobian,
        tangent,
    )


@_compiled
def _fibre_strain(c: np.ndarray, structure: np.ndarray) -> float:
    """H:C - 1 of a family with structure tensor H."""
    shear = structure[3] * c[3] + structure[4] * c[4] + structure[5] * c[5]
    return structure[0] * c[0] + structure[1] * c[1] + structure[2] * c[2] + 2.0 * shear - 1.0


@_compiled
def _recruited(strain: float, toe: float) -> tuple[float, float, float]:
    """Strain that loads a fibre, its slope and curvature: a parabola over the toe, then parallel to the strain."""
    if strain < toe:
        return 0.5 * strain * strain / toe, strain / toe, 1.0 / toe
    return strain - 0.5 * toe, 1.0, 0.0


@_compiled
def _add_fibre_stress(
    c: np.ndarray, k1: float, k2: float, toe: float, structure: np.ndarray, stress: np.ndarray
) -> float:
    energy = 0.0
    for family in range(_FAMILIES):
        h = structure[6 * family : 6 * family + 6]
        strain = _fibre_strain(c, h)
        if strain > 0.0:
            loading, slope, _ = _recruited(strain, toe)
            growth = np.exp(k2 * loading * loading)
            energy += k1 / (2.0 * k2) * (growth - 1.0)
            for a in range(6):
                stress[a] += 2.0 * k1 * loading * slope * growth * h[a]
    return energy


@_compiled
def _add_fibre_tangent(
    c: np.ndarray, k1: float, k2: float, toe: float, structure: np.ndarray, tangent: np.ndarray
) -> None:
    for family in range(_FAMILIES):
        h = structure[6 * family : 6 * family + 6]
        strain = _fibre_strain(c, h)
        if strain > 0.0:
            loading, slope, curvature = _recruited(strain, toe)
            stiffening = slope * slope * (1.0 + 2.0 * k2 * loading * loading) + loading * curvature
            stiffness = 4.0 * k1 * np.exp(k2 * loading * loading) * stiffening
            for a in range(6):
                for b in range(6):
                    tangent[a, b] += stiffness * h[a] * h[b]


@_compiled
def _add_isochoric_fibres(
    c: np.ndarray,
    cinv: np.ndarray,
    jacobian: float,
    k1: float,
    k2: float,
    structure: np.ndarray,
    stress: np.ndarray,
    tangent: np.ndarray,
) -> float:
    """Add stress (6,) and tangent (6, 6) of fibres that see C / J^(2/3); returns their energy.

    With e = J^(-2/3) H:C - 1 the stress is 2 W'(e) de/dC, and 2 de/dC = 2 J^(-2/3) (H - (H:C)/3 C^-1).
    """
    energy = 0.0
    scale = 1.0 / np.cbrt(jacobian * jacobian)
    slope = np.empty(6)
    for family in range(_FAMILIES):
        h = structure[6 * family : 6 * family + 6]
        stretch = scale * (_fibre_strain(c, h) + 1.0)
        strain = stretch - 1.0
        if strain > 0.0:
            growth = np.exp(k2 * strain * strain)
            first, second = k1 * strain * growth, k1 * growth * (1.0 + 2.0 * k2 * strain * strain)
            energy += k1 / (2.0 * k2) * (growth - 1.0)
            for a in range(6):
                slope[a] = 2.0 * (scale * h[a] - stretch / 3.0 * cinv[a])
                stress[a] += first * slope[a]
            for a in range(6):
                for b in range(6):
                    tangent[a, b] += second * slope[a] * slope[b]
                    tangent[a, b] -= first * 2.0 / 3.0 * (slope[a] * cinv[b] + cinv[a] * slope[b])
            add_inverse_terms(cinv, -4.0 / 9.0 * first * stretch, 4.0 / 3.0 * first * stretch, tangent)
    return energy


@_compiled
def point_stress(
    law: int, c: np.ndarray, cinv: np.ndarray, jacobian: float, parameters: np.ndarray, stress: np.ndarray
) -> float:
    """Set the stress (6,) MPa of law number ``law``; returns the energy density, MPa."""
    if law == ST_VENANT_KIRCHHOFF:
        return _st_venant_kirchhoff_stress(c, parameters, stress)
    energy = _mooney_rivlin_stress(c, cinv, jacobian, parameters, stress)
    if law == MOONEY_RIVLIN:
        return energy
    if law == ISOCHORIC_FIBRES:
        k1, k2, unused = parameters[5], parameters[6], np.zeros((6, 6))
        return energy + _add_isochoric_fibres(c, cinv, jacobian, k1, k2, parameters[8:], stress, unused)
    return energy + _add_fibre_stress(c, parameters[5], parameters[6], parameters[7], parameters[8:], stress)


@_compiled
def point_tangent(
    law: int, c: np.ndarray, cinv: np.ndarray, jacobian: float, parameters: np.ndarray, tangent: np.ndarray
) -> None:
    """Set the tangent dS/dE (6, 6) MPa of law number ``law``."""
    if law == ST_VENANT_KIRCHHOFF:
        _st_venant_kirchhoff_tangent(parameters, tangent)
        return
    _mooney_rivlin_tangent(c, cinv, jacobian, parameters, tangent)
    if law == ISOCHORIC_FIBRES:
        unused = np.zeros(6)
        _add_isochoric_fibres(c, cinv, jacobian, parameters[5], parameters[6], parameters[8:], unused, tangent)
    elif law == FIBRE_REINFORCED:
        _add_fibre_tangent(c, parameters[5], parameters[6], parameters[7], parameters[8:], tangent)


@numba.njit(parallel=True, **_OPTIONS)
def respond(law: int, cauchy_green: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy density (n_e, n_q), stress (n_e, n_q, 6) and tangent (n_e, n_q, 6, 6), MPa, at C (n_e, n_q, 3, 3)."""
    n_cells, n_points = cauchy_green.shape[:2]
    energy = np.empty((n_cells, n_points))
    stress = np.empty((n_cells, n_points, 6))
    tangent = np.empty((n_cells, n_points, 6, 6))
    for e in numba.prange(n_cells):
        c, cinv = np.empty(6), np.empty(6)
        for q in range(n_points):
            for a in range(6):
                c[a] = cauchy_green[e, q, _FIRST[a], _SECOND[a]]
            jacobian = np.sqrt(inverse(c, cinv))
            energy[e, q] = point_stress(law, c, cinv, jacobian, parameters[e], stress[e, q])
            point_tangent(law, c, cinv, jacobian, parameters[e], tangent[e, q])
    return energy, stress, tangent

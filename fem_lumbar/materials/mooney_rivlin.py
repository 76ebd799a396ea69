"""Mooney-Rivlin on the isochoric invariants, with an optional volumetric term K/2 (J - 1)^2."""

from __future__ import annotations

import numba
import numpy as np

from fem_lumbar.materials.law import VOIGT, Response, determinant, inverse, inverse_derivative, per_cell


class MooneyRivlin:
    """W = c10 (I1bar - 3) + c01 (I2bar - 3) + K/2 (J - 1)^2.

    Parameters
    ----------
    c10, c01 : float or (n_e,)
        Mooney-Rivlin coefficients, MPa.
    bulk_modulus : float or (n_e,)
        K, MPa; zero where a pressure field carries the volume change.
    n_cells : int
        Number of cells.
    """

    def __init__(self, c10, c01, bulk_modulus, n_cells: int) -> None:
        self.parameters = per_cell(n_cells, c10, c01, bulk_modulus)

    @classmethod
    def neo_hookean(cls, modulus, poisson_ratio, n_cells: int) -> MooneyRivlin:
        """Neo-Hookean law with the small-strain modulus (MPa) and Poisson's ratio given."""
        young, poisson = np.asarray(modulus, dtype=float), np.asarray(poisson_ratio, dtype=float)
        shear, bulk = young / (2 * (1 + poisson)), young / (3 * (1 - 2 * poisson))
        return cls(shear / 2, 0.0, bulk, n_cells)

    def response(self, cauchy_green: np.ndarray) -> Response:
        """Energy density (n_e, n_q) MPa, S (n_e, n_q, 6) MPa and dS/dE (n_e, n_q, 6, 6) MPa."""
        return _response(np.ascontiguousarray(cauchy_green), self.parameters)


@numba.njit(cache=True)
def add_isochoric(c, cinv, jacobian, c10, c01, stress, tangent):
    """Add the isochoric Mooney-Rivlin stress and tangent at one point; returns the energy density."""
    i1 = c[0, 0] + c[1, 1] + c[2, 2]
    trace_c2 = 0.0
    for i in range(3):
        for j in range(3):
            trace_c2 += c[i, j] * c[i, j]
    i2 = 0.5 * (i1 * i1 - trace_c2)
    j1, j2 = jacobian ** (-2.0 / 3.0), jacobian ** (-4.0 / 3.0)
    for a in range(6):
        i, j = VOIGT[a]
        one_a = 1.0 if i == j else 0.0
        d_i2_a = i1 * one_a - c[i, j]
        stress[a] += 2 * c10 * j1 * (one_a - i1 / 3 * cinv[i, j]) + 2 * c01 * j2 * (d_i2_a - 2 * i2 / 3 * cinv[i, j])
        for b in range(6):
            k, m = VOIGT[b]
            one_b = 1.0 if k == m else 0.0
            d_i2_b = i1 * one_b - c[k, m]
            pi = inverse_derivative(cinv, a, b)
            identity = (1.0 if a < 3 else 0.5) if a == b else 0.0
            tangent[a, b] += (
                4
                * c10
                * j1
                * (-(one_a * cinv[k, m] + cinv[i, j] * one_b) / 3 + i1 / 9 * cinv[i, j] * cinv[k, m] + i1 / 3 * pi)
            )
            tangent[a, b] += (
                4
                * c01
                * j2
                * (
                    one_a * one_b
                    - identity
                    - 2.0 / 3.0 * (d_i2_a * cinv[k, m] + cinv[i, j] * d_i2_b)
                    + 4.0 / 9.0 * i2 * cinv[i, j] * cinv[k, m]
                    + 2.0 / 3.0 * i2 * pi
                )
            )
    return c10 * (i1 * j1 - 3) + c01 * (i2 * j2 - 3)


@numba.njit(cache=True)
def add_volumetric(cinv, jacobian, bulk, stress, tangent):
    """Add stress and tangent of K/2 (J - 1)^2 at one point; returns the energy density."""
    pressure = bulk * (jacobian - 1)
    for a in range(6):
        i, j = VOIGT[a]
        stress[a] += pressure * jacobian * cinv[i, j]
        for b in range(6):
            k, m = VOIGT[b]
            tangent[a, b] += bulk * jacobian * (2 * jacobian - 1) * cinv[i, j] * cinv[k, m]
            tangent[a, b] -= 2 * pressure * jacobian * inverse_derivative(cinv, a, b)
    return 0.5 * bulk * (jacobian - 1) ** 2


@numba.njit(parallel=True, cache=True)
def _response(cauchy_green, parameters):
    n_cells, n_points = cauchy_green.shape[:2]
    energy = np.zeros((n_cells, n_points))
    stress = np.zeros((n_cells, n_points, 6))
    tangent = np.zeros((n_cells, n_points, 6, 6))
    for e in numba.prange(n_cells):
        c10, c01, bulk = parameters[e]
        for q in range(n_points):
            c = cauchy_green[e, q]
            det = determinant(c)
            cinv, jacobian = inverse(c, det), np.sqrt(det)
            energy[e, q] = add_isochoric(c, cinv, jacobian, c10, c01, stress[e, q], tangent[e, q])
            if bulk > 0:
                energy[e, q] += add_volumetric(cinv, jacobian, bulk, stress[e, q], tangent[e, q])
    return energy, stress, tangent

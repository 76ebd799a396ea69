"""Mooney-Rivlin ground substance with two families of exponential, tension-only, dispersed fibres (annulus)."""

from __future__ import annotations

import numba
import numpy as np

from fem_lumbar.materials.law import VOIGT, Response, determinant, inverse, per_cell
from fem_lumbar.materials.mooney_rivlin import add_isochoric


class FibreReinforced:
    """Isochoric Mooney-Rivlin plus k1/(2 k2) (exp(k2 <e>^2) - 1) per fibre family.

    The family strain e = H:C - 1 with the structure tensor H = kappa I + (1 - 3 kappa) a x a; fibres act in
    tension only (Gasser, Ogden, Holzapfel 2006, J R Soc Interface 3:15-35, on the full C). The volume
    change is carried by a pressure field.

    Parameters
    ----------
    c10, c01 : float or (n_e,)
        Ground substance, MPa.
    k1 : float or (n_e,)
        Fibre modulus, MPa.
    k2 : float or (n_e,)
        Fibre exponent.
    dispersion : float or (n_e,)
        kappa between 0 (aligned) and 1/3 (isotropic).
    directions : (n_e, 2, 3)
        Unit vectors of both families in the reference configuration.
    """

    def __init__(self, c10, c01, k1, k2, dispersion, directions: np.ndarray) -> None:
        self.parameters = per_cell(len(directions), c10, c01, k1, k2)
        kappa = np.broadcast_to(np.asarray(dispersion, dtype=float), (len(directions),))[:, None, None, None]
        outer = directions[..., :, None] * directions[..., None, :]
        self.structure = np.ascontiguousarray(kappa * np.eye(3) + (1 - 3 * kappa) * outer)

    def response(self, cauchy_green: np.ndarray) -> Response:
        """Energy density (n_e, n_q) MPa, S (n_e, n_q, 6) MPa and dS/dE (n_e, n_q, 6, 6) MPa."""
        return _response(np.ascontiguousarray(cauchy_green), self.parameters, self.structure)


@numba.njit(cache=True)
def _add_fibres(c, structure, k1, k2, stress, tangent):
    energy = 0.0
    for family in range(structure.shape[0]):
        h = structure[family]
        strain = np.sum(h * c) - 1.0
        if strain <= 0.0:
            continue
        growth = np.exp(k2 * strain * strain)
        energy += k1 / (2 * k2) * (growth - 1.0)
        first = k1 * strain * growth
        second = k1 * growth * (1.0 + 2.0 * k2 * strain * strain)
        for a in range(6):
            h_a = h[VOIGT[a, 0], VOIGT[a, 1]]
            stress[a] += 2.0 * first * h_a
            for b in range(6):
                tangent[a, b] += 4.0 * second * h_a * h[VOIGT[b, 0], VOIGT[b, 1]]
    return energy


@numba.njit(parallel=True, cache=True)
def _response(cauchy_green, parameters, structure):
    n_cells, n_points = cauchy_green.shape[:2]
    energy = np.zeros((n_cells, n_points))
    stress = np.zeros((n_cells, n_points, 6))
    tangent = np.zeros((n_cells, n_points, 6, 6))
    for e in numba.prange(n_cells):
        c10, c01, k1, k2 = parameters[e]
        for q in range(n_points):
            c = cauchy_green[e, q]
            det = determinant(c)
            energy[e, q] = add_isochoric(
                c, inverse(c, det), np.sqrt(det), c10, c01, stress[e, q], tangent[e, q]
            ) + _add_fibres(c, structure[e], k1, k2, stress[e, q], tangent[e, q])
    return energy, stress, tangent

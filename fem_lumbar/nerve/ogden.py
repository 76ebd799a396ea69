"""One-term Ogden law in plane strain, isochoric part only; the pressure is an independent field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_EQUAL = 1e-6
"""Relative difference below which two squared stretches are treated as equal."""


@dataclass(frozen=True)
class Ogden:
    """W = 2 mu / alpha^2 (l1^alpha + l2^alpha + l3^alpha - 3) of the isochoric principal stretches.

    In plane strain the third stretch is 1, so its isochoric part is J^(-1/3); mu is the initial shear modulus.

    Attributes
    ----------
    shear_modulus : float
        mu, MPa.
    exponent : float
        alpha.
    """

    shear_modulus: float
    exponent: float

    def response(self, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy, stress and tangent at in-plane right Cauchy-Green tensors.

        Parameters
        ----------
        c : ndarray (..., 2, 2)

        Returns
        -------
        energy : ndarray (...)
            MPa.
        stress : ndarray (..., 2, 2)
            Second Piola-Kirchhoff stress S = 2 dW/dC, MPa.
        tangent : ndarray (..., 2, 2, 2, 2)
            dS/dC, MPa.
        """
        squares, axes = np.linalg.eigh(c)
        a, b = squares[..., 0], squares[..., 1]
        energy, (fa, fb), (faa, fab, fbb) = self._of_squares(a, b)
        n1, n2 = axes[..., :, 0], axes[..., :, 1]
        p1, p2 = (np.einsum("...i,...j->...ij", n, n) for n in (n1, n2))
        mixed = np.einsum("...i,...j->...ij", n1, n2)
        mixed = mixed + np.swapaxes(mixed, -1, -2)
        equal = np.abs(a - b) <= _EQUAL * (a + b)
        shear = np.where(equal, 0.5 * (faa + fbb) - fab, (fa - fb) / np.where(equal, 1.0, a - b))
        stress = 2.0 * (_times(fa, p1) + _times(fb, p2))
        tangent = (
            2.0 * (_outer(faa, p1, p1) + _outer(fab, p1, p2) + _outer(fab, p2, p1) + _outer(fbb, p2, p2))
            + _outer(shear, mixed, mixed)
        )  # fmt: skip
        return energy, stress, tangent

    def _of_squares(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple, tuple]:
        """Energy, its first and second derivatives with respect to the squared stretches a and b: a sum of a^m b^n."""
        k, q = 0.5 * self.exponent, -self.exponent / 6.0
        factor = 2.0 * self.shear_modulus / self.exponent**2
        energy, fa, fb, faa, fab, fbb = (np.zeros_like(a) for _ in range(6))
        for m, n in ((q + k, q), (q, q + k), (q, q)):
            term = factor * a**m * b**n
            energy += term
            fa += m * term / a
            fb += n * term / b
            faa += m * (m - 1.0) * term / a**2
            fab += m * n * term / (a * b)
            fbb += n * (n - 1.0) * term / b**2
        return energy - 3.0 * factor, (fa, fb), (faa, fab, fbb)


def _times(scalar: np.ndarray, tensor: np.ndarray) -> np.ndarray:
    return scalar[..., None, None] * tensor


def _outer(scalar: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.einsum("...,...ij,...kl->...ijkl", scalar, one, two)

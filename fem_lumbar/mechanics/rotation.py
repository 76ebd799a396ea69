"""Finite rotations by rotation vector: the matrix, its first and second derivatives."""

from __future__ import annotations

import numpy as np

_SKEW_BASIS = np.array(
    [
        [[0.0, 0, 0], [0, 0, -1], [0, 1, 0]],
        [[0, 0, 1], [0, 0, 0], [-1, 0, 0]],
        [[0, -1, 0], [1, 0, 0], [0, 0, 0.0]],
    ]
)


def skew(v: np.ndarray) -> np.ndarray:
    """Matrix (3, 3) of the cross product with v (3,)."""
    return np.einsum("k,kij->ij", v, _SKEW_BASIS)


def rotation_matrix(theta: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) of a rotation vector (3,) in rad (Rodrigues)."""
    angle2 = float(theta @ theta)
    k = skew(theta)
    angle = np.sqrt(angle2)
    return np.eye(3) + np.sinc(angle / np.pi) * k + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * k @ k


def left_jacobian(theta: np.ndarray) -> np.ndarray:
    """Matrix T (3, 3) that maps a change of the rotation vector to the spatial spin: dR R^T = skew(T dtheta)."""
    a, b, _, _ = _coefficients(theta)
    k = skew(theta)
    return np.eye(3) + a * k + b * k @ k


def left_jacobian_derivative(theta: np.ndarray) -> np.ndarray:
    """dT/dtheta_k stacked as (k, 3, 3)."""
    a, b, da, db = _coefficients(theta)
    k = skew(theta)
    return np.array(
        [
            theta[j] * (da * k + db * k @ k) + a * _SKEW_BASIS[j] + b * (_SKEW_BASIS[j] @ k + k @ _SKEW_BASIS[j])
            for j in range(3)
        ]
    )


def rotation_derivatives(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First derivatives dR/dtheta_j (3, 3, 3) and second ones d2R/dtheta_j dtheta_k (3, 3, 3, 3)."""
    r, t, dt = rotation_matrix(theta), left_jacobian(theta), left_jacobian_derivative(theta)
    spins = np.array([skew(t[:, j]) for j in range(3)])
    first = spins @ r
    second = np.array([[skew(dt[k][:, j]) @ r + spins[j] @ spins[k] @ r for k in range(3)] for j in range(3)])
    return first, second


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    """Rotation vector (3,) in rad of a rotation matrix (3, 3), for angles below pi."""
    axis = 0.5 * np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]])
    sine = np.linalg.norm(axis)
    if sine < 1e-12:
        return axis
    return axis / sine * np.arctan2(sine, 0.5 * (np.trace(matrix) - 1))


def best_fit_rotation(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) that best maps reference points (n, 3) to current ones (Kabsch 1976)."""
    covariance = (reference - reference.mean(0)).T @ (current - current.mean(0))
    u, _, vt = np.linalg.svd(covariance)
    sign = np.sign(np.linalg.det(vt.T @ u.T))
    return vt.T @ np.diag([1.0, 1.0, sign]) @ u.T


def _coefficients(theta: np.ndarray) -> tuple[float, float, float, float]:
    """(1 - cos t)/t^2, (t - sin t)/t^3 and their derivatives divided by t."""
    t2 = float(theta @ theta)
    if t2 < 1e-2:  # series: the closed forms suffer from cancellation
        a = 1 / 2 - t2 / 24 + t2**2 / 720 - t2**3 / 40320 + t2**4 / 3628800
        b = 1 / 6 - t2 / 120 + t2**2 / 5040 - t2**3 / 362880 + t2**4 / 39916800
        da = -1 / 12 + t2 / 180 - t2**2 / 6720 + t2**3 / 453600 - t2**4 / 47900160
        db = -1 / 60 + t2 / 1260 - t2**2 / 60480 + t2**3 / 4989600 - t2**4 / 622702080
        return a, b, da, db
    t = np.sqrt(t2)
    a, b = (1 - np.cos(t)) / t2, (t - np.sin(t)) / t**3
    return a, b, (np.sin(t) / t - 2 * a) / t2, ((1 - np.cos(t)) / t2 - 3 * b) / t2

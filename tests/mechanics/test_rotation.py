"""Finite rotations."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.mechanics.rotation import (
    best_fit_rotation,
    left_jacobian,
    left_jacobian_derivative,
    rotation_derivatives,
    rotation_matrix,
    rotation_vector,
)

VECTORS = [np.zeros(3), np.array([1e-3, -2e-3, 5e-4]), np.array([0.0999, 0.0, 0.001]), np.array([0.4, -1.1, 0.7])]


@pytest.mark.parametrize("theta", VECTORS)
def test_round_trip(theta):
    assert rotation_vector(rotation_matrix(theta)) == pytest.approx(theta, abs=1e-12)


@pytest.mark.parametrize("theta", VECTORS)
def test_derivatives_match_finite_differences(theta):
    h = 1e-5
    first, second = rotation_derivatives(theta)
    slope = left_jacobian_derivative(theta)
    for j in range(3):
        step = h * np.eye(3)[j]
        numeric = (rotation_matrix(theta + step) - rotation_matrix(theta - step)) / (2 * h)
        assert np.abs(numeric - first[j]).max() < 1e-9
        numeric = (rotation_derivatives(theta + step)[0] - rotation_derivatives(theta - step)[0]) / (2 * h)
        assert np.abs(numeric - second[:, j]).max() < 1e-9
        numeric = (left_jacobian(theta + step) - left_jacobian(theta - step)) / (2 * h)
        assert np.abs(numeric - slope[j]).max() < 1e-9


def test_best_fit_recovers_a_rotation():
    points = np.random.default_rng(0).standard_normal((20, 3))
    spin = rotation_matrix(np.array([0.3, 0.2, -0.5]))
    assert np.abs(best_fit_rotation(points, points @ spin.T + 4.0) - spin).max() < 1e-12

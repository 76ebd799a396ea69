"""Corrections with finite rotations: first-order equal to addition, and no stretch of second order."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.solver.finite_rotation import Body, FiniteRotation

TURN = np.radians([0.0, 3.0, 0.0])
HINGE = np.radians([0.0, 0.15, 0.0])


@pytest.fixture
def points() -> np.ndarray:
    """A block of 30 mm in front and a process of 30 mm behind it, (n, 3) mm."""
    grid = np.stack(np.meshgrid(np.linspace(0, 30, 4), np.linspace(-10, 10, 3), np.linspace(0, 20, 3)), axis=-1)
    front = grid.reshape(-1, 3)
    return np.vstack([front, front * [-1, 0.5, 0.5]])


def moved(points: np.ndarray, increment: np.ndarray) -> np.ndarray:
    """Places (n, 3) of points (n, 3) after an increment (n, 3), as one body."""
    dofs = np.arange(points.size).reshape(-1, 3)
    motion = FiniteRotation([Body(points, dofs)])
    return points + motion.move(np.zeros(points.size), increment.ravel()).reshape(-1, 3)


def lengths(places: np.ndarray) -> np.ndarray:
    """Distances (n, n) between points, mm."""
    return np.linalg.norm(places[:, None] - places[None], axis=-1)


def test_is_addition_to_first_order(points: np.ndarray) -> None:
    increment = np.random.default_rng(1).normal(size=points.shape)
    step = 1e-6
    slope = (moved(points, step * increment) - moved(points, -step * increment)) / (2 * step)
    assert np.allclose(slope, increment, atol=1e-7)


def test_a_rigid_turn_stretches_nothing(points: np.ndarray) -> None:
    increment = np.cross(TURN, points) + [1.0, 2.0, 3.0]
    assert np.allclose(lengths(moved(points, increment)), lengths(points), atol=1e-10)


def test_a_part_that_turns_a_little_more_is_stretched_by_its_own_turn_alone(points: np.ndarray) -> None:
    increment = np.cross(TURN, points)
    process = points[:, 0] < 0
    increment[process] += np.cross(HINGE, points[process])
    within = np.ix_(process, process)
    stretch = np.abs(lengths(moved(points, increment))[within] - lengths(points)[within]).max()
    own_turn = np.linalg.norm(HINGE) ** 2 / 2 * 40.0  # θ²/2 over the diagonal of the process
    assert stretch < 3 * own_turn
    assert stretch < 0.2 * np.linalg.norm(TURN) * np.linalg.norm(HINGE) * 40.0  # the product of both turns is gone


def test_strain_turns_along_with_the_body(points: np.ndarray) -> None:
    stretched = 1e-4 * points * [1.0, 0.0, 0.0]
    apart = lengths(points + stretched)
    assert np.abs(lengths(moved(points, np.cross(TURN, points) + stretched)) - apart).max() < 1e-7

"""The law of the nerve against closed forms."""

import numpy as np
import pytest

from fem_lumbar.nerve.ogden import Ogden

LAW = Ogden(0.0129, 6.5)


def in_plane(squares, angle=0.4):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag(squares) @ turn.T


@pytest.mark.parametrize("stretch", [0.6, 0.9, 1.3])
def test_plane_strain_compression_between_free_sides(stretch):
    """Incompressible: Cauchy stress 2 mu / alpha (l^alpha - l^-alpha) along the pull, none across it."""
    _, stress, _ = LAW.response(np.diag([stretch**2, stretch**-2]))
    cauchy = np.diag(stress) * np.array([stretch**2, stretch**-2])
    expected = 2 * LAW.shear_modulus / LAW.exponent * (stretch**LAW.exponent - stretch**-LAW.exponent)
    assert cauchy[0] - cauchy[1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("stretch", [0.6, 1.3])
def test_energy_is_that_of_the_stretches(stretch):
    energy, _, _ = LAW.response(in_plane([stretch**2, stretch**-2]))
    power = LAW.exponent
    expected = 2 * LAW.shear_modulus / power**2 * (stretch**power + stretch**-power + 1 - 3)
    assert energy == pytest.approx(expected, rel=1e-12)


def test_shear_modulus_at_rest():
    """Simple shear by a small angle takes mu times the angle."""
    angle = 1e-6
    f = np.array([[1.0, angle], [0.0, 1.0]])
    _, stress, _ = LAW.response(f.T @ f)
    assert (f @ stress)[0, 1] == pytest.approx(LAW.shear_modulus * angle, rel=1e-5)


def test_change_of_volume_alone_takes_no_energy_in_three_dimensions():
    """Equal stretches in all three directions would; in the plane the third is 1, and uniaxial stress is deviatoric."""
    _, stress, _ = LAW.response(np.diag([1.2, 1.0]))
    cauchy = np.diag(stress) * np.array([1.2, 1.0])
    assert cauchy[0] == pytest.approx(-2 * cauchy[1], rel=1e-12)  # third one equals the second: no mean stress


@pytest.mark.parametrize("squares", [[1.3, 0.8], [1.0, 1.0], [0.9, 0.9 + 1e-9]])
def test_stress_and_tangent_are_derivatives(squares):
    rng = np.random.default_rng(3)
    c, way = in_plane(squares), rng.normal(size=(2, 2))
    way, step = way + way.T, 1e-5
    ahead, behind = (LAW.response(c + sign * step * way) for sign in (1, -1))
    _, stress, tangent = LAW.response(c)
    slope = (ahead[0] - behind[0]) / (2 * step)
    assert slope == pytest.approx(0.5 * np.sum(stress * way), rel=1e-6, abs=1e-10)
    change = (ahead[1] - behind[1]) / (2 * step)
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", tangent, way), change, rtol=1e-5, atol=1e-8)


def test_law_does_not_see_turns():
    one, two = (LAW.response(in_plane([1.3, 0.8], angle))[0] for angle in (0.1, 1.2))
    assert one == pytest.approx(two, rel=1e-12)

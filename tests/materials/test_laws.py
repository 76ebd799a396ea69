"""Constitutive laws: derivatives, stress-free reference, small-strain moduli, tension-only fibres."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.law import VOIGT
from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff

N = 6
RNG = np.random.default_rng(0)
DIRECTIONS = RNG.standard_normal((N, 2, 3))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=2, keepdims=True)
LAWS = {
    "st_venant_kirchhoff": StVenantKirchhoff(1000.0, 0.3, N),
    "mooney_rivlin": MooneyRivlin(0.18, 0.045, 50.0, N),
    "neo_hookean": MooneyRivlin.neo_hookean(35.0, 0.4, N),
    "fibre_reinforced": FibreReinforced(0.13, 0.04, 3.0, 5.0, 0.07, DIRECTIONS),
}


def cauchy_green(size: float) -> np.ndarray:
    f = np.eye(3) + size * np.random.default_rng(1).standard_normal((N, 2, 3, 3))
    return np.einsum("...ki,...kj->...ij", f, f)


@pytest.mark.parametrize("name", LAWS)
def test_stress_and_tangent_are_derivatives(name):
    law, c, h = LAWS[name], cauchy_green(0.15), 1e-6
    _, stress, tangent = law.response(c)
    for b, (k, m) in enumerate(VOIGT):
        step = np.zeros((3, 3))
        step[k, m] += h
        step[m, k] += h
        ahead, behind = law.response(c + step), law.response(c - step)
        assert np.abs((ahead[0] - behind[0]) / (2 * h) - stress[..., b]).max() < 1e-8 * np.abs(stress).max()
        assert np.abs((ahead[1] - behind[1]) / (2 * h) - tangent[..., b]).max() < 1e-8 * np.abs(tangent).max()


@pytest.mark.parametrize("name", LAWS)
def test_reference_is_free_of_stress(name):
    energy, stress, _ = LAWS[name].response(np.broadcast_to(np.eye(3), (N, 2, 3, 3)))
    assert np.abs(energy).max() < 1e-14
    assert np.abs(stress).max() < 1e-13


def test_neo_hookean_has_the_moduli_asked_for():
    """Tangent at rest = isotropic elasticity with E and nu."""
    young, poisson = 35.0, 0.4
    _, _, tangent = LAWS["neo_hookean"].response(np.broadcast_to(np.eye(3), (N, 1, 3, 3)))
    _, _, linear = StVenantKirchhoff(young, poisson, N).response(np.broadcast_to(np.eye(3), (N, 1, 3, 3)))
    assert tangent == pytest.approx(linear, abs=1e-10)


def test_fibres_act_in_tension_only():
    along = np.tile([[[1.0, 0, 0], [1.0, 0, 0]]], (N, 1, 1))
    law = FibreReinforced(0.1, 0.0, 5.0, 3.0, 0.0, along)
    ground = MooneyRivlin(0.1, 0.0, 0.0, N)
    for stretch, differs in ((1.1, True), (0.9, False)):
        c = np.broadcast_to(np.diag([stretch**2, 1 / stretch, 1 / stretch]), (N, 1, 3, 3))
        extra = law.response(c)[1] - ground.response(c)[1]
        expected = 0.0
        if differs:  # two families on one axis: S = 2 · 2 k1 e exp(k2 e^2), e = stretch^2 - 1
            strain = stretch**2 - 1
            expected = 2 * 2 * 5.0 * strain * np.exp(3.0 * strain**2)
        assert extra[..., 0] == pytest.approx(np.full((N, 1), expected), rel=1e-12, abs=1e-14)
        assert np.abs(extra[..., 1:]).max() < 1e-14


def test_ligament_energy_stress_and_modulus_are_derivatives():
    law = BilinearLigament(np.full(200, 7.5), np.full(200, 32.9), np.full(200, 0.25))
    strain, h = np.linspace(-0.1, 0.6, 200), 1e-6
    ahead, behind = law.response(strain + h), law.response(strain - h)
    _, stress, modulus = law.response(strain)
    assert (ahead[0] - behind[0]) / (2 * h) == pytest.approx(stress, abs=1e-7)
    kinks = np.abs((ahead[1] - behind[1]) / (2 * h) - modulus)
    assert kinks.max() < 1e-3

"""Laws at rest, small-strain moduli, tension-only fibres; derivatives are in the verification suite."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.verification.specimens import laws

N = 6
LAWS = laws(N)


@pytest.mark.parametrize("name", LAWS)
def test_reference_is_free_of_stress(name):
    energy, stress, _ = LAWS[name].response(np.broadcast_to(np.eye(3), (N, 2, 3, 3)))
    assert np.abs(energy).max() < 1e-14
    assert np.abs(stress).max() < 1e-13


def test_swollen_tissue_is_free_of_stress_at_its_swelling():
    """By hand: p = K e (1 + b e^2) with e = J - 1 - s, for shapes that change the volume alone."""
    law = MooneyRivlin(0.1, 0.0, 10.0, N, 100.0, swelling=0.06)
    for volume, excess in ((1.06, 0.0), (1.0, -0.06), (1.16, 0.1)):
        c = np.broadcast_to(volume ** (2 / 3) * np.eye(3), (N, 1, 3, 3))
        stress = law.response(c)[1][0, 0]
        cauchy = stress[0] * volume ** (2 / 3) / volume
        assert cauchy == pytest.approx(10.0 * excess * (1.0 + 100.0 * excess**2), abs=1e-12)


def test_neo_hookean_has_the_moduli_asked_for():
    """Tangent at rest = isotropic elasticity with E and nu."""
    young, poisson = 35.0, 0.4
    _, _, tangent = LAWS["neo-Hooke"].response(np.broadcast_to(np.eye(3), (N, 1, 3, 3)))
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


def test_slack_fibres_act_from_their_own_length():
    """What fibres 3 % longer than their place do at a state stretched by 3 % more is what taut ones do there."""
    directions = np.random.default_rng(1).standard_normal((N, 2, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    taut, slack = (FibreReinforced(0.0, 0.0, 5.0, 3.0, 0.1, directions, toe=0.002, slack=s) for s in (0.0, 0.03))
    f = np.eye(3) + 0.1 * np.random.default_rng(2).standard_normal((N, 1, 3, 3))
    c = np.swapaxes(f, -1, -2) @ f
    (energy, stress, _), (same, less, _) = taut.response(c), slack.response(1.03**2 * c)
    assert energy.max() > 0.0
    assert same == pytest.approx(energy, rel=1e-10, abs=1e-14)
    assert less == pytest.approx(stress / 1.03**2, rel=1e-10, abs=1e-14)
    stretched = np.broadcast_to(1.029**2 * np.eye(3), (N, 1, 3, 3))
    assert np.abs(slack.response(stretched)[1]).max() == 0.0 < np.abs(taut.response(stretched)[1]).max()
    assert np.array_equal(slack.of_cells(np.arange(2)).slack, [0.03, 0.03])

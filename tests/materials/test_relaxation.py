"""Fading branches against closed forms: held strain, even strain, held stress, closed cycles."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.relaxation import Relaxation

SHARE, TIME_S = 0.4, 7.0
TWO = Relaxation([0.15, 0.36], [10.0, 1000.0])


def stresses(relaxation, times_s, strains):
    """Stress (n,) of a material of unit stiffness at times (n,), between which the strain (n,) changes evenly."""
    lost, out = np.zeros(len(relaxation.shares)), []
    for duration, before, after in zip(np.diff(times_s), strains, strains[1:], strict=False):
        step = relaxation.step(duration)
        lost = step.kept * lost + step.start * before + step.end * after
        out.append(after - lost.sum())
    return np.array(out)


def crept(duration_s, steps):
    """Strain after a unit stress has been held, by an equilibrium at the end of each step."""
    branch = Relaxation([SHARE], [TIME_S])
    lost, strain = 0.0, 1.0
    for _ in range(steps):
        step = branch.step(duration_s / steps)
        settled = step.kept[0] * lost + step.start[0] * strain
        strain = (1.0 + settled) / (1.0 - step.end[0])
        lost = settled + step.end[0] * strain
    return strain


def test_a_held_strain_relaxes_exactly_with_steps_of_any_size():
    times = np.array([0.0, 1e-6, 3.0, 40.0, 5000.0])
    assert stresses(TWO, times, np.ones(5)) == pytest.approx(TWO.left(times[1:]), rel=1e-12)
    assert TWO.left(0.0) == 1.0
    assert TWO.left(1e9) == pytest.approx(1 - 0.15 - 0.36, rel=1e-12)


def test_an_even_strain_is_exact_with_steps_of_any_size():
    times = np.array([0.0, 2.0, 50.0, 3000.0])
    rate = 1e-3
    branches = TWO.shares * (times[1:, None] - TWO.times_s * -np.expm1(-times[1:, None] / TWO.times_s))
    expected = rate * (times[1:] - branches.sum(axis=1))
    assert stresses(TWO, times, rate * times) == pytest.approx(expected, rel=1e-10)


def test_a_held_stress_creeps_as_a_standard_linear_solid():
    """J(t) = 1 + g / (1 - g) (1 - exp(-(1 - g) t / tau)), of second order in the time step."""
    duration = 20.0
    exact = 1 + SHARE / (1 - SHARE) * -np.expm1(-(1 - SHARE) * duration / TIME_S)
    coarse, fine = (crept(duration, steps) - exact for steps in (40, 80))
    assert abs(fine) < 1e-3 * exact
    assert np.log2(coarse / fine) == pytest.approx(2.0, abs=0.05)


def test_closed_strain_cycles_dissipate():
    rng = np.random.default_rng(0)
    for _ in range(20):
        times = np.concatenate([[0.0], np.cumsum(10.0 ** rng.uniform(-1, 3, 40))])
        strains = np.concatenate([[0.0], rng.standard_normal(39), [0.0]])
        stress = np.concatenate([[0.0], stresses(TWO, times, strains)])
        assert np.sum(0.5 * (stress[1:] + stress[:-1]) * np.diff(strains)) > 0.0

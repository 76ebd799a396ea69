"""Strands of ligament and bone: by hand, in their limits, and energy, force and stiffness against one another."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.ossification import Ossification
from fem_lumbar.materials.ossified_strand import OssifiedStrand

SPAN, AREA, RIGIDITY = 20.0, 2.0, 100.0
LENGTHS = np.linspace(4.0137, 32.0071, 1401)
"""None of them at the end of a rounded corner, where the slope has a kink."""
FRACTIONS = [0.0, 0.1, 0.5, 0.9, 0.999, 1.0]
LAWS = {"stiffening": (5.0, 50.0, 0.5), "softening": (50.0, 5.0, 0.2), "nothing": (0.0, 0.0, 0.1)}


def strand(fraction: float, prestrain: float = 0.0, law: str = "stiffening", rigidity: float = RIGIDITY, n: int = 1):
    fibrous = BilinearLigament(*(np.full(n, value) for value in LAWS[law]))
    return OssifiedStrand(fibrous, *(np.full(n, value) for value in (AREA, SPAN, prestrain, fraction, rigidity)))


def tension(length: float, *args, **settings) -> float:
    return float(strand(*args, **settings).response(np.array([length]))[1][0])


def test_half_bone_by_hand():
    """2 N stretch 10 mm of ligament (2 mm2, 5 MPa) by a fifth, 2 mm, and 10 mm of bone (100 N) by 0.2 mm.

    Slack at 15 mm; at 9 mm the 10 mm of bone are 1 mm too long, past the rounded onset, and press with 10 N.
    """
    energy, force, stiffness = (values[0] for values in strand(0.5).response(np.array([22.2])))
    assert force == pytest.approx(2.0, rel=1e-12)
    assert stiffness == pytest.approx(1 / (10 / (5 * 2) + 10 / 100), rel=1e-12)
    onset = 5.0 * 0.05**2 / 24 * AREA * 10  # of the rounded onset: toe modulus times width^2 / 24, times the volume
    assert energy == pytest.approx(0.5 * 2.0 * 2.0 + 0.5 * 2.0 * 0.2 + onset, rel=1e-12)
    assert tension(15.0, 0.5) == 0.0
    assert tension(9.0, 0.5) == pytest.approx(-10.0, rel=1e-12)


@pytest.mark.parametrize("prestrain", [-0.45, 0.0, 0.1])
def test_without_bone_it_is_the_ligament_to_the_last_digit(prestrain):
    n = len(LENGTHS)
    rest = SPAN / (1 + prestrain)
    energy, stress, modulus = BilinearLigament(*(np.full(n, v) for v in LAWS["stiffening"])).response(
        LENGTHS / rest - 1
    )
    found = strand(0.0, prestrain, n=n, rigidity=0.0).response(LENGTHS)
    for one, other in zip(found, (AREA * rest * energy, AREA * stress, AREA * modulus / rest), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("prestrain", [-0.45, 0.0, 0.1])
def test_all_bone_is_an_elastic_bar_free_of_stress_as_built(prestrain):
    n = len(LENGTHS)
    energy, force, stiffness = strand(1.0, prestrain, n=n).response(LENGTHS)
    assert force == pytest.approx(RIGIDITY * (LENGTHS / SPAN - 1), abs=1e-12)
    assert energy == pytest.approx(RIGIDITY * SPAN / 2 * (LENGTHS / SPAN - 1) ** 2, abs=1e-12)
    assert stiffness == pytest.approx(np.full(n, RIGIDITY / SPAN))
    assert strand(1.0, prestrain).rest == pytest.approx(SPAN)


@pytest.mark.parametrize("prestrain", [-0.45, 0.1])
def test_the_bar_is_reached_continuously(prestrain):
    whole = strand(1.0, prestrain, n=len(LENGTHS)).response(LENGTHS)[1]
    for left in (1e-3, 1e-5, 1e-7):
        nearly = strand(1.0 - left, prestrain, n=len(LENGTHS)).response(LENGTHS)[1]
        assert np.abs(nearly - whole).max() < 60 * left * np.abs(whole).max()


def test_bone_that_hardly_gives_leaves_a_shorter_ligament():
    shorter = strand(0.0, 0.1, n=len(LENGTHS)).response(SPAN * (LENGTHS - 15.0) / 5.0)[1]
    found = strand(0.75, 0.1, rigidity=1e12, n=len(LENGTHS)).response(LENGTHS)[1]
    drawn = LENGTHS > 15.0 + 0.05 * 5.0  # where pressing ends
    assert found[drawn] == pytest.approx(shorter[drawn], abs=1e-8 * shorter.max())


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("prestrain", [-0.45, 0.0, 0.1])
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_stiffness_is_the_slope_of_the_force_and_force_that_of_the_energy(fraction, prestrain, law):
    """By central differences; round-off of the energy shows in its difference."""
    one, step = strand(fraction, prestrain, law, n=len(LENGTHS)), 1e-6
    energy, force, stiffness = one.response(LENGTHS)
    ahead, behind = one.response(LENGTHS + step), one.response(LENGTHS - step)
    by_energy, by_force = ((ahead[k] - behind[k]) / (2 * step) for k in (0, 1))
    assert by_energy == pytest.approx(force, abs=1e-7 * (1 + np.abs(force).max()) + 1e-15 * energy.max() / step)
    assert by_force == pytest.approx(stiffness, abs=1e-6 * (1 + stiffness.max()))
    assert np.all(stiffness >= 0)


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_work_along_a_path_is_the_change_of_energy(fraction):
    """From pressed together to drawn out; Simpson's rule on 28 000 pieces."""
    lengths = np.linspace(LENGTHS[0], LENGTHS[-1], 56_001)
    energy, force, _ = strand(fraction, 0.1, n=len(lengths)).response(lengths)
    work = (lengths[1] - lengths[0]) / 3 * (force[0] + 4 * force[1::2].sum() + 2 * force[2:-1:2].sum() + force[-1])
    assert work == pytest.approx(energy[-1] - energy[0], rel=1e-7, abs=1e-7)


def test_only_a_complete_bridge_or_a_closed_gap_carries_compression():
    for fraction in (0.1, 0.5, 0.9):
        assert tension(SPAN * (1 + fraction) / 2, fraction) == 0.0
        assert tension(SPAN * fraction * 0.9, fraction) < 0.0
    assert tension(SPAN * 0.99, 1.0) == pytest.approx(-0.01 * RIGIDITY)


def test_many_strands_at_once_are_each_for_itself():
    fractions, lengths = np.array([0.0, 0.5, 1.0, 0.9]), np.array([22.0, 9.0, 19.0, 23.0])
    law = BilinearLigament(*(np.full(4, value) for value in LAWS["stiffening"]))
    together = OssifiedStrand(law, *(np.full(4, value) for value in (AREA, SPAN, 0.0)), fractions, np.full(4, RIGIDITY))
    single = [tension(length, fraction) for length, fraction in zip(lengths, fractions)]
    assert together.response(lengths)[1] == pytest.approx(single, rel=1e-12)


def test_reach_and_part_of_a_band():
    lower, upper = Ossification(0.3, 3500.0), Ossification(0.3, 3500.0, from_first_end=False)
    assert lower.reach == (0.0, 0.3) and upper.reach == pytest.approx((0.7, 1.0))
    span = np.array([[0.0, 0.05, 0.1, 0.1], [0.9, 0.95, 1.0, 1.0]])
    assert lower.part(span) == pytest.approx([1.0, 0.0]) and upper.part(span) == pytest.approx([0.0, 1.0])
    assert Ossification(1.0, 3500.0).complete and not lower.complete
    assert lower.modulus_with(100.0, np.array([0.0, 0.5, 1.0])) == pytest.approx([100, 2 / (1 / 100 + 1 / 3500), 3500])

"""A fascicle held by two strips of fascia, by hand; derivatives and objectivity are in the verification suite."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.fascia import SharedFascia
from fem_lumbar.mechanics.item import total
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.shared_pull import SharedPull, joined

FORCE_N, LENGTH_MM = 10.0, 50.0
TO_MAL, TO_BONE = 30.0, 20.0
"""Stiffness of the strips, N/mm."""


def pull() -> SharedPull:
    """Down from a point fixed above: node 0 is the insertion that yields, node 1 the bone below it and beside it."""
    insertion, bone = (WeightedPoint(np.array([node]), np.ones(1), np.zeros(3)) for node in (0, 1))
    above = WeightedPoint(np.empty(0, dtype=int), np.empty(0), np.array([0.0, 0.0, LENGTH_MM]))
    ends = [*joined(insertion, bone), bone], [above] * 3
    share = TO_MAL / (TO_MAL + TO_BONE)
    alone = LinePull("muscle", *ends, FORCE_N * np.array([share, 0.0, 1.0 - share]))
    fascia = SharedFascia(np.array([FORCE_N]), np.array([TO_MAL]), np.array([TO_BONE]))
    return SharedPull(alone, *ends, np.array([0]), np.array([1]), fascia)


def yielded(by_mm: float, carried_mm: float = 0.0) -> np.ndarray:
    """Bone moved up by so much, and the insertion by so much more."""
    return np.array([0.0, 0.0, carried_mm + by_mm, 0.0, 0.0, carried_mm])


@pytest.mark.parametrize("given_way_mm", [0.0, 0.05, 0.3, -0.2])
def test_strips_are_two_springs_in_parallel(given_way_mm):
    """k1 e1 + k2 e2 = F and e1 = e2 - what the insertion has given way."""
    e1, e2 = np.linalg.solve([[TO_MAL, TO_BONE], [1.0, -1.0]], [FORCE_N, -given_way_mm])
    found = pull().tension(yielded(given_way_mm), 1.0)
    assert found[0] == pytest.approx(TO_MAL * e1, rel=1e-12)
    assert found[1:].sum() == pytest.approx(TO_BONE * e2, rel=1e-12)


@pytest.mark.parametrize("arch_N_per_mm", [1e-9, 0.006, 60.0, 1e9])
def test_share_follows_from_the_arch_in_series(arch_N_per_mm):
    """On an arch of stiffness K the share is k1 / (k1 + k2) / (1 + k / K): none without one, k1 / (k1 + k2) on bone."""
    firm, k = TO_MAL / (TO_MAL + TO_BONE), TO_MAL * TO_BONE / (TO_MAL + TO_BONE)
    by_hand = firm / (1.0 + k / arch_N_per_mm)
    item, low, high = pull(), -1.0, 1.0  # what it gives way where tension and arch balance, by bisection
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if item.tension(yielded(middle), 1.0)[0] > arch_N_per_mm * middle else (low, middle)
    share = item.tension(yielded(high), 1.0)[0] / FORCE_N
    assert share == pytest.approx(by_hand, rel=1e-6 if by_hand > 0.025 else 0.0, abs=2e-4)  # 0.025: rounded corner


def test_strips_go_slack_and_the_pull_stays_whole():
    for given_way, expected in ((5.0, 0.0), (-5.0, FORCE_N)):
        found = pull().tension(yielded(given_way), 1.0)
        assert found[0] == pytest.approx(expected, abs=1e-12)
        assert found.sum() == pytest.approx(FORCE_N)
    shares = [pull().tension(yielded(given_way), 1.0)[0] for given_way in np.linspace(-2.0, 2.0, 401)]
    assert np.all(np.diff(shares) <= 0.0) and min(shares) >= 0.0 and max(shares) <= FORCE_N


@pytest.mark.parametrize("ratio", [1e-6, 0.01, 100.0, 1e6])
def test_strips_of_very_unlike_stiffness_do_not_push(ratio):
    """Their tensions stay between none and the whole force, and the firm share is k1 / (k1 + k2) still."""
    fascia = SharedFascia(np.array([FORCE_N]), np.array([ratio]), np.array([1.0]))
    firm = FORCE_N * ratio / (1.0 + ratio)
    ends = np.array([fascia.response(np.array([by]))[1][0] for by in (-1e9, 0.0, 1e9)])
    assert firm + ends == pytest.approx([0.0, firm, FORCE_N], rel=1e-9, abs=1e-9 * FORCE_N)


def test_motion_of_the_bone_moves_no_share():
    assert pull().tension(yielded(0.0, carried_mm=3.0), 1.0) == pytest.approx([6.0, 0.0, 4.0], rel=1e-12)


def test_stored_energy_is_the_work_of_what_is_taken_over():
    """Integral of T1 - 6 N over what is given way, in and beyond the slack; the pulls alone do theirs."""
    item, way = pull(), np.linspace(0.0, 0.9, 9001)
    over = np.array([item.tension(yielded(by), 1.0)[0] for by in way]) - 6.0
    work = float(np.sum(0.5 * (over[1:] + over[:-1]) * np.diff(way)))
    assert item.stored(yielded(0.9)) == pytest.approx(-work, rel=1e-6)
    assert item.advance(yielded(0.0), yielded(0.9)) == pytest.approx(6.0 * 0.9)
    energies = [item.forces(yielded(by), 1.0)[0] for by in (0.0, 0.9)]
    assert energies[1] - energies[0] == pytest.approx(item.stored(yielded(0.9)) - 6.0 * 0.9)


def test_residual_is_linear_in_the_load_and_without_resultant_beyond_the_pull():
    item, x = pull(), yielded(0.1) + np.array([0.01, 0.02, 0.0, 0.0, 0.0, 0.0])
    parts = {load: total(item.dofs, item.forces(x, load)[1], 6) for load in (0.0, 0.3, 1.0)}
    assert parts[0.3] == pytest.approx(0.7 * parts[0.0] + 0.3 * parts[1.0], rel=1e-12)
    assert np.linalg.norm(parts[0.0][:3] + parts[0.0][3:]) < 1e-3 * np.linalg.norm(parts[0.0][:3])
    assert parts[1.0].reshape(2, 3).sum(axis=0)[2] == pytest.approx(-FORCE_N, rel=1e-6)

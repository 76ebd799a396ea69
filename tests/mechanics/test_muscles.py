"""Muscle and weight, by hand; derivatives and objectivity are in the verification suite."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.short_range_stiffness import ShortRangeStiffness
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.pull import LinePull, ReactivePull

FORCE_N, LENGTH_MM, GAMMA = 10.0, 50.0, 23.4


def ends() -> tuple[list[WeightedPoint], list[WeightedPoint]]:
    fixed = WeightedPoint(np.empty(0, dtype=int), np.empty(0), np.zeros(3))
    return [fixed], [WeightedPoint(np.array([0]), np.ones(1), np.array([0.0, 0.0, LENGTH_MM]))]


def reactive(gamma: float = GAMMA, set_at: float = 0.0) -> ReactivePull:
    state = np.array([0.0, 0.0, set_at])
    return ReactivePull("muscle", *ends(), np.array([FORCE_N]), ShortRangeStiffness(gamma), state)


def tension(item: LinePull, longer: float, load_factor: float = 1.0) -> float:
    return float(item.tension(np.array([0.0, 0.0, longer]), load_factor)[0])


def test_stretch_by_one_percent_adds_gamma_percent():
    assert tension(reactive(), 0.0) == pytest.approx(FORCE_N, rel=1e-14)
    assert tension(reactive(), 0.5) == pytest.approx(FORCE_N * 1.234, rel=1e-12)
    assert tension(reactive(), -0.5) == pytest.approx(FORCE_N * 0.766, rel=1e-12)
    assert tension(reactive(), 0.5, load_factor=0.5) == pytest.approx(0.5 * FORCE_N * 1.234, rel=1e-12)


def test_length_counts_from_where_activation_was_set():
    item = reactive(set_at=2.0)
    assert tension(item, 2.0) == pytest.approx(FORCE_N, rel=1e-14)
    assert tension(item, 2.52) == pytest.approx(FORCE_N * 1.234, rel=1e-12)  # 1 % of 52 mm


def test_muscle_never_pushes():
    lengths = np.linspace(-10.0, 5.0, 301)
    found = np.array([tension(reactive(), change) for change in lengths])
    assert found.min() == 0.0
    assert np.all(np.diff(found) >= 0.0)
    assert tension(reactive(), -LENGTH_MM / GAMMA - 0.2) == 0.0


def test_work_is_the_energy_between_states():
    item = reactive()
    near, far = (np.array([0.0, 0.0, z]) for z in (-0.4, 0.6))
    k = GAMMA * FORCE_N / LENGTH_MM
    by_hand = FORCE_N * 1.0 + 0.5 * k * (0.6**2 - 0.4**2)
    assert -item.advance(near, far) == pytest.approx(by_hand, rel=1e-12)
    assert item.forces(far, 1.0)[0] - item.forces(near, 1.0)[0] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("insertion_N_per_mm", [5.0, 50.0, 5000.0])
def test_stiffer_insertion_passes_more_force(insertion_N_per_mm):
    """Muscle in series with its insertion: T = F / (1 + gamma F / (L k)); a constant force passes F through any."""
    item = reactive()
    by_hand = FORCE_N / (1 + GAMMA * FORCE_N / (LENGTH_MM * insertion_N_per_mm))
    yielded = by_hand / insertion_N_per_mm
    assert tension(item, -yielded) == pytest.approx(by_hand, rel=1e-12)
    assert tension(LinePull("constant", *ends(), np.array([FORCE_N])), -yielded) == FORCE_N


def test_weight_in_front_bends_forward():
    """397 N, 28 mm in front: a flexion moment (+y) of 11.1 N·m on the reference point."""
    force, arm, centre = (np.array(v) for v in ([0.0, 0.0, -397.0], [28.0, 0.0, 0.0], [1.0, 2.0, 90.0]))
    weight = DeadWeight("weight", force, arm, centre, 0)
    forces = -weight.forces(np.zeros(6), 0.5)[1][0]
    assert forces == pytest.approx([0, 0, -198.5, 0, 0.5 * 397 * 28, 0], abs=1e-9)
    bent = np.array([0, 0, -1.0, 0, np.pi / 2, 0])
    assert weight.place(bent) == pytest.approx([1.0, 2.0, 90.0 - 1.0 - 28.0])
    assert weight.advance(np.zeros(6), bent) == pytest.approx(397 * 29.0)


def test_weight_does_the_work_of_its_forces_in_all_six_motions():
    weight = DeadWeight("weight", np.array([3.0, -5.0, -40.0]), np.array([28.0, 4.0, -6.0]), np.zeros(3), 0)
    x = np.array([1.0, -2.0, 0.5, 0.3, -0.2, 0.4])
    steps = 1e-6 * np.eye(6)
    power = [weight.advance(x - step, x + step) / 2e-6 for step in steps]
    assert weight.pattern(x)[0] == pytest.approx(power, rel=1e-7)

"""The law of the loop against closed forms, mirror images and the static answer."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.adaptation.gain import loop_gain
from fem_lumbar.adaptation.law import course, no_load
from fem_lumbar.adaptation.parameters import constants, declared, sampled
from fem_lumbar.adaptation.response import HELD_OUT, NODES, SOLVED
from fem_lumbar.adaptation.study import RATIO, Question, adaptation
from tests.adaptation.synthetic_response import BASE_N, linear_values, synthetic_solved

MONTHS = np.arange(25.0)
PLAIN = {"muscle.fat_per_month": 0.0, "muscle.fibre_atrophy": 0.0, "nerve.supplied_share": 1.0}
"""Constants with which the law is that of the nerve alone."""
NO_FEEDBACK = {"feedback.nerve_per_month": 0.0, "feedback.joint_per_month": 0.0}


def question(lesion, **changes):
    asked = {"months": 6, "samples": 10, "seed": 3, "fixed": {}} | changes
    return Question("standing", "L4", lesion, **asked)


def on_own_side(slope):
    """A load on the nerve that rises linearly with the loss on its own side."""
    return lambda lost: (slope * lost, np.zeros_like(lost))


def test_without_feedback_a_loss_heals_exponentially():
    found = course(np.array([0.8, 0.0]), declared(PLAIN | {"nerve.reinnervation_per_month": 0.1}), no_load, MONTHS)
    assert found.lost[:, 0, 0] == pytest.approx(0.8 * np.exp(-0.1 * MONTHS), rel=1e-9)
    assert not found.lost[:, 0, 1].any()


def test_the_closed_loop_follows_the_logistic_curve():
    """d' = k s d (1 - d) - rho d: logistic with rate k s - rho and limit 1 - rho / (k s)."""
    rho, growth, start = 0.1, 0.4, 0.02
    of = declared(PLAIN | {"nerve.reinnervation_per_month": rho, "feedback.nerve_per_month": 1.0})
    found = course(np.array([start, start / 2]), of, on_own_side(growth), MONTHS).lost[:, 0]
    rate, limit = growth - rho, 1.0 - rho / growth
    for side, first in enumerate((start, start / 2)):
        expected = limit / (1.0 + (limit / first - 1.0) * np.exp(-rate * MONTHS))
        assert found[:, side] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("growth", "grows"), [(0.09, False), (0.11, True)])
def test_a_small_loss_grows_where_the_gain_is_above_one(growth, grows):
    of = declared(PLAIN | {"nerve.reinnervation_per_month": 0.1, "feedback.nerve_per_month": 1.0})
    gain = loop_gain(of, on_own_side(growth), 100.0, 1e-3)
    assert gain.of_loss == pytest.approx(growth / 0.1, rel=1e-3)
    assert gain.of_asymmetry == pytest.approx(growth / 0.1, rel=1e-3)
    found = course(np.array([1e-4, 0.0]), of, on_own_side(growth), MONTHS).lost[:, 0, 0]
    assert found == pytest.approx(1e-4 * np.exp((growth - 0.1) * MONTHS), rel=1e-3)
    assert bool(found[-1] > found[0]) is grows


def test_gain_over_a_horizon_is_that_of_what_has_not_healed():
    """The sum of a loss that heals at rho over T months is (1 - exp(-rho T)) / rho."""
    of = declared(PLAIN | {"nerve.reinnervation_per_month": 0.1})
    lasting = (1.0 - np.exp(-0.1 * 12.0)) / 0.1
    assert loop_gain(of, no_load, 12.0, 1e-3).lasting_months == pytest.approx(lasting, rel=1e-4)


def test_a_load_on_the_other_side_evens_out():
    of = declared(PLAIN | {"feedback.nerve_per_month": 1.0})
    gain = loop_gain(of, lambda lost: (0.01 * lost[:, ::-1], np.zeros_like(lost)), 24.0, 1e-3)
    assert gain.of_asymmetry[0] < 0.0 < gain.of_loss[0]


def test_gain_zero_is_the_static_answer_to_the_last_bit():
    """Without feedback, regrowth and fat the loss stays what it was, and so do the solved results."""
    solved = synthetic_solved(linear_values(13.0, -7.0))
    frozen = {"nerve.reinnervation_per_month": 0.0, "muscle.fat_per_month": 0.0, "nerve.supplied_share": 1.0}
    study = adaptation("test", question({"left": 1.0}, fixed=NO_FEEDBACK | frozen), solved)
    names, node = solved.response.names, solved.response.table[2, 0]
    for one in study.effects[:2]:
        value = node[names.index(f"{one.name} {one.unit}")]
        assert np.array_equal(one.band, np.full_like(one.band, value))
    assert not study.small.of_loss.any() and not study.whole.of_loss.any()


def test_without_feedback_the_closed_loop_is_the_open_one_to_the_last_bit():
    solved = synthetic_solved(linear_values(13.0, -7.0))
    study = adaptation("test", question({"left": 0.6, "right": 0.1}, fixed=NO_FEEDBACK), solved)
    assert np.array_equal(study.sampled.lost, study.open_loop.lost)
    with_it = adaptation("test", question({"left": 0.6, "right": 0.1}), solved)
    assert np.any(with_it.sampled.lost > with_it.open_loop.lost)


def test_no_loss_is_the_baseline():
    study = adaptation("test", question({}), synthetic_solved(linear_values(13.0, -7.0)))
    assert not study.sampled.lost.any()
    for one in study.effects:
        assert np.array_equal(one.band, np.full_like(one.band, one.before))
        assert one.verdict(6) == "no effect"


def test_a_mirrored_lesion_has_the_mirrored_answer():
    solved = synthetic_solved(linear_values(13.0, 4.0))
    left, right = (adaptation("test", question({side: 0.9}), solved) for side in ("left", "right"))
    assert left.sampled.lost == pytest.approx(right.sampled.lost[:, :, ::-1], rel=1e-12, abs=1e-15)
    effects = {one.name: one for one in right.effects}
    for one in left.effects:
        image = one.name.replace("left", "*").replace("right", "left").replace("*", "right")
        if one.name != RATIO:
            assert one.band == pytest.approx(effects[image].band, rel=1e-13)
            assert one.verdict(6) == effects[image].verdict(6)


def test_the_interpolation_meets_what_was_solved_and_tells_its_error():
    def curved(loss):
        return {"a": loss[0] ** 3 + 2.0 * loss[1] + loss[0] * loss[1], "b": 1.0 - (1.0 - loss[0]) ** 1.5}

    made = synthetic_solved(curved).response
    for loss in SOLVED:
        assert made.at(np.array(loss)).tolist() == list(curved(loss).values())
    error = abs(float(made.of("a", np.array(HELD_OUT))) - curved(HELD_OUT)["a"])
    assert made.error[0] == pytest.approx(error) and error > 0.01
    assert made.error[1] < 1e-12, "the law of least effort at given prices is met exactly"
    assert len(NODES) ** 2 > len(SOLVED)


def test_what_is_below_the_error_is_not_resolved():
    study = adaptation("test", question({"left": 1.0}), synthetic_solved(linear_values(1e-7, 0.0)))
    assert study.effects[0].verdict(6) == "not resolved"
    clear = adaptation("test", question({"left": 1.0}), synthetic_solved(linear_values(13.0, 0.0)))
    assert clear.effects[0].verdict(0) == "rises" and clear.effects[1].verdict(0) != "rises"
    assert clear.effects[0].before == BASE_N


def test_samples_lie_in_their_ranges_and_keep_what_is_fixed():
    drawn = sampled(200, 1, {"feedback.joint_per_month": 0.05})
    for key, one in constants().items():
        values = getattr(drawn, key.split(".")[1])
        low, high = (0.05, 0.05) if key == "feedback.joint_per_month" else one.range
        assert values.min() >= low and values.max() <= high
        if low < high:
            assert values.max() - values.min() > 0.95 * (high - low)
    assert np.array_equal(sampled(200, 1).nerve_per_month, sampled(200, 1).nerve_per_month)
    assert not np.array_equal(sampled(200, 1).nerve_per_month, sampled(200, 2).nerve_per_month)

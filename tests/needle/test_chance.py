"""Intervals of probabilities and of paired differences, and verdicts on them."""

import numpy as np
import pytest

from fem_lumbar.needle.chance import Chance, paired_difference, probability
from fem_lumbar.needle.study import NeedleDifference
from fem_lumbar.needle.verdict import claim, difference_verdict, mesh_error, told


def outcomes(*counts):
    """Outcomes of (one, other): both, one alone, other alone, none."""
    pairs = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], counts, axis=0).astype(bool)
    return pairs[:, 0], pairs[:, 1]


def test_probability_has_wilsons_interval():
    """Half of 100: Wilson's interval is (0.4038, 0.5962)."""
    half = probability(np.arange(100) < 50)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.4038, 0.5962), abs=1e-4)
    never = probability(np.zeros(1000, dtype=bool))
    assert never.low == 0.0 < never.high < 0.005


def test_difference_is_that_of_the_probabilities_and_its_interval_holds_it():
    one, other = outcomes(300, 200, 50, 450)
    found = paired_difference(one, other)
    assert found.value == pytest.approx(other.mean() - one.mean())
    assert found.low < found.value < found.high
    assert found.high < 0.0


def test_alike_outcomes_differ_by_nothing_but_not_with_certainty():
    one, other = outcomes(30, 0, 0, 70)
    found = paired_difference(one, other)
    assert found.value == 0.0
    assert found.low == pytest.approx(-found.high)
    assert 0.0 < found.high < 0.1


LIKELY, NEVER = Chance(0.7, 0.68, 0.72), Chance(0.0, 0.0, 0.01)


@pytest.mark.parametrize(
    ("fibrous", "difference", "expected"),
    [
        (LIKELY, Chance(0.0, -0.01, 0.01), "no effect"),
        (LIKELY, Chance(-0.02, -0.03, -0.01), "no effect"),
        (LIKELY, Chance(-0.3, -0.33, -0.27), "fails more often"),
        (LIKELY, Chance(0.1, 0.07, 0.13), "succeeds more often"),
        (LIKELY, Chance(-0.05, -0.07, -0.03), "near what matters"),
        (LIKELY, Chance(0.0, -0.2, 0.2), "not resolved"),
        (NEVER, Chance(0.0, -0.01, 0.01), "fails either way"),
    ],
)
def test_verdict_of_a_difference(fibrous, difference, expected):
    assert difference_verdict(fibrous, difference) == expected


def test_mesh_error_widens_the_interval():
    loss = Chance(-0.09, -0.11, -0.07)
    assert difference_verdict(LIKELY, loss) == "fails more often"
    assert difference_verdict(LIKELY, loss, mesh_error("middle_half", loss.value)) == "near what matters"
    assert difference_verdict(LIKELY, loss, 0.08) == "not resolved"
    assert mesh_error("notch", 0.0) == 0.0


@pytest.mark.parametrize(
    ("approach", "at_test", "at_coarse"),
    [
        ("middle_half", -0.023, -0.058),
        ("middle_half", -0.0425, -0.076),
        ("posterior_half", -0.039, -0.0575),
        ("aligned", -0.024, -0.108),
        ("notch", -0.137, -0.124),
        ("two_landmark", -0.0465, -0.0595),
    ],
)
def test_mesh_error_reaches_to_the_other_shipped_mesh(approach, at_test, at_coarse):
    """Differences of docs/needle.md at both densities: neither verdict may exclude the other mesh."""
    change = abs(at_test - at_coarse)
    assert mesh_error(approach, at_test, "test") >= change
    assert mesh_error(approach, at_coarse, "coarse") >= change
    assert mesh_error(approach, at_coarse, "fine") == mesh_error(approach, at_coarse, "coarse")


def test_no_effect_on_the_coarsest_mesh_needs_more():
    """2.3 points lost there, 5.8 on the next mesh."""
    loss = Chance(-0.023, -0.032, -0.014)
    assert difference_verdict(LIKELY, loss, mesh_error("middle_half", loss.value, "coarse")) == "no effect"
    assert difference_verdict(LIKELY, loss, mesh_error("middle_half", loss.value, "test")) == "not resolved"


def found(*verdicts, judged=True):
    nothing = Chance(-0.01, -0.02, 0.0)
    return [
        NeedleDifference("L5", "left", "middle_half", "18G", "small", "x", judged, nothing, 0.0, one)
        for one in verdicts
    ]


@pytest.mark.parametrize(
    ("verdicts", "starts"),
    [
        (("no effect", "no effect"), "contradicted"),
        (("fails more often",), "supported under every limit"),
        (("no effect", "fails more often"), "depends on whether"),
        (("no effect", "near what matters"), "not supported"),
        (("fails either way",), "not tested"),
        (("no effect", "not resolved"), "not resolved"),
    ],
)
def test_what_verdicts_say_about_the_claim(verdicts, starts):
    assert claim(found(*verdicts)).startswith(starts)


def test_recalled_sizes_do_not_count():
    assert claim(found("fails more often", judged=False)) == "not judged"
    mixed = found("no effect") + found("fails more often", judged=False)
    assert claim(mixed).startswith("contradicted")
    assert told(mixed) == "no effect (1 to 1 percentage points lost)"

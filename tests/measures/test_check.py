"""Checks: direction and margin of the stored entries, and the one function that names the worst."""

from __future__ import annotations

import pytest

from fem_lumbar.measures.check import Check, check, worst_check, worst_of_each


@pytest.mark.parametrize(
    ("found", "direction", "room"),
    [
        (check(0.5, 1.0, "N"), "upper", 0.5),
        (check(2.0, 1.0, "N"), "upper", -1.0),
        (check(0.6, 0.5, "-", "lower"), "lower", 0.2),
        (check(0.25, 0.5, "-", "lower"), "lower", -0.5),
    ],
)
def test_margin_knows_the_side_of_the_limit(found, direction, room):
    """Stored by the check itself; entries of the first versions say less and are read the same."""
    assert (found["direction"], found["margin"]) == (direction, pytest.approx(room))
    second = {key: value for key, value in found.items() if key not in ("direction", "margin")}
    first = {key: value for key, value in second.items() if key != "at_least"}
    for entry in (found, second, first):
        one = Check.read("flexion", "x", entry)
        assert (one.direction, one.margin) == (direction, pytest.approx(room))
    assert Check.read("flexion", "x", found | {"value": None}).margin is None


def test_reading_changes_nothing():
    entry = check(0.25, 0.5, "-", "lower")
    kept = dict(entry)
    Check.read("flexion", "x", entry).told()
    assert entry == kept


def named(case, name, *given):
    return Check.read(case, name, check(*given))


def test_worst_is_the_least_room_whichever_side_the_limit_is_on():
    checks = [
        named("flexion", "force", 0.5, 1.0, "N"),
        named("extension", "force", 0.9, 1.0, "N"),
        named("flexion", "volume", 0.52, 0.5, "-", "lower"),
        named("extension", "volume", 0.9, 0.5, "-", "lower"),
    ]
    assert worst_check(checks) is checks[2]
    assert worst_of_each(checks) == {"force": checks[1], "volume": checks[2]}
    assert worst_check([]) is None


def test_out_of_tolerance_is_worse_than_any_room_and_no_number_is_worst():
    on_the_limit = named("flexion", "volume", 0.5, 0.5, "-", "lower")
    over = named("standing", "force", 3.0, 1.0, "N")
    lost = named("standing", "force", float("nan"), 1.0, "N")
    fine = named("flexion", "force", 1.0, 1.0, "N")
    assert not on_the_limit.passed and on_the_limit.margin == fine.margin == 0.0
    assert worst_check([fine, on_the_limit]) is on_the_limit
    assert worst_check([fine, on_the_limit, over]) is over
    assert worst_check([over, lost]) is lost


def test_told_in_one_line():
    found = Check.read("standing", "force_residual", check(0.3, 0.1, "N", where="L4"))
    assert found.told() == "force_residual = 0.3 N is out of tolerance (at most 0.1 N; L4)"
    assert found.closest() == (
        "Furthest out of tolerance: force residual in standing, 0.3 N (at most 0.1 N; L4): margin -200 %."
    )
    close = Check.read("standing", "closure", check(0.009, 0.01, "-"))
    assert close.closest() == "Closest to its limit: closure in standing, 0.009 (at most 0.01): margin 10 %."

"""Differences of the same results in neighbouring states: the numerical floor."""

from fem_lumbar.measures.outputs import differences


def test_the_largest_difference_of_each_number():
    assert differences({"a": 1.0, "b": [2.0, 3.0]}, {"a": 1.5, "b": [2.0, 3.25]}, {"a": 0.75, "b": [1.0, 3.0]}) == {
        "a": 0.5,
        "b": [1.0, 0.25],
    }


def test_words_and_truth_are_left_out():
    assert differences({"state": "fibrous", "open": True, "a": 1.0}, {"state": "fibrous", "open": True, "a": 1.0}) == {
        "a": 0.0
    }


def test_what_only_one_state_has_is_left_out():
    closed = {"tunnel": {"height_mm": 2.0, "area_mm2": 9.0}, "nerve": {"gap_mm": 1.0}}
    opened = {"tunnel": {"height_mm": 2.5}, "nerve": None}
    assert differences(closed, opened) == differences(opened, closed) == {"tunnel": {"height_mm": 0.5}}

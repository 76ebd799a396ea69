"""Nested maps: laid over one another, found by key path, listed."""

from fem_lumbar.foundation.nested import elements, leaves, merged, put, value_at

BELOW = {"a": {"x": 1, "y": [1, 2]}, "b": 3}


def test_maps_merge_and_everything_else_is_replaced():
    assert merged(BELOW, {"a": {"y": [9], "z": {"new": 1}}}) == {"a": {"x": 1, "y": [9], "z": {"new": 1}}, "b": 3}
    assert merged(BELOW, {"a": None}) == {"a": None, "b": 3}
    assert merged(BELOW, {"b": {"c": 1}}) == {"a": BELOW["a"], "b": {"c": 1}}
    assert BELOW == {"a": {"x": 1, "y": [1, 2]}, "b": 3}


def test_replacing_is_told_where_two_values_meet():
    met = []
    merged(BELOW, {"a": {"x": 2, "w": 0}, "b": {}}, lambda *told: met.append(told))
    assert met == [(("a", "x"), 1, 2), (("b",), 3, {})]


def test_a_value_is_found_where_it_was_put():
    data = {}
    put(data, ("a", "b"), 1)
    put(data, ("a", "c"), None)
    assert data == {"a": {"b": 1, "c": None}} and value_at(data, ("a", "b")) == 1 and value_at(data, ()) == data
    assert value_at(data, ("a", "b", "c")) is None and value_at(data, ("d", "b")) is None


def test_lists_are_one_value_or_go_item_by_item():
    assert list(leaves(BELOW)) == [(("a", "x"), 1), (("a", "y"), [1, 2]), (("b",), 3)]
    assert list(elements(BELOW, ("k",))) == [
        (("k", "a", "x"), 1),
        (("k", "a", "y", "0"), 1),
        (("k", "a", "y", "1"), 2),
        (("k", "b"), 3),
    ]
    assert list(leaves({"a": {}})) == list(elements({"a": []})) == []

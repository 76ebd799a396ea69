"""The fascicles of the source: all there, and consistent in themselves."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.muscles import (
    branch_under_mal,
    fascicles,
    medial_branches,
    source_origins_mm,
)
from fem_lumbar.anatomy.spine import ABOVE, BELOW, LEVELS


def test_all_thirty_are_there():
    found = fascicles()
    assert len(found) == 30
    assert sum(one.muscle == "longissimus" for one in found.values()) == 5
    places = {BELOW, *ABOVE, *LEVELS}
    assert all(set(one.ends) <= places for one in found.values())
    assert {one.name for one in found.values() if one.bypasses(LEVELS)} == {
        *(f"longissimus.{level}" for level in ABOVE),
        *(f"multifidus.{name}" for name in ("m1t.2", "m1t.3", "m2t.1", "m2t.2", "m2t.3")),
    }


def test_end_points_give_lengths_and_directions():
    """With the bodies where they are said to have stood, every line of action is that from end point to end point."""
    origins = source_origins_mm()
    for one in fascicles().values():
        lower, upper = (origins[end] + point for end, point in one.ends.items())
        assert np.linalg.norm(upper - lower - one.length_mm * one.direction) < 0.3, one.name
        assert lower[1] < 0.0 and upper[1] < 0.0  # right side


def test_each_medial_branch_supplies_the_fascicles_from_its_own_spinous_process():
    """Counted by hand: a short, three long and a laminar fascicle each."""
    supplied = medial_branches()
    assert supplied["L4"] == tuple(f"multifidus.{name}" for name in ("m4s", "m4t.1", "m4t.2", "m4t.3", "m4.laminar"))
    assert list(supplied) == ["L1", "L2", "L3", "L4", "L5"]
    assert {len(names) for names in supplied.values()} == {5}
    assert all(fascicles()[name].upper_end == branch for branch, names in supplied.items() for name in names)
    none = {name for name, one in fascicles().items() if one.medial_branch is None}
    assert none == {f"longissimus.L{level}" for level in range(1, 6)}


def test_the_branch_under_a_mal_is_that_of_the_ramus_above():
    assert [branch_under_mal(level) for level in LEVELS] == ["L2", "L3", "L4"]


def test_which_fascicles_act_on_one_motion_segment():
    """In L4-L5 what attaches to L3 alone lies above, and what runs from L3 to the sacrum passes by."""
    unit, found = ("L4", "L5"), fascicles()
    passing = {one.name for one in found.values() if one.bypasses(unit)}
    above_too = {"longissimus.L3", "multifidus.m3s", *(f"multifidus.m3t.{number}" for number in (1, 2, 3))}
    assert passing == {one.name for one in found.values() if one.bypasses(LEVELS)} | above_too
    assert found["multifidus.m3.laminar"].takes_hold_of(unit)  # from L3 to L5
    assert {one.name for one in found.values() if not one.acts_on(unit)} == {"multifidus.m1.laminar"}  # L1 to L3
    below = {one.name for one in found.values() if not one.acts_on(("L3", "L4"))}
    assert below == {name for name, one in found.items() if one.ends.keys() == {"L5", "sacrum"}}

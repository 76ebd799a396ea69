"""Load path and load share of sections whose forces are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.measures.load_path import Section, Wrench, load_path
from fem_lumbar.measures.load_share import load_share

UP = np.array([0.0, 0.0, 1.0])
CENTRE = np.array([0.0, 0.0, 30.0])


def acting(force, place) -> Wrench:
    return Wrench.of(np.array([force], dtype=float), np.array([place], dtype=float), CENTRE)


def bent_by_two_strands() -> Section:
    """Two strands of 50 N, 40 mm behind the disc, 10 mm to each side, against a disc: 4 N·m of flexion and no force."""
    carried = {
        "disc": acting([0, 0, 100], CENTRE),
        "facet_left": Wrench(),
        "facet_right": Wrench(),
        "LF_left": acting([0, 0, -50], [-40, 10, 30]),
        "LF_right": acting([0, 0, -50], [-40, -10, 30]),
    }
    return Section(carried, {"moment": Wrench(moment=np.array([0.0, 4000.0, 0.0]))}, UP)


def test_two_strands_and_a_disc_balance_a_moment():
    path = load_path(bent_by_two_strands())
    assert path["carried"]["disc"]["axial_N"] == 100.0  # pressed
    assert path["carried"]["LF_left"]["axial_N"] == -50.0  # pulls the vertebrae together
    for side, sideways in (("left", 0.5), ("right", -0.5)):  # N·m: 50 N on an arm of 10 mm
        moment = path["carried"][f"LF_{side}"]["moment_Nm"]
        assert moment == pytest.approx({"flexion": 2.0, "lateral_bending": sideways, "axial_rotation": 0.0})
    assert path["carried"]["disc"]["moment_Nm"]["flexion"] == 0.0
    assert path["applied"]["moment"]["moment_Nm"]["flexion"] == 4.0
    assert path["applied"]["moment"]["axial_N"] == 0.0
    assert path["closure"] == {"force_N": 0.0, "moment_Nm": 0.0}


def test_what_does_not_close_is_told():
    section = bent_by_two_strands()
    off = Section(section.carried | {"ALL": acting([0, 0, -5], [20, 0, 30])}, section.applied, UP)
    path = load_path(off)
    assert path["closure"]["force_N"] == pytest.approx(5.0)
    assert path["closure"]["moment_Nm"] == pytest.approx(0.1)
    assert off.closure_error() == pytest.approx((5.0 / 100.0, 100.0 / 4000.0))


def test_follower_load_in_front_of_the_centre_bends_forwards():
    """500 N downwards, 4 mm in front of the centre: 2 N·m of flexion, balanced by a disc pressed 4 mm in front."""
    section = Section({"disc": acting([0, 0, 500], [4, 0, 30])}, {"follower": acting([0, 0, -500], [4, 0, 45])}, UP)
    path = load_path(section)
    assert path["applied"]["follower"] == {
        "axial_N": 500.0,
        "moment_Nm": pytest.approx({"flexion": 2.0, "lateral_bending": 0.0, "axial_rotation": 0.0}),
    }
    assert path["carried"]["disc"]["moment_Nm"]["flexion"] == pytest.approx(2.0)


def test_axis_of_the_disc_turns_with_it():
    tilted = np.array([0.6, 0.0, 0.8])
    section = Section({"disc": acting([0, 0, 100], CENTRE)}, {"follower": acting([0, 0, -100], CENTRE)}, tilted)
    path = load_path(section)
    assert path["carried"]["disc"]["axial_N"] == pytest.approx(80.0)
    assert path["applied"]["follower"]["axial_N"] == pytest.approx(80.0)


def test_no_share_where_structures_only_press_each_other():
    share = load_share(bent_by_two_strands())
    assert [share[name] for name in ("disc", "facet_left", "facet_right", "ligaments", "muscles")] == [None] * 5
    assert (share["disc_N"], share["ligaments_N"], share["axial_N"]) == (100.0, -100.0, 0.0)
    assert share["compression_N"] == 100.0


@pytest.mark.parametrize(("applied", "has_share"), [(110.0, True), (90.0, False), (0.5, False)])
def test_share_needs_that_most_of_the_compression_comes_from_outside(applied, has_share):
    """The disc is pressed with 200 N where 100 N are half of that."""
    pressed = 200.0 if applied > 1 else 0.5
    carried = {"disc": acting([0, 0, pressed], CENTRE), "ALL": acting([0, 0, applied - pressed], [20, 0, 30])}
    share = load_share(Section(carried, {"follower": acting([0, 0, -applied], CENTRE)}, UP))
    assert share["axial_N"] == applied
    assert (share["disc"] is not None) is has_share
    if has_share:
        assert share["disc"] == 1.0
        assert share["ligaments"] == pytest.approx((applied - 200.0) / 200.0)
        assert share["follower_N"] == -applied


def test_capsule_that_hangs_below_holds_apart():
    """A strand pulls the upper vertebra towards its other end: upwards, where its end on it lies below."""
    below = acting([0, 0, 20.0], [-35, 15, 25])
    path = load_path(Section({"CL_left": below}, {"follower": acting([0, 0, -20.0], [-35, 15, 40])}, UP))
    assert path["carried"]["CL_left"]["axial_N"] == 20.0
    assert path["closure"]["moment_Nm"] == pytest.approx(0.0)

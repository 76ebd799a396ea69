"""Needles on bones of simple shape: they lie on them, not in them."""

import numpy as np
import pytest

from fem_lumbar.needle.aim import Aim
from fem_lumbar.needle.clearance import Clearance, clearance_about
from fem_lumbar.needle.lesion import lesion
from fem_lumbar.needle.parameters import placement
from fem_lumbar.needle.placement import draws, placed_needles
from fem_lumbar.nerve.bone import BoneSurface

X, Y, Z = np.eye(3)
NEEDLE = lesion("18G")
EXACT = placement().exact()


def bone(distance):
    """Clearance from a function of x and z."""
    axis = np.arange(-30.0, 31.0)
    x, _, z = np.meshgrid(axis, axis, axis, indexing="ij")
    return Clearance(np.full(3, -30.0), 1.0, distance(x, z))


FLAT = bone(lambda x, z: z)
BOX = np.array([[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5]])
BOX = np.vstack([BOX, [[2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]])
"""Faces of a box, outward, with corners counter-clockwise below, then above."""


def aim(back, held_at=0.5):
    angles = np.array([[20.0, 40.0], [5.0, 5.0]])
    return Aim(0.4 * Z, X, Z, Y, False, held_at, back, 10.0, angles, angles)


def test_distance_from_a_thin_plate_is_right_on_all_its_sides():
    """A ligament is a thin plate with sharp edges: beside them, too, one is outside."""
    half = np.array([3.3, 1.4, 0.7])
    below = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1]])
    corners = half * np.vstack([below, below * [1, 1, -1]])
    found = clearance_about(np.zeros(3), BoneSurface(corners[BOX], BOX))
    counts = found.distance.shape
    grid = found.origin + np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1)
    beyond = np.abs(grid) - half
    exact = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1) + np.minimum(beyond.max(axis=-1), 0.0)
    close = exact < 2.5
    np.testing.assert_allclose(found.distance[close], exact[close], atol=1e-9)
    assert (found.distance[~close] > 0.0).all()
    assert np.abs(found.distance - exact).max() < 0.3


def test_a_needle_along_flat_bone_rests_on_it():
    found = placed_needles(aim(-X), NEEDLE, EXACT, draws(3, 1), FLAT)
    np.testing.assert_allclose(found.tip, np.tile([5.0, 0.0, NEEDLE.needle_radius_mm], (3, 1)), atol=0.02)
    np.testing.assert_allclose(found.lesions(NEEDLE).middle[:, 0], 0.0, atol=0.01)
    assert found.held_back_mm.max() == 0.0


def test_a_slanting_needle_turns_until_it_lies_or_can_turn_no_further():
    slanting = -X + np.tan(np.radians(10.0)) * Z
    steep = -X + np.tan(np.radians(40.0)) * Z
    for way, angle in ((slanting, 0.0), (steep, 40.0 - EXACT.tilt_deg)):
        found = placed_needles(aim(way / np.linalg.norm(way)), NEEDLE, EXACT, draws(1, 1), FLAT)
        slope = np.degrees(np.arcsin(found.along[0, 2]))
        assert slope == pytest.approx(angle, abs=0.3)
        ends = FLAT.at(found.tip[0] + np.array([[0.0], [NEEDLE.tip_mm]]) * found.along[0])
        assert ends.min() == pytest.approx(NEEDLE.needle_radius_mm, abs=1e-3)


def test_errors_scatter_as_asked():
    how = placement(2.0)
    found = placed_needles(aim(Z, held_at=0.0), NEEDLE, how, draws(4000, 3), FLAT)
    assert found.tip[:, 0].std() == pytest.approx(2.0, rel=0.05)
    assert found.tip[:, 1].std() == pytest.approx(2.0, rel=0.05)
    gap = found.tip[:, 2] - NEEDLE.needle_radius_mm
    assert gap.min() > -0.3
    tilt = np.degrees(np.arctan2(np.hypot(found.along[:, 0], found.along[:, 1]), found.along[:, 2]))
    assert 5.0 < tilt.mean() < 25.0


def test_a_wall_on_the_way_in_stops_a_needle_short():
    wall = bone(lambda x, z: np.minimum(z, np.maximum(np.abs(x + 8.0) - 1.0, z - 8.0)))
    found = placed_needles(aim(-X), NEEDLE, EXACT, draws(2, 1), wall)
    assert (found.held_back_mm > 12.0).all()
    shaft = found.tip[:, None] + np.arange(0.0, 10.0)[:, None] * found.along[:, None]
    assert wall.at(shaft).min() >= NEEDLE.needle_radius_mm - 0.3


def test_published_angles_are_those_on_photographs():
    """From behind the needle is so far off the parasagittal plane, from the side so far caudal of the endplate."""
    way = aim(None).directions(np.zeros((1, 2)), np.full((1, 2), 0.5))[0]
    assert np.linalg.norm(way) == pytest.approx(1.0)
    assert np.degrees(np.arctan2(way[1], -way[2])) == pytest.approx(30.0)
    assert np.degrees(np.arctan2(-way[2], -way[0])) == pytest.approx(30.0)


def test_draws_repeat_and_fill_every_dimension():
    first = draws(64, 5, 2)
    np.testing.assert_array_equal(first, draws(64, 5, 2))
    for other in (draws(64, 6, 2), draws(64, 5, 1)):
        assert np.abs(first - other).max() > 0.1
    for column in first.T:
        assert sorted((64 * column).astype(int)) == list(range(64))

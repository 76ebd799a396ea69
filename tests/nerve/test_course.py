"""The course of a medial branch: on the bone, through the tunnel, the same on both sides; its length under load."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.nerve import course as module
from fem_lumbar.nerve.course import Course, course_of
from fem_lumbar.nerve.outline import distances
from fem_lumbar.nerve.stretch import ACROSS, NerveLine, stretch_rows, stretch_verdict

RADIUS = 0.4
ARCHES = ("L3", "L4", "L5")


@pytest.fixture(scope="module")
def courses(mesh) -> dict[tuple[str, str], Course]:
    return {(level, side): course_of(mesh, level, side, RADIUS) for level in ARCHES for side in SIDES}


def test_it_lies_on_the_bone_before_and_behind_the_tunnel(courses):
    rise = module.course_values()["bone"]["rise_to_tunnel_mm"] + 1.0
    for one in courses.values():
        height, _, _ = one.bone.above(one.points)
        low, high = one.arc_mm[one.entrance] - rise, one.arc_mm[one.exit] + rise
        on_bone = (one.arc_mm < low) | (one.arc_mm > high)
        assert on_bone.sum() > 40
        np.testing.assert_allclose(height[on_bone], RADIUS, atol=0.2)
        assert height.min() > RADIUS - 0.2  # nowhere in the bone


def test_it_passes_through_every_section_of_the_tunnel(mesh, courses):
    for (level, side), one in courses.items():
        tunnel = Tunnel(mesh, level, side)
        origin, axes = tunnel.frame(mesh.points)
        local = (one.frame.everywhere(one.points) - origin) @ axes.T
        for section in tunnel.sections(mesh.points):
            crossing = local[np.abs(local[:, 1] - section.offset).argmin()]
            room = distances(crossing[None, [0, 2]], section.outline)[0]
            assert room > RADIUS


def test_sides_are_mirror_images(courses):
    for level in ARCHES:
        left, right = (courses[level, side] for side in SIDES)
        np.testing.assert_allclose(left.points, right.points, atol=1e-8)
        assert (left.entrance, left.exit) == (right.entrance, right.exit)


def test_it_turns_as_in_cadavers(courses):
    """Laterally on the anterior half of the neck, then parasagittal to medial (Tran et al. 2022), always caudally."""
    for one in courses.values():
        front, middle, back = (one.points[one.on_neck(ratio)] for ratio in (0.0, 0.5, 1.0))
        assert middle[1] - front[1] > 2.0
        assert back[1] - middle[1] < 0.5
        assert front[2] > middle[2] > back[2] > one.points[-1][2]
        assert one.points[-1][1] < 0.7 * back[1]


def test_stations_are_evenly_spread_and_parts_add_up(courses):
    for one in courses.values():
        assert np.diff(one.arc_mm).max() < 1.3 * module.STATION_MM
        assert sum(one.lengths_mm.values()) == pytest.approx(one.arc_mm[-1], rel=1e-12)
        assert one.lengths_mm["neck"] == pytest.approx(one.neck_mm, rel=1e-12)
        assert one.entrance < one.in_tunnel < one.exit


def test_a_bone_without_a_valley_is_told(mesh, monkeypatch):
    known = module.course_values()
    monkeypatch.setattr(module, "course_values", lambda: {"bone": {**known["bone"], "valley_depth_mm": 50.0}})
    with pytest.raises(PhysicsError, match="L5 left: no valley"):
        course_of(mesh, "L5", "left", RADIUS)


def test_rigid_motion_changes_no_length(mesh, courses):
    turn = Rotation.from_rotvec([0.2, -0.3, 0.1]).as_matrix()
    moved = mesh.points @ turn.T + [3.0, -8.0, 5.0]
    for one in courses.values():
        (row,) = stretch_rows(mesh, one, {"moved": moved})
        assert abs(row.own_change_mm) < 1e-10
        assert (row.across_change_mm is None) == (one.level == "L3")  # L2 is not in the model
        assert row.across_change_mm is None or abs(row.across_change_mm) < 1e-10


def test_motion_of_the_vertebra_above_stretches_the_part_across_the_joint_alone(mesh, courses):
    one = courses["L5", "left"]
    line = NerveLine(mesh, one)
    origin = line._origin.at(mesh.points)[0]
    start = one.frame.everywhere(one.points[0])
    away = (origin - start) / np.linalg.norm(origin - start)
    moved = mesh.points.copy()
    moved[np.unique(mesh.cells[mesh.region_cells("L4.posterior", "L4.cancellous")])] += 1.5 * away
    row = line.row("lifted", moved)
    assert row.own_change_mm == 0.0
    assert row.across_change_mm == pytest.approx(1.5, abs=1e-9)
    assert row.across_percent == pytest.approx(150.0 / row.across_mm)
    neck = line.lengths(mesh.points)["neck"]
    assert row.sliding_percent == pytest.approx(150.0 / (row.across_mm - neck + row.own_mm))
    assert row.across_mm == pytest.approx(line.lengths(mesh.points)[ACROSS] + one.neck_mm)
    assert row.branch == "L4"


@pytest.mark.parametrize(
    ("percent", "told"),
    [
        (None, "not known"),
        (-3.0, "slack"),
        (4.0, "below venular_flow"),
        (9.0, "reaches venular_flow"),
        (20.0, "reaches no_flow"),
    ],
)
def test_verdict_of_an_elongation(percent, told):
    assert stretch_verdict(percent) == told

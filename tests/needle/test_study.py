"""Placements on the template: sides alike, certain without error, no effect of a roof that does nothing."""

import numpy as np
import pytest

from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.needle.aim import APPROACHES, aim_at
from fem_lumbar.needle.clearance import bone_clearance, roof_clearance
from fem_lumbar.needle.lesion import SIZES, lesion
from fem_lumbar.needle.parameters import placement
from fem_lumbar.needle.placement import draws, placed_needles
from fem_lumbar.needle.study import FIBROUS, ROOFS, Question, Roof, needle_study
from fem_lumbar.needle.text import needle_document, needle_title
from fem_lumbar.nerve.course import course_of

NOTHING = {"ossified, but as if not": Roof("pass", stops_heat=False)}


def question(count=60, how=None, roofs=ROOFS, approaches=tuple(APPROACHES)):
    lesions = {"18G": {size: lesion("18G", size) for size in SIZES}}
    return Question(approaches, lesions, how or placement(), count, 7, 5.0, 0.4, roofs)


@pytest.fixture(scope="module")
def left(mesh):
    return needle_study("test", mesh, question(), ["L5"], ["left"])


def test_sides_are_alike(mesh, left):
    right = needle_study("test", mesh, question(), ["L5"], ["right"])
    for one, other in zip(left.rows, right.rows, strict=True):
        assert list(one.covered_mm.values()) == pytest.approx(list(other.covered_mm.values()), abs=1e-8)
        assert one.interrupted == other.interrupted
    taken_over = needle_study("test", mesh, question(approaches=["notch"]), ["L5"])
    assert taken_over.mirrored == [("L5", "right")]
    assert len(taken_over.courses) == 1
    assert {row.side for row in taken_over.rows} == {"left", "right"}


def test_without_error_the_outcome_is_certain(mesh):
    found = needle_study("test", mesh, question(5, placement().exact()), ["L4"], ["left"])
    assert {row.interrupted.value for row in found.rows} <= {0.0, 1.0}
    fibrous = {(row.approach, row.size): row.interrupted.value for row in found.rows if row.state == FIBROUS}
    assert fibrous["middle_half", "ex_vivo"] == 1.0
    assert fibrous["perpendicular", "small"] == 0.0


def test_a_roof_that_stops_nothing_has_exactly_no_effect(mesh):
    found = needle_study("test", mesh, question(roofs=NOTHING), ["L5"], ["left"])
    by_state = {state: [row for row in found.rows if row.state == state] for state in (FIBROUS, *NOTHING)}
    for one, other in zip(*by_state.values(), strict=True):
        assert one.covered_mm == other.covered_mm
        assert one.interrupted == other.interrupted
    assert {one.difference.value for one in found.differences} == {0.0}


def test_stopped_heat_spares_the_nerve_under_the_roof_alone(left):
    rows = {(row.approach, row.size, row.state): row for row in left.rows}
    for approach in APPROACHES:
        for size in SIZES:
            passes, stopped = (
                rows[approach, size, f"ossified, heat {what}"].covered_mm for what in ("passes", "stopped")
            )
            assert stopped["tunnel"] == 0.0
            assert (stopped["neck"], stopped["lamina"]) == (passes["neck"], passes["lamina"])
    assert rows["notch", "ex_vivo", FIBROUS].covered_mm["tunnel"] > 0.1


def test_needles_pass_through_no_bone(mesh):
    course = course_of(mesh, "L5", "left", 0.4)
    bone = bone_clearance(mesh, course)
    covering = bone.and_also(roof_clearance(mesh, course))
    assert np.abs(bone.at(course.points) - course.bone.above(course.points)[0]).max() < 0.4
    assert (covering.at(course.points) <= bone.at(course.points)).all()
    needle = lesion("18G")
    for name in ("posterior_half", "notch"):
        found = placed_needles(aim_at(mesh, course, name), needle, placement(), draws(200, 1), covering)
        along = np.arange(0.0, 15.0)
        clear = covering.at(found.tip[:, None] + along[:, None] * found.along[:, None]).min(axis=1)
        assert np.quantile(clear, 0.02) > needle.needle_radius_mm - 0.5


def test_tables_say_what_was_found_and_what_was_assumed(left):
    text = to_markdown(needle_title(left), needle_document(left))
    for told in (
        "Claim:",
        "in front of the ligament",
        "muscles.denervated.L4.left: 1.0",
        "own-estimate",
        "two landmark",
    ):
        assert told in text.replace("\n", " ")
    assert "recalled" not in text.split("## Assumptions")[0]

"""Bodies, joints and kinds as the data file has them, and the names of parts."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from fem_lumbar.anatomy.parameters import anatomy_quantities
from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.spine import (
    ALL_JOINTS,
    ARCH_LEVELS,
    BODIES,
    COLUMN,
    FREE_FACETS,
    HORIZONTAL,
    JOINTS,
    KIND,
    LEVELS,
    SACRAL_JOINT,
    SACRUM,
    SEGMENT,
    WHOLE,
    Joint,
    Level,
    bodies_of,
    disc_at,
    endplates,
    facet_name,
    joint_levels,
    joints_between,
    supports,
)
from fem_lumbar.model.span import Span


def test_bodies_and_joints_of_the_template():
    assert LEVELS == ("L3", "L4", "L5") and JOINTS == ("L3-L4", "L4-L5") and WHOLE == "L3-L5" and SEGMENT == LEVELS
    assert COLUMN == ("L1", "L2", "L3", "L4", "L5", "sacrum") and HORIZONTAL == "L4" and ARCH_LEVELS == LEVELS
    assert all(KIND[level].facets == ("superior", "inferior") for level in LEVELS)


def test_the_sacrum_lies_below_them():
    assert (*LEVELS, "S1") == BODIES and ALL_JOINTS == (*JOINTS, "L5-S1") == (*JOINTS, SACRAL_JOINT)
    assert KIND[SACRUM].facets == ("superior",) and endplates("S1") == ("S1.endplate.superior",)
    assert supports("S1") == ("S1.cut", "S1.auricular.right", "S1.auricular.left")
    assert supports("L5") == ("L5.endplate.inferior",) and bodies_of(("L5-S1",)) == ("L5", "S1")
    assert Span("L5", "sacrum").crosses("L5-S1") and not Span("L3", "L5").crosses("L5-S1")  # as all that is below


def test_every_body_and_joint_has_measures():
    measures = anatomy_quantities()
    assert tuple(measures["levels"]) == LEVELS and tuple(measures["joints"]) == JOINTS
    assert set(measures["free_facets"]) == set(FREE_FACETS) and tuple(measures["mal"]) == ARCH_LEVELS


def test_joints_and_bodies_lead_to_one_another():
    assert joints_between(("L4", "L5")) == ("L4-L5",) and joints_between(("L4",)) == ()
    assert bodies_of(("L4-L5", "L3-L4")) == LEVELS and bodies_of(("L4-L5",)) == ("L4", "L5")
    assert [joint_levels(joint) for joint in JOINTS] == [("L3", "L4"), ("L4", "L5")]


def test_facets_and_discs_of_a_body():
    names = {(level, face): facet_name(level, face) for level in LEVELS for face in KIND[level].facets}
    assert [names[level, "superior"] for level in LEVELS] == ["L3_superior", "L3-L4", "L4-L5"]
    assert [names[level, "inferior"] for level in LEVELS] == ["L3-L4", "L4-L5", "L5_inferior"]
    assert [disc_at(level, "superior") for level in LEVELS] == [None, "L3-L4", "L4-L5"]
    assert [disc_at(level, "inferior") for level in LEVELS] == ["L3-L4", "L4-L5", None]


def test_a_level_is_one_of_those_in_the_data_and_the_schema_lists_them():
    levels = TypeAdapter(dict[Level, float])
    assert levels.validate_python({"L4": 1.0}) == {"L4": 1.0}
    with pytest.raises(ValidationError, match="'L3', 'L4' or 'L5'"):
        levels.validate_python({"L6": 1.0})
    assert levels.json_schema()["propertyNames"]["enum"] == list(LEVELS)
    assert TypeAdapter(Joint).json_schema()["enum"] == list(JOINTS)


@pytest.mark.parametrize(
    ("name", "place", "part", "details", "side", "end", "body"),
    [
        ("L4.cancellous", "L4", "cancellous", (), "", "", "L4"),
        ("L4.mal.left.dorsal", "L4", "mal", ("left", "dorsal"), "left", "", "L4"),
        ("L4.facet.superior.right", "L4", "facet", ("superior", "right"), "right", "", "L4"),
        ("L3-L4.annulus", "L3-L4", "annulus", (), "", "", "L3"),
        ("L3-L4.CL.right.2.upper", "L3-L4", "CL", ("right", "2", "upper"), "right", "upper", "L3"),
        ("L3-L4.ALL.5.lower", "L3-L4", "ALL", ("5", "lower"), "", "lower", "L4"),
    ],
)
def test_parts_of_a_name(name, place, part, details, side, end, body):
    found = PartName(name)
    assert (found.place, found.part, found.details, found.side, found.end) == (place, part, details, side, end)
    assert found.body == body and PartName.of(place, part, *details) == name
    assert json.loads(json.dumps({found: [found]})) == {name: [name]}  # the same text on disk


def test_mirror_image_strand_and_sort_of_a_name():
    strand = PartName("L3-L4.CL.right.2.upper")
    assert strand.mirrored == "L3-L4.CL.left.2.upper" and strand.mirrored.mirrored == strand
    assert strand.without_end == "L3-L4.CL.right.2" and PartName("L3.cortex").without_end == "L3.cortex"
    assert strand.sort == ("L3-L4", "CL", "right", "upper")
    names = ["L3.mal.left", "L3.posterior", "L4.mal.left", "L3-L4.annulus"]
    assert named(names, "L3") == ["L3.mal.left", "L3.posterior"] and named(names, part="mal") == names[::2]
    assert (PartName("L4").place, PartName("L4").part, PartName("L4").side) == ("L4", "", "")
    assert named(names, "L4", "mal") == ["L4.mal.left"]

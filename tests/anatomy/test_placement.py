"""Placement of the levels: disc heights, lordosis, origin and facet orientation come out as given."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, MeshSettings, anatomy_quantities, default_anatomy_values
from fem_lumbar.anatomy.endplates import endplate_size, kidney_outline
from fem_lumbar.anatomy.parameters import published_quantities, values_outside_limits
from fem_lumbar.anatomy.placement import (
    body_corners,
    endplate_frame,
    facet_frames,
    level_frames,
    lordosis_deg,
    transformed,
)
from fem_lumbar.anatomy.spine import JOINTS, joint_levels
from fem_lumbar.foundation.parameters import Quantity


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return Anatomy.model_validate(default_anatomy_values())


def test_origin_is_the_centre_of_the_lowest_endplate(anatomy):
    frame = level_frames(anatomy)["L5"] @ endplate_frame(anatomy.levels["L5"], "inferior")
    np.testing.assert_allclose(frame[:3, 3], 0.0, atol=1e-12)


@pytest.mark.parametrize("joint", JOINTS)
def test_rim_corners_are_a_disc_height_apart(anatomy, joint):
    frames = level_frames(anatomy)
    upper, lower = joint_levels(joint)
    for end in ("anterior", "posterior"):
        above = transformed(frames[upper], body_corners(anatomy.levels[upper])[f"inferior_{end}"])
        below = transformed(frames[lower], body_corners(anatomy.levels[lower])[f"superior_{end}"])
        wanted = getattr(anatomy.joints[joint], f"disc_height_{end}_mm")
        assert np.linalg.norm(above - below) == pytest.approx(wanted, abs=0.01)


def test_lordosis_matches_what_was_measured(anatomy):
    found = lordosis_deg(anatomy)
    assert found["L3-L4"] == pytest.approx(9.0, abs=0.5)
    assert found["L4-L5"] == pytest.approx(14.0, abs=0.5)


def test_body_frames_have_the_mean_of_their_corners_as_origin(anatomy):
    for level in ("L3", "L4", "L5"):
        corners = np.array(list(body_corners(anatomy.levels[level]).values()))
        np.testing.assert_allclose(corners.mean(axis=0), 0.0, atol=0.05)


def test_facet_normal_has_the_given_angle_in_the_lower_body_frame(anatomy):
    for joint in JOINTS:
        _, lower = joint_levels(joint)
        rotation = level_frames(anatomy)[lower][:3, :3]
        normal = rotation.T @ facet_frames(anatomy)[joint].normal
        measures = anatomy.joints[joint]
        assert np.degrees(np.arctan2(-normal[0], normal[1])) == pytest.approx(measures.facet_angle_deg)
        assert np.degrees(np.arcsin(normal[2])) == pytest.approx(measures.facet_inclination_deg)


def test_outline_has_the_given_depth_and_width(anatomy):
    depth, width, concavity = endplate_size(anatomy.levels["L4"], "superior")
    outline = kidney_outline(720, depth, width, concavity)
    assert outline[0, 0] - outline[360, 0] == pytest.approx(depth)
    assert np.ptp(outline[:, 1]) == pytest.approx(width, rel=1e-3)
    assert outline[:, 0].min() < outline[360, 0]


@pytest.mark.parametrize("quantities", [anatomy_quantities, published_quantities])
def test_every_default_lies_within_its_range_and_limits(quantities):
    def visit(tree):
        for item in tree.values():
            if not isinstance(item, Quantity):
                visit(item)
                continue
            for bounds in (item.range, item.limits):
                assert bounds is None or bounds[0] <= item.value <= bounds[1], item

    visit(quantities())


def test_measures_outside_their_limits_are_named():
    values = default_anatomy_values()
    values["joints"]["L4-L5"]["disc_height_posterior_mm"] = 1.0
    found = values_outside_limits(Anatomy.model_validate(values))
    assert len(found) == 1
    assert "anatomy.joints.L4-L5.disc_height_posterior_mm is 1 mm" in found[0]


def test_anatomy_survives_a_round_trip(anatomy):
    assert Anatomy.model_validate(anatomy.model_dump(by_alias=True)) == anatomy


def test_a_given_size_overrides_that_of_the_density():
    sizes = MeshSettings(density="test", mal_mm=0.9).sizes_mm()
    assert sizes["mal_mm"] == 0.9
    assert sizes["disc_mm"] == MeshSettings(density="test").sizes_mm()["disc_mm"]

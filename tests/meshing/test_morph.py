"""Anatomies made by moving the mesh of the template."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.anatomy.part_name import named
from fem_lumbar.anatomy.placement import facet_frames, level_frames, lordosis_deg
from fem_lumbar.anatomy.population import anatomy_values_at, random_anatomy
from fem_lumbar.anatomy.spine import ARCH_LEVELS, JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.nested import merged
from fem_lumbar.foundation.tetrahedra import mean_ratio
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.measures.tunnel import Tunnel
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.meshing.cache import mesh_hash
from fem_lumbar.meshing.cartilage_endplates import with_cartilage_endplates
from fem_lumbar.meshing.clashes import _overlap
from fem_lumbar.meshing.morph import morphed
from fem_lumbar.meshing.narrowing import narrowed
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.scenario.degeneration import HEIGHTS
from fem_lumbar.specimen.anatomy_measures import body_measures, disc_measures
from fem_lumbar.specimen.process_measures import ligament_measures, process_measures

USUAL = Anatomy.model_validate(default_anatomy_values())
TEST = MeshSettings(density="test")
TROPISM = {"left": {"joints": {"L4-L5": {"facet_angle_deg": 52.0}}}}


@pytest.fixture(scope="module")
def template():
    return segment_mesh(USUAL, TEST)


def moved(template, change):
    return morphed(template, USUAL, Anatomy.model_validate(merged(default_anatomy_values(), change)), LOWEST_QUALITY)


def test_asymmetry_of_nothing_is_the_symmetric_mesh_itself():
    angle = USUAL.joints["L4-L5"].facet_angle_deg
    change = {"left": {"joints": {"L4-L5": {"facet_angle_deg": angle}}}}
    same = Anatomy.model_validate(merged(default_anatomy_values(), change))
    assert same.is_symmetric
    assert mesh_hash(same, TEST) == mesh_hash(USUAL, TEST)


def test_its_own_anatomy_moves_nothing(template):
    np.testing.assert_array_equal(moved(template, {}).points, template.points)


def test_symmetric_anatomy_stays_exactly_symmetric(template):
    mesh = moved(template, {"levels": {"L4": {"superior_endplate_width_mm": 55.0, "transverse_tip_mm": [-33, 48, 5]}}})
    np.testing.assert_array_equal(mesh.points[mesh.mirror], mirrored(mesh.points))
    assert np.abs(mesh.points - template.points).max() > 1.0


def test_small_asymmetry_moves_little_and_only_its_side(template):
    angle = USUAL.joints["L4-L5"].facet_angle_deg + 0.5
    mesh = moved(template, {"left": {"joints": {"L4-L5": {"facet_angle_deg": angle}}}})
    shift = np.linalg.norm(mesh.points - template.points, axis=1)
    assert 0.02 < shift.max() < 0.3
    assert shift[template.points[:, 1] < -8.0].max() < 0.01


@pytest.mark.parametrize(
    "change", [{}, TROPISM, {"joints": {"L4-L5": {"facet_gap_mm": 0.5}, "L3-L4": {"facet_curvature_per_mm": 0.0}}}]
)
def test_articular_faces_have_the_gap_and_the_place_asked_for(template, change):
    mesh = moved(template, change)
    anatomy = Anatomy.model_validate(merged(default_anatomy_values(), change))
    for side in SIDES:
        own = anatomy.on(side)
        there = mirrored if side == "left" else np.asarray
        for joint in JOINTS:
            facet, measures = facet_frames(own)[joint], own.joints[joint]
            upper, lower = joint.split("-")
            for name, sign in ((f"{upper}.facet.inferior", 1.0), (f"{lower}.facet.superior", -1.0)):
                arms = mesh.points[np.unique(mesh.surfaces[f"{name}.{side}"])] - there(facet.centre)
                across, curvature = arms @ there(facet.across), measures.facet_curvature_per_mm
                bend = 0.5 * curvature * (across**2 - measures.facet_width_mm**2 / 16.0)
                distance = (arms @ there(facet.normal) - bend) * np.cos(np.arctan(curvature * across))
                assert np.mean(np.abs(distance - sign * measures.facet_gap_mm / 2) < 0.01) > 0.97


def test_endplates_stay_hollow(template):
    mesh = moved(template, {"levels": {"L4": {"body_height_anterior_mm": 29.0}}})
    for face in ("superior", "inferior"):
        nodes = np.unique(template.surfaces[f"L4.endplate.{face}"])
        depth = [_hollow(points[nodes]) for points in (template.points, mesh.points)]
        assert depth[0] > 1.0
        assert depth[1] == pytest.approx(depth[0], abs=0.1)


def _hollow(points):
    """Standard deviation of heights over the plane that fits best, times 2, mm."""
    return 2.0 * np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[2] / np.sqrt(len(points))


def test_wedge_tilts_the_upper_vertebra_to_the_other_side(template):
    mesh = moved(template, {"joints": {"L4-L5": {"lateral_wedge_deg": 4.0}}})
    up = mesh.frames["L3"][:3, 2] - mesh.frames["L5"][:3, 2]
    assert up[1] == pytest.approx(-np.sin(np.radians(4.0)), rel=0.05)  # higher on the left: leans to the right
    endplate = np.unique(mesh.surfaces["L4.endplate.inferior"])
    heights = mesh.points[endplate] @ mesh.frames["L5"][:3, 2]
    left = mesh.points[endplate, 1] > 10.0
    right = mesh.points[endplate, 1] < -10.0
    assert heights[left].mean() > heights[right].mean() + 1.0
    own = np.isfinite(mesh.cell_data["annulus_radial"])
    axial, tangent = mesh.cell_data["annulus_axial"][own], mesh.cell_data["annulus_tangent"][own]
    np.testing.assert_allclose(np.linalg.norm(axial, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.sum(axial * tangent, axis=1), 0.0, atol=1e-6)


def test_disc_heights_and_lordosis_are_those_asked_for(template):
    change = {"joints": {"L4-L5": {"disc_height_anterior_mm": 11.0, "disc_height_posterior_mm": 7.0}}}
    anatomy, mesh = Anatomy.model_validate(merged(default_anatomy_values(), change)), moved(template, change)
    rows = disc_measures(mesh, anatomy)
    assert [row for row in rows if not row.met] == []
    assert {row.wanted for row in rows if row.place == "L4-L5"} >= {11.0, 7.0}
    assert mesh.meta["lordosis_deg"] == pytest.approx(lordosis_deg(anatomy))


def meshed_people(template, count):
    """How many random people are meshed, each of them validly, and why the others are not."""
    good, messages = 0, []
    for seed in range(count):
        try:
            mesh = morphed(template, USUAL, random_anatomy(seed), LOWEST_QUALITY)
            mesh = with_cartilage_endplates(mesh, dict.fromkeys(JOINTS, 0.6), linear_bone=True)
        except AnatomyError as clash:
            messages.append(str(clash))
            continue
        assert [check for check in validity_checks(mesh) if not check.passed] == []
        for joint in JOINTS:
            inside, _ = _overlap(mesh, mesh.points, *joint.split("-"))
            assert len(inside) == 0
        for name in (f"{joint}.CL.{side}.2" for joint in JOINTS for side in SIDES):  # a capsule bundle over the joint
            upper, lower = (mesh.patches[f"{name}.{end}"].point(mesh.points) for end in ("upper", "lower"))
            assert 6.0 < np.linalg.norm(upper - lower) < 18.0, name
        good += 1
    return good, messages


def test_random_people_are_meshed(template):
    """``python -m benchmarks.people`` does the same with 100, of whom one or two clash and are told why."""
    assert meshed_people(template, 20) == (20, [])


@pytest.mark.parametrize(("seed", "clash"), [(93, "would be squeezed too far"), (96, "L3 and L4 overlap on the right")])
def test_people_whose_bones_clash_are_told_where(template, seed, clash):
    with pytest.raises(AnatomyError, match=clash):
        morphed(template, USUAL, random_anatomy(seed), LOWEST_QUALITY)


def test_size_of_a_person():
    small, large = (Anatomy.model_validate(anatomy_values_at(percentile)) for percentile in (10.0, 90.0))
    for level in ("L3", "L4", "L5"):
        assert small.levels[level].superior_endplate_width_mm < USUAL.levels[level].superior_endplate_width_mm
        assert large.levels[level].superior_endplate_width_mm > USUAL.levels[level].superior_endplate_width_mm
    for joint in JOINTS:
        assert large.joints[joint].facet_gap_mm == USUAL.joints[joint].facet_gap_mm
    assert level_frames(large)["L3"][2, 3] > level_frames(USUAL)["L3"][2, 3] + 3.0


@pytest.mark.parametrize(
    ("change", "place", "quantity", "tolerance"),
    [
        ({"superior_endplate_depth_mm": 38.0}, "L4", "superior endplate depth, mid-sagittal", 0.3),
        ({"body_height_anterior_mm": 29.0}, "L4", "body height, anterior", 0.3),
        ({"inferior_endplate_width_mm": 57.0}, "L4", "inferior endplate width, largest", 0.15),
        ({"transverse_tip_mm": [-33.0, 49.0, 5.0]}, "L4", "transverse process tip, nearest bone", 0.3),
        ({"spinous_tip_mm": [-72.0, -13.0]}, "L4", "spinous process tip, nearest bone", 0.5),
        ({"pedicle_height_mm": 16.5}, "L4", "pedicle height", 0.7),
        ({"pedicle_width_mm": 10.5}, "L4", "pedicle width", 0.7),
        ({"superior_endplate_width_mm": 55.0}, "L5", "superior endplate width, largest", 0.15),
    ],
)
def test_what_is_measured_changes_by_what_was_asked(template, change, place, quantity, tolerance):
    before, after = (_measured(moved(template, {"levels": {place: c}} if c else {}), place, c) for c in ({}, change))
    found = np.subtract(after[place, quantity].measured, before[place, quantity].measured)
    wanted = np.subtract(after[place, quantity].wanted, before[place, quantity].wanted)
    assert np.linalg.norm(wanted) > 1.4
    assert np.linalg.norm(found - wanted) < tolerance


def _measured(mesh, place, change):
    anatomy = Anatomy.model_validate(merged(default_anatomy_values(), {"levels": {place: change}}))
    rows = [*body_measures(mesh, anatomy), *process_measures(mesh, anatomy)]
    return {(row.place, row.quantity): row for row in rows if row.side != "left"}


@pytest.mark.parametrize(
    ("change", "quantities"),
    [
        ({"spur_mm": 1.0}, ("MAL thickness at mid-span", "MAL, free depth under mid-span")),
        ({"thickness_mm": 2.3}, ("MAL thickness at mid-span",)),
        ({"width_mm": 2.0}, ("MAL width at mid-span",)),
        ({"rise_mm": 2.0}, ("MAL, free depth under mid-span",)),
        ({"groove_depth_mm": 4.3}, ("MAL, free depth under mid-span",)),
    ],
)
def test_measures_of_the_ligament_act_in_full_at_each_level_and_on_each_side(template, change, quantities):
    asked = {"mal": dict.fromkeys(ARCH_LEVELS, change)}
    person = Anatomy.model_validate(merged(default_anatomy_values(), {"right": asked}))
    mesh = morphed(template, USUAL, person, LOWEST_QUALITY)
    before, after = (
        {(row.place, row.side, row.quantity): row for row in ligament_measures(*made)}
        for made in ((template, USUAL), (mesh, person))
    )
    for key, row in after.items():
        wanted = row.wanted - before[key].wanted
        assert (abs(wanted) > 0.5) == (key[1] == "right" and key[2] in quantities)
        assert row.measured - before[key].measured == pytest.approx(wanted, abs=0.12), key


def test_free_span_of_the_ligament_changes_with_the_groove(template):
    before = Tunnel(template, "L4", "left").sections(template.points)
    wide = moved(template, {"mal": {"L4": {"groove_radius_mm": USUAL.mal["L4"].groove_radius_mm + 0.5}}})
    after = Tunnel(wide, "L4", "left").sections(wide.points)
    assert _span(after) - _span(before) == pytest.approx(1.0, abs=0.05)


def _span(sections):
    """Mean length of the roof along the chord, mm."""
    return np.mean([np.ptp(one.outline[one.roof | np.roll(one.roof, 1), 0]) for one in sections])


def test_arches_are_changed_without_the_facets(template):
    """But for a few nodes of cartilage under the feet."""
    mesh = moved(
        template, {"mal": {level: {"groove_depth_mm": 4.3, "spur_mm": 2.0, "width_mm": 4.0} for level in ARCH_LEVELS}}
    )
    shift = np.linalg.norm(mesh.points - template.points, axis=1)
    cartilage = named(template.region_names, part="facet_cartilage")
    assert shift.max() > 1.9
    own = shift[np.unique(template.cells[template.region_cells(*cartilage)])]
    assert own.max() < 0.4 and own.mean() < 0.02


def test_mirrored_anatomy_gives_the_mirrored_mesh_to_the_last_bit(template):
    joints = {"L4-L5": {"facet_angle_deg": 50.0, "facet_cartilage_thickness_mm": 0.4}}
    right = moved(template, {"right": {"joints": joints}, "joints": {"L3-L4": {"lateral_wedge_deg": 3.0}}})
    left = moved(template, {"left": {"joints": joints}, "joints": {"L3-L4": {"lateral_wedge_deg": -3.0}}})
    np.testing.assert_array_equal(left.points, mirrored(right.points[template.mirror]))
    assert np.abs(left.points - right.points).max() > 1.0
    for level in LEVELS:
        patch = left.patches[f"{level}.follower"]
        np.testing.assert_allclose(patch.point(left.points), left.landmarks[f"{level}.follower"], atol=1e-6)


def test_a_narrowed_mesh_is_that_of_an_anatomy_with_lower_discs(template):
    """Two ways to lose height: measures of the template, and bodies of a finished mesh that come down."""
    loss = 0.4
    lower = {end: getattr(USUAL.joints["L4-L5"], end) * (1.0 - loss) for end in HEIGHTS}
    measured, descended = moved(template, {"joints": {"L4-L5": lower}}), narrowed(template, {"L4-L5": loss})
    for level, frame in descended.frames.items():
        np.testing.assert_allclose(frame, measured.frames[level], atol=0.3)
    away = np.linalg.norm(descended.points - measured.points, axis=1)
    assert np.linalg.norm(measured.points - template.points, axis=1).max() > 4.0
    assert np.median(away) < 0.3 and away.max() < 1.5
    assert mean_ratio(descended.points, descended.cells).min() >= LOWEST_QUALITY
    assert descended.meta["defined_by_sha256"] != template.meta["defined_by_sha256"]

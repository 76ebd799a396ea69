"""Anatomies made by moving the mesh of the default one."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, MeshSettings, default_anatomy_values
from fem_lumbar.anatomy.placement import facet_frames, level_frames, lordosis_deg
from fem_lumbar.anatomy.population import anatomy_values_at, random_anatomy
from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.foundation.conventions import SIDES, mirrored
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.meshing import segment_mesh
from fem_lumbar.meshing.cache import mesh_hash
from fem_lumbar.meshing.clashes import _overlap
from fem_lumbar.meshing.morph import morphed
from fem_lumbar.meshing.quality import LOWEST_QUALITY, mean_ratio

USUAL = Anatomy.model_validate(default_anatomy_values("parametric"))
TEST = MeshSettings(density="test")


@pytest.fixture(scope="module")
def template():
    return segment_mesh(USUAL, TEST)


def changed(**measures) -> Anatomy:
    """The default anatomy with measures given as ``joints__L4-L5__facet_gap_mm=0.3``."""
    values = default_anatomy_values("parametric")
    for path, value in measures.items():
        here = values
        *above, last = path.split("__")
        for part in above:
            here = here.setdefault(part, {})
        here[last] = value
    return Anatomy.model_validate(values)


def moved(template, **measures):
    return morphed(template, USUAL, changed(**measures), LOWEST_QUALITY)


def tropism(angle):
    return {"left__joints__L4-L5__facet_angle_deg": angle}


def test_zero_asymmetry_is_the_symmetric_mesh_itself():
    same = changed(**tropism(USUAL.joints["L4-L5"].facet_angle_deg))
    assert same.is_symmetric
    assert mesh_hash(same, TEST) == mesh_hash(USUAL, TEST)


def test_small_asymmetry_moves_little_and_only_its_side(template):
    angle = USUAL.joints["L4-L5"].facet_angle_deg
    shift = np.linalg.norm(moved(template, **tropism(angle + 0.5)).points - template.points, axis=1)
    assert 0.02 < shift.max() < 0.3
    assert shift[template.points[:, 1] < -8.0].max() < 0.01


def test_symmetric_anatomy_stays_exactly_symmetric(template):
    mesh = moved(template, **{"joints__L3-L4__facet_gap_mm": 0.2, "levels__L4__transverse_tip_mm": [-33.0, 48.0, 5.0]})
    np.testing.assert_array_equal(mesh.points[mesh.mirror], mirrored(mesh.points))
    assert mesh.points[np.isin(mesh.mirror, np.arange(len(mesh.mirror))) & (mesh.points[:, 1] == 0.0)].size


def test_mirrored_asymmetry_gives_the_mirrored_mesh(template):
    right = moved(template, **{"right__joints__L4-L5__facet_angle_deg": 52.0, "joints__L3-L4__lateral_wedge_deg": 2.0})
    left = moved(template, **{"left__joints__L4-L5__facet_angle_deg": 52.0, "joints__L3-L4__lateral_wedge_deg": -2.0})
    difference = np.linalg.norm(left.points - mirrored(right.points[template.mirror]), axis=1)
    assert np.percentile(difference, 99) < 1e-3
    assert difference.max() < 1.0  # nodes of bad cells are helped one after the other


@pytest.mark.parametrize("side", ["left", "right"])
def test_facets_lie_where_and_how_the_side_asks(template, side):
    mesh = moved(
        template, **{f"{side}__joints__L4-L5__facet_angle_deg": 52.0, f"{side}__joints__L4-L5__facet_gap_mm": 0.3}
    )
    anatomy = changed(**{f"{side}__joints__L4-L5__facet_angle_deg": 52.0, f"{side}__joints__L4-L5__facet_gap_mm": 0.3})
    for here, gap, angle in (
        (side, 0.3, 52.0),
        ({"left": "right", "right": "left"}[side], USUAL.joints["L4-L5"].facet_gap_mm, 45.0),
    ):
        facet = facet_frames(anatomy.on(here))["L4-L5"]
        there = mirrored if here == "left" else np.asarray
        for name, sign in (("L4.facet.inferior", 1.0), ("L5.facet.superior", -1.0)):
            nodes = np.unique(mesh.surfaces[f"{name}.{here}"])
            arms = mesh.points[nodes] - there(facet.centre)
            middle = arms @ there(facet.normal) - parabola(anatomy.joints["L4-L5"], arms @ there(facet.across))
            slope = anatomy.joints["L4-L5"].facet_curvature_per_mm * (arms @ there(facet.across))
            np.testing.assert_allclose(middle * np.cos(np.arctan(slope)), sign * gap / 2, atol=1e-3)
        forward, lateral, _ = facet.across @ level_frames(anatomy)["L5"][:3, :3]
        assert np.degrees(np.arctan2(abs(lateral), abs(forward))) == pytest.approx(angle, abs=1e-6)


def test_wedge_tilts_the_upper_vertebra_to_the_other_side(template):
    mesh = moved(template, **{"joints__L4-L5__lateral_wedge_deg": 4.0})
    up = mesh.frames["L3"][:3, 2] - mesh.frames["L5"][:3, 2]
    assert up[1] == pytest.approx(-np.sin(np.radians(4.0)), rel=0.05)  # higher on the left: leans to the right
    endplate = np.unique(mesh.surfaces["L4.endplate.inferior"])
    heights = mesh.points[endplate] @ mesh.frames["L5"][:3, 2]
    left = mesh.points[endplate, 1] > 10.0
    right = mesh.points[endplate, 1] < -10.0
    assert heights[left].mean() > heights[right].mean() + 1.0


def test_disc_heights_and_lordosis_are_those_asked_for(template):
    anatomy = changed(
        **{"joints__L4-L5__disc_height_anterior_mm": 11.0, "joints__L4-L5__disc_height_posterior_mm": 7.0}
    )
    mesh = morphed(template, USUAL, anatomy, LOWEST_QUALITY)
    for end, wanted in (("anterior", 11.0), ("posterior", 7.0)):
        corners = [mesh.landmarks[f"L4.inferior_{end}_corner"], mesh.landmarks[f"L5.superior_{end}_corner"]]
        nodes = [
            mesh.points[np.unique(mesh.surfaces[name])] for name in ("L4.endplate.inferior", "L5.endplate.superior")
        ]
        found = [p[np.argmin(np.linalg.norm(p - corner, axis=1))] for p, corner in zip(nodes, corners)]
        assert np.linalg.norm(found[0] - found[1]) == pytest.approx(wanted, abs=0.5)
    assert mesh.meta["lordosis_deg"] == pytest.approx(lordosis_deg(anatomy))


def test_follower_load_still_runs_through_its_points(template):
    mesh = moved(template, **{"joints__L4-L5__axial_rotation_deg": 3.0, "levels__L4__follower_offset_mm": 1.0})
    for level in ("L3", "L4", "L5"):
        patch = mesh.patches[f"{level}.follower"]
        np.testing.assert_allclose(patch.point(mesh.points), mesh.landmarks[f"{level}.follower"], atol=1e-6)


def test_axes_of_the_annulus_stay_orthonormal(template):
    mesh = moved(template, **{"joints__L4-L5__lateral_wedge_deg": 4.0})
    own = np.isfinite(mesh.cell_data["annulus_radial"])
    axial, tangent = mesh.cell_data["annulus_axial"][own], mesh.cell_data["annulus_tangent"][own]
    np.testing.assert_allclose(np.linalg.norm(axial, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.sum(axial * tangent, axis=1), 0.0, atol=1e-6)


def meshed_people(template, usual, source, count=100):
    """How many random people are meshed, each of them validly, and why the others are not."""
    good, messages = 0, []
    for seed in range(count):
        try:
            mesh = morphed(template, usual, random_anatomy(seed, source=source), LOWEST_QUALITY)
        except AnatomyError as clash:
            messages.append(str(clash))
            continue
        assert mean_ratio(mesh.points, mesh.cells).min() >= LOWEST_QUALITY
        for joint in JOINTS:
            inside, _ = _overlap(mesh, mesh.points, *joint.split("-"))
            assert len(inside) == 0
        for name in (f"{joint}.CL.{side}.2" for joint in JOINTS for side in SIDES):  # a capsule bundle over the joint
            upper, lower = (mesh.patches[f"{name}.{end}"].point(mesh.points) for end in ("upper", "lower"))
            assert 6.0 < np.linalg.norm(upper - lower) < 18.0, name
        good += 1
    return good, messages


def test_random_people_are_meshed_or_told_what_clashes(template):
    good, messages = meshed_people(template, USUAL, "parametric")
    assert good >= 97
    assert all("overlap on the" in message or "squeezed" in message for message in messages)


def test_size_of_a_person():
    small, large = (Anatomy.model_validate(anatomy_values_at(percentile, "parametric")) for percentile in (10.0, 90.0))
    for level in ("L3", "L4", "L5"):
        assert small.levels[level].superior_endplate_width_mm < USUAL.levels[level].superior_endplate_width_mm
        assert large.levels[level].superior_endplate_width_mm > USUAL.levels[level].superior_endplate_width_mm
    for joint in JOINTS:
        assert large.joints[joint].facet_gap_mm == USUAL.joints[joint].facet_gap_mm
    assert level_frames(large)["L3"][2, 3] > level_frames(USUAL)["L3"][2, 3] + 3.0


def test_facets_can_be_flat(template):
    mesh = moved(template, **{"joints__L4-L5__facet_curvature_per_mm": 0.0})
    facet = facet_frames(USUAL)["L4-L5"]
    for name, sign in (("L4.facet.inferior.right", 1.0), ("L5.facet.superior.right", -1.0)):
        height = (mesh.points[np.unique(mesh.surfaces[name])] - facet.centre) @ facet.normal
        np.testing.assert_allclose(height, sign * USUAL.joints["L4-L5"].facet_gap_mm / 2, atol=1e-3)


def parabola(measures, across):
    """Middle of the gap over the mean plane of the joint."""
    return 0.5 * measures.facet_curvature_per_mm * (across**2 - measures.facet_width_mm**2 / 16)

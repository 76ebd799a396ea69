"""Local coordinates of cells, attachment patches, sub-meshes."""

import itertools

import numpy as np
import pytest

from fem_lumbar.anatomy.attachment_sites import attachment_values
from fem_lumbar.anatomy.spine import JOINTS, LEVELS, supports
from fem_lumbar.foundation.closest_point import nearest_on_surface
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.meshing.attachments import AttachmentTargets
from fem_lumbar.meshing.cache import shipped_folder
from fem_lumbar.meshing.patches import attachment_patches, weighted_patch
from fem_lumbar.meshing.storage import load_mesh

STRANDS = {"ALL": 5, "PLL": 5, "ISL": 4, "SSL": 2}
PAIRED_STRANDS = {"LF": 4, "ITL": 2, "CL": 6}


def test_ligament_coordinate_runs_from_mammillary_to_accessory(mesh):
    for level in LEVELS:
        for side in SIDES:
            cells = mesh.region_cells(f"{level}.mal.{side}")
            s = mesh.cell_data["mal_s"][cells]
            assert np.all((s >= 0) & (s <= 1))
            assert s.min() < 0.2 and s.max() > 0.8
            mammillary = mesh.points[np.unique(mesh.surfaces[f"{level}.mal.{side}.mammillary_end"])].mean(axis=0)
            distance = np.linalg.norm(mesh.points[mesh.cells[cells]].mean(axis=1) - mammillary, axis=1)
            assert np.corrcoef(s, distance)[0, 1] > 0.9
    elsewhere = [name for name in mesh.region_names if ".mal." not in name]
    assert np.all(np.isnan(mesh.cell_data["mal_s"][mesh.region_cells(*elsewhere)]))


@pytest.mark.parametrize("joint", JOINTS)
def test_annulus_axes(mesh, joint):
    cells = mesh.region_cells(f"{joint}.annulus")
    data = {key: found[cells] for key, found in mesh.cell_data.items()}
    assert np.all((data["annulus_radial"] >= 0) & (data["annulus_radial"] <= 1))
    np.testing.assert_allclose(np.linalg.norm(data["annulus_tangent"], axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(data["annulus_axial"], axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.sum(data["annulus_tangent"] * data["annulus_axial"], axis=1), 0.0, atol=1e-6)
    assert np.all(data["annulus_axial"][:, 2] > 0.9)
    centres = mesh.points[mesh.cells[cells]].mean(axis=1) - mesh.landmarks[f"{joint}.disc_centre"]
    azimuth = np.radians(data["annulus_azimuth_deg"])
    expected = np.column_stack([-np.sin(azimuth), np.cos(azimuth)])
    assert np.all(np.sum(data["annulus_tangent"][:, :2] * expected, axis=1) > 0.3)
    assert np.all(np.sign(azimuth) == np.sign(centres[:, 1]))
    outer = np.isin(mesh.cells[cells], mesh.surfaces[f"{joint}.annulus.outer"]).any(axis=1)
    assert data["annulus_radial"][outer].mean() > data["annulus_radial"][~outer].mean() + 0.2


def test_ligament_strands_have_both_ends(mesh):
    for joint in JOINTS:
        names = [f"{joint}.{lig}.{i}" for lig, count in STRANDS.items() for i in range(1, count + 1)]
        for lig, count in PAIRED_STRANDS.items():
            names += [f"{joint}.{lig}.{side}.{i}" for side in SIDES for i in range(1, count + 1)]
        for name in names:
            upper, lower = (mesh.patches[f"{name}.{end}"].point(mesh.points) for end in ("upper", "lower"))
            assert 1.0 < np.linalg.norm(upper - lower) < 45.0, name
            assert upper[2] > lower[2], name


def test_capsules_run_over_the_back_of_the_joint(mesh):
    """Bundles 8 to 15 mm long, from beyond the lateral edge of the joint to the back of the inferior process."""
    for joint, side in itertools.product(JOINTS, SIDES):
        face = mesh.points[np.unique(mesh.surfaces[f"{joint.split('-')[1]}.facet.superior.{side}"])]
        outer = np.abs(face[:, 1]).max()
        for number, ratio in enumerate(attachment_values()["ligaments"]["CL"]["rest_length_ratio"], start=1):
            name = f"{joint}.CL.{side}.{number}"
            upper, lower = (mesh.patches[f"{name}.{end}"].point(mesh.points) for end in ("upper", "lower"))
            length, rise = np.linalg.norm(upper - lower), upper[2] - lower[2]
            assert 7.0 < length < 16.0 and rise > 0.35 * length, name
            if ratio == 1.0:
                assert length > 8.0 and abs(upper[1]) < outer < abs(lower[1]) + 1.0, name
                assert (upper[0] + lower[0]) / 2 < face[:, 0].mean(), name


def test_patches_are_weighted_near_and_mirrored(mesh, anatomy):
    targets = AttachmentTargets(anatomy)
    wanted = {**targets.midline(), **targets.right()}
    for name, patch in mesh.patches.items():
        assert len(patch.nodes) > 0 and np.all(patch.weights > 0)
        assert patch.weights.sum() == pytest.approx(1.0, abs=1e-12)
        if name in wanted:
            site = wanted[name]
            faces = np.concatenate([mesh.surfaces[surface] for surface in site.surfaces])
            _, (place,) = nearest_on_surface(site.point[None], mesh.points[faces])
            off = patch.point(mesh.points) - place
            off[1] *= site.point[1] != 0.0  # a patch in the midline lies between both sides
            assert np.linalg.norm(off) < 0.3, name
            assert np.linalg.norm(place - site.point) < 4.5, name  # the pars is thick: its sites lie deep
        if ".right" in name:
            left = mesh.patches[name.replace(".right", ".left")]
            assert np.array_equal(left.nodes, mesh.mirror[patch.nodes])
            assert np.array_equal(left.weights, patch.weights)


def test_patches_are_what_the_present_sites_define(mesh, anatomy):
    found = attachment_patches(mesh, mesh.surfaces, anatomy)
    assert found.keys() == mesh.patches.keys()
    for name, patch in found.items():
        assert np.array_equal(patch.nodes, mesh.patches[name].nodes), name
        np.testing.assert_allclose(patch.weights, mesh.patches[name].weights, atol=1e-9, err_msg=name)


def test_midline_patches_pull_in_the_midline(mesh):
    for name, patch in mesh.patches.items():
        if any(f".{lig}." in name for lig in ("ISL", "SSL", "ALL.3", "PLL.3")) or name.endswith("follower"):
            assert abs(patch.point(mesh.points)[1]) < 1e-12, name


def test_follower_patch_is_exact(mesh):
    for level in LEVELS:
        found = mesh.patches[f"{level}.follower"].point(mesh.points)
        np.testing.assert_allclose(found, mesh.landmarks[f"{level}.follower"], atol=1e-9)


def test_weighted_patch_meets_a_target_inside_its_nodes():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0.2]], dtype=float)
    patch = weighted_patch(points, np.arange(4), np.array([0.6, 0.4, 0.05]))
    assert np.linalg.norm(patch.point(points) - [0.6, 0.4, 0.05]) < 0.01


def test_keep_gives_a_smaller_consistent_mesh(test_mesh):
    wanted = ["L4.cancellous", "L4-L5.nucleus", "L4-L5.annulus", "L5.cancellous"]
    part = test_mesh.keep(wanted)
    assert set(part.region_names) == set(wanted)
    assert len(part.cells) == len(test_mesh.region_cells(*wanted))
    assert part.cells.max() == len(part.points) - 1
    assert "L4.endplate.inferior" in part.surfaces and "L4.posterior" not in part.surfaces
    assert np.array_equal(part.points[part.mirror], part.points * [1.0, -1.0, 1.0])
    assert "L4-L5.ALL.3.upper" in part.patches and "L3.mammillary.left" not in part.patches
    one_sided = test_mesh.keep(["L4.mal.left"])
    assert len(one_sided.mirror) == 0


def test_a_body_stays_fixed_where_what_remains_of_it_is():
    """A few triangles of the cut and the auricular faces of the sacrum lie on bone of the posterior elements."""
    whole = load_mesh(shipped_folder() / "sacrum_test.npz")
    part = whole.keep([name for name in whole.region_names if not name.endswith("posterior")])
    for name in supports("S1"):
        assert 0.9 * len(whole.surfaces[name]) < len(part.surfaces[name]) < len(whole.surfaces[name])
    assert "S1.posterior" not in part.surfaces


def test_an_unknown_region_is_refused(test_mesh):
    with pytest.raises(KeyError, match="L9"):
        test_mesh.keep(["L9.cancellous"])

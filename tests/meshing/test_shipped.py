"""The shipped meshes are valid, exactly symmetric, of the promised size, and made from the present code."""

import subprocess
import sys

import numpy as np
import pytest

from fem_lumbar.anatomy import LARGEST_UNKNOWNS, MeshSettings
from fem_lumbar.anatomy.spine import JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.tetrahedra import signed_volumes
from fem_lumbar.meshing.cache import mesh_hash, shipped_folder
from fem_lumbar.meshing.quality import mesh_quality


def test_is_what_the_present_code_and_defaults_define(mesh, anatomy):
    settings = MeshSettings(density=mesh.meta["density"])
    assert mesh.meta["defined_by_sha256"] == mesh_hash(anatomy, settings)


def test_quality_and_size(mesh):
    found = mesh_quality(mesh)
    assert found["inverted"] == 0
    assert found["minimum_quality"] >= 0.1
    assert found["unknowns"] <= LARGEST_UNKNOWNS[mesh.meta["density"]]
    assert found["unknowns"] == mesh.meta["unknowns"]


def test_files_are_small():
    assert sum(path.stat().st_size for path in shipped_folder().glob("*.npz")) <= 3e6


def test_is_exactly_symmetric(mesh):
    reflected = mesh.points * [1.0, -1.0, 1.0]
    assert np.array_equal(mesh.points[mesh.mirror], reflected)
    assert np.array_equal(mesh.mirror[mesh.mirror], np.arange(len(mesh.points)))
    names = np.array(mesh.region_names)
    swapped = np.char.replace(np.char.replace(np.char.replace(names, "left", "?"), "right", "left"), "?", "right")
    cells = {(*sorted(c), names[r]) for c, r in zip(mesh.cells.tolist(), mesh.region)}
    images = {(*sorted(c), swapped[r]) for c, r in zip(mesh.mirror[mesh.cells].tolist(), mesh.region)}
    assert cells == images


def test_has_every_region(mesh):
    wanted = {f"{level}.{part}" for level in LEVELS for part in ("cancellous", "posterior")}
    wanted |= {f"{joint}.{part}" for joint in JOINTS for part in ("nucleus", "annulus")}
    wanted |= {f"{level}.mal.{side}" for level in LEVELS for side in SIDES}
    for joint in JOINTS:
        upper, lower = joint_levels(joint)
        for side in SIDES:
            wanted |= {f"{upper}.facet_cartilage.inferior.{side}", f"{lower}.facet_cartilage.superior.{side}"}
    assert set(mesh.region_names) == wanted
    assert all(len(mesh.region_cells(name)) for name in wanted)


def test_every_region_hangs_together(mesh):
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    for name in mesh.region_names:
        cells = mesh.cells[mesh.region_cells(name)]
        nodes, local = np.unique(cells, return_inverse=True)
        local = local.reshape(cells.shape)
        links = np.vstack([local[:, [0, k]] for k in (1, 2, 3)])
        graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(nodes), len(nodes)))
        assert connected_components(graph, directed=False)[0] == 1, name


@pytest.mark.parametrize("joint", JOINTS)
def test_nucleus_has_its_share_of_the_disc(mesh, anatomy, joint):
    volumes = {
        part: signed_volumes(mesh.points, mesh.cells[mesh.region_cells(f"{joint}.{part}")]).sum()
        for part in ("nucleus", "annulus")
    }
    share = volumes["nucleus"] / sum(volumes.values())
    assert share == pytest.approx(anatomy.joints[joint].nucleus_area_fraction, abs=0.04)


def test_loading_the_default_needs_no_mesher():
    code = (
        "import sys; from fem_lumbar.anatomy import *; from fem_lumbar.meshing import segment_mesh;"
        "segment_mesh(Anatomy.model_validate(default_anatomy_values()), MeshSettings(density='test'));"
        "assert 'mmgpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=shipped_folder().parent)

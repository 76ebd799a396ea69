"""The parametric template and its shipped meshes, as fixtures in the place of those of the default."""

import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.meshing.cache import shipped_folder, shipped_name
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.storage import load_mesh


@pytest.fixture(scope="session")
def anatomy() -> Anatomy:
    return Anatomy.model_validate(default_anatomy_values("parametric"))


@pytest.fixture(scope="session")
def test_mesh() -> SegmentMesh:
    return load_mesh(shipped_folder() / shipped_name("parametric", "test"))


@pytest.fixture(scope="session")
def coarse_mesh() -> SegmentMesh:
    return load_mesh(shipped_folder() / shipped_name("parametric", "coarse"))

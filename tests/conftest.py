"""The default anatomy and its shipped meshes, loaded once."""

import os

import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.meshing.cache import shipped_folder
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.storage import load_mesh

for _size in ("COLUMNS", "LINES"):  # processes of pytest-xdist say that they are a narrow terminal
    os.environ.pop(_size, None)


@pytest.fixture(scope="session")
def anatomy() -> Anatomy:
    return Anatomy.model_validate(default_anatomy_values())


@pytest.fixture(scope="session")
def test_mesh() -> SegmentMesh:
    return load_mesh(shipped_folder() / "smooth_test.npz")


@pytest.fixture(scope="session")
def coarse_mesh() -> SegmentMesh:
    """On the test mesh straight edges cut the hollows of bodies and grooves short by half a millimetre."""
    return load_mesh(shipped_folder() / "smooth_coarse.npz")


@pytest.fixture(scope="session")
def mesh(test_mesh: SegmentMesh) -> SegmentMesh:
    return test_mesh

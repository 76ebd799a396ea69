"""Both shipped meshes in turn, and the functions of the template."""

import pytest

from fem_lumbar.anatomy import Anatomy
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.shape.scene import Scene


@pytest.fixture(scope="session", params=["test", "coarse"])
def mesh(request) -> SegmentMesh:
    return request.getfixturevalue(f"{request.param}_mesh")


@pytest.fixture(scope="session")
def scene(anatomy: Anatomy) -> Scene:
    return Scene(anatomy)

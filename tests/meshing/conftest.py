"""Both shipped meshes in turn."""

import pytest

from fem_lumbar.meshing.mesh import SegmentMesh


@pytest.fixture(scope="session", params=["test", "coarse"])
def mesh(request) -> SegmentMesh:
    return request.getfixturevalue(f"{request.param}_mesh")

"""The parametric template, which most of this directory makes and moves, and both shipped meshes in turn."""

import pytest

from fem_lumbar.meshing.mesh import SegmentMesh
from tests.parametric_template import anatomy, coarse_mesh, test_mesh  # noqa: F401


@pytest.fixture(scope="session", params=["test", "coarse"])
def mesh(request) -> SegmentMesh:
    return request.getfixturevalue(f"{request.param}_mesh")

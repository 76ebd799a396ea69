"""Remeshing by mmg keeps volumes, functions and the ridge between them, and repeats itself to the last bit."""

import sys

import numpy as np
import pytest

from fem_lumbar.cutting.remesh import Pass, remeshed
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.tetrahedra import mean_ratio, signed_volumes
from tests.cutting.half_ball import ball, half_ball

OPTIONS = Pass(deviation=0.1, growth=2.0, smallest=0.3, largest=3.0)


@pytest.fixture(scope="module")
def half():
    return half_ball()


def test_without_mmgpy_the_remedy_is_given(half, monkeypatch):
    monkeypatch.setitem(sys.modules, "mmgpy", None)
    with pytest.raises(InputError, match="pip install mmgpy"):
        remeshed(half, np.full(len(half.points), 2.0), [3, 1], OPTIONS)


def test_shape_and_functions_are_kept(half):
    pytest.importorskip("mmgpy")
    found = remeshed(half, np.full(len(half.points), 2.0), [3, 1], OPTIONS)
    before, after = (signed_volumes(mesh.points, mesh.cells).sum() for mesh in (half, found))
    assert abs(after - before) < 0.05 * before
    assert len(found.cells) < 0.8 * len(half.cells)
    assert mean_ratio(found.points, found.cells).min() > 0.2
    assert np.abs(found.points[found.on[:, 0], 1]).max() < 1e-6
    assert np.abs(ball(found.points[found.on[:, 1]]).value).max() < 2.0 * OPTIONS.deviation
    ridge = found.points[found.on.all(axis=1)]
    assert len(ridge) > 6  # the rim stays a rim


def test_it_repeats(half):
    pytest.importorskip("mmgpy")
    one, other = (remeshed(half, np.full(len(half.points), 2.0), [3, 1], OPTIONS) for _ in range(2))
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.cells, other.cells)

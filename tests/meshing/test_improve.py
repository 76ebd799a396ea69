"""Local repair keeps volume, regions and flat faces while it removes short edges and flat cells."""

import numpy as np
import pytest

from fem_lumbar.meshing.discretise import HalfMesh
from fem_lumbar.meshing.editor import MeshEditor
from fem_lumbar.meshing.quality import mean_ratio, signed_volumes

CUBE = np.array([[x, y, z] for x in (0.0, 1.0, 2.0) for y in (0.0, 1.0, 2.0) for z in (0.0, 1.0, 2.0)])


@pytest.fixture
def block() -> HalfMesh:
    """A cube of two regions, with an interior node brought close to its neighbour."""
    from scipy.spatial import Delaunay

    points = np.vstack([CUBE + 0.02 * np.sin(np.arange(81).reshape(27, 3)) * (CUBE == 1.0), [[1.1, 0.55, 1.0]]])
    cells = Delaunay(points).simplices
    volume = signed_volumes(points, cells)
    cells[volume < 0] = cells[volume < 0][:, [0, 2, 1, 3]]
    cells = cells[np.abs(volume) > 1e-9]
    return HalfMesh(points, cells, np.zeros(len(cells), dtype=int), ("block",))


PLANES = [(np.full(3, level), axis) for level in (0.0, 2.0) for axis in np.eye(3)]


def test_collapse_of_an_inner_node_keeps_the_volume(block):
    editor = MeshEditor(block, PLANES)
    assert any(editor.collapse(27, other, lowest=0.0) for other in sorted(editor.neighbours(27)))
    result = editor.result()
    assert len(result.points) == len(block.points) - 1
    assert signed_volumes(result.points, result.cells).sum() == pytest.approx(8.0)
    assert mean_ratio(result.points, result.cells).min() > 0


def test_a_corner_is_never_merged_away(block):
    editor = MeshEditor(block, PLANES)
    corner = int(np.flatnonzero((block.points == 0.0).all(axis=1))[0])
    for other in editor.neighbours(corner):
        assert not editor.collapse(corner, other, lowest=-1.0)


def test_moving_a_node_raises_the_lowest_quality_around_it(block):
    editor = MeshEditor(block, PLANES)
    around = sorted(editor.star[27])
    before = editor.quality[around].min()
    assert editor.move(27, [0.2, 0.05])
    assert editor.quality[around].min() > before
    assert signed_volumes(editor.points, editor.cells).sum() == pytest.approx(8.0)

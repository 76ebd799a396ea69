"""Field files: what is written is read back, files of version 0.1 are still read, damaged ones are told."""

from __future__ import annotations

import errno
from pathlib import Path

import meshio
import numpy as np
import pytest
import pyvista
from vtkmodules.vtkCommonDataModel import vtkQuadraticTetra
from vtkmodules.vtkIOXML import vtkXMLMultiBlockDataReader

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.mechanics.space import TET_EDGES
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.vtu import (
    read_lines,
    read_names,
    read_surface,
    read_vtu,
    write_blocks,
    write_lines,
    write_series,
    write_surface,
    write_vtu,
)
from tests.synthetic_run import write_run

CORNERS = np.vstack([np.zeros(3), np.eye(3)])
POINTS = np.vstack([CORNERS, [CORNERS[[a, b]].mean(axis=0) for a, b in TET_EDGES]])


def test_quadratic_cells_read_back(tmp_path):
    cells = np.arange(10)[None]
    fields = {"u": POINTS**2, "p": np.arange(10.0)}, {"region": np.array([3]), "s": np.array([np.nan])}
    write_vtu(tmp_path / "a.vtu", POINTS, cells, *fields, {"region_names": ["L3.cancellous", "Bänder"]})
    points, nodes, point_data, cell_data = read_vtu(tmp_path / "a.vtu")
    assert np.array_equal(points, POINTS)
    assert np.array_equal(nodes, cells)
    assert np.allclose(point_data["u"], POINTS**2)
    assert point_data["p"].tolist() == list(range(10))
    assert cell_data["region"].tolist() == [3]
    assert np.isnan(cell_data["s"]).all()
    assert read_names(tmp_path / "a.vtu") == {"region_names": ["L3.cancellous", "Bänder"]}


def test_mid_edge_nodes_are_in_the_order_of_vtk():
    cell = vtkQuadraticTetra()
    for k in range(10):
        cell.GetPointIds().SetId(k, k)
    edges = {4 + place: set(edge) for place, edge in enumerate(TET_EDGES)}
    for number in range(6):
        ids = cell.GetEdge(number).GetPointIds()
        a, b, middle = (ids.GetId(k) for k in range(3))
        assert edges[middle] == {a, b}


def test_lines_read_back(tmp_path):
    data = {"tension": np.array([1.5, 0.0]), "name": np.array(["ALL", "multifidus.m3s"]), "kind": np.array([0, 1])}
    write_lines(
        tmp_path / "a.vtp", POINTS[:4], np.array([[0, 1], [2, 3]]), data, {"kind_names": ["ligament", "muscle"]}
    )
    points, lines, found = read_lines(tmp_path / "a.vtp")
    assert np.array_equal(points, POINTS[:4])
    assert lines.tolist() == [[0, 1], [2, 3]]
    assert {name: values.tolist() for name, values in found.items()} == {k: v.tolist() for k, v in data.items()}


def test_both_files_open_together(tmp_path):
    write_vtu(tmp_path / "a.vtu", POINTS[:4], np.array([[0, 1, 2, 3]]), {}, {})
    write_lines(tmp_path / "a.lines.vtp", POINTS[:2], np.array([[0, 1]]), {}, {})
    write_blocks(tmp_path / "a.vtm", {"tissue": "a.vtu", "lines": "a.lines.vtp"})
    reader = vtkXMLMultiBlockDataReader()
    reader.SetFileName(str(tmp_path / "a.vtm"))
    reader.Update()
    blocks = reader.GetOutput()
    assert [blocks.GetMetaData(k).Get(blocks.NAME()) for k in range(2)] == ["tissue", "lines"]
    assert [blocks.GetBlock(k).GetNumberOfCells() for k in range(2)] == [1, 1]


def test_series_of_surfaces(tmp_path):
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    write_surface(tmp_path / "a.vtp", POINTS[:4], triangles, {"displacement": POINTS[:4] / 3})
    points, found, data = read_surface(tmp_path / "a.vtp")
    assert np.array_equal(points, POINTS[:4])
    assert np.array_equal(found, triangles)
    assert np.allclose(data["displacement"], POINTS[:4] / 3)
    write_series(tmp_path / "a.pvd", [(0.0, "a.vtp"), (0.25, "a.vtp")])
    series = pyvista.PVDReader(tmp_path / "a.pvd")
    assert series.time_values == [0.0, 0.25]
    series.set_active_time_value(0.25)
    assert series.read()[0].n_cells == 2


def test_fields_of_version_0_1_are_read(tmp_path):
    """They were written by another library, on corners alone, in base64."""
    run = load_run(write_run(tmp_path))
    new = run.field_arrays("flexion")
    mesh = meshio.Mesh(
        new.points,
        [("tetra", new.cells)],
        point_data=new.point_data,
        cell_data={name: [values] for name, values in new.cell_data.items()},
    )
    mesh.write(run.field_path("flexion"), file_format="vtu", binary=True, compression="zlib")
    old = run.field_arrays("flexion")
    assert np.array_equal(old.points, new.points)
    assert np.array_equal(old.cells, new.cells)
    assert old.cell_nodes.shape[1] == 4
    for before, after in ((old.point_data, new.point_data), (old.cell_data, new.cell_data)):
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[name], after[name], equal_nan=True) for name in before)


@pytest.mark.parametrize("damage", ["cut off", "no XML", "empty"])
def test_damaged_file_is_told_without_noise(tmp_path, damage, capfd):
    run = load_run(write_run(tmp_path))
    path = run.field_path("flexion")
    whole = path.read_bytes()
    path.write_bytes({"cut off": whole[: len(whole) // 2], "no XML": b"half", "empty": b""}[damage])
    with pytest.raises(InputError, match=r"flexion\.vtu of run 'synthetic' cannot be read: .*; run 'flexion' again"):
        run.field_arrays("flexion")
    assert capfd.readouterr().err == ""


def test_file_that_cannot_be_written_is_an_error(tmp_path, capfd):
    with pytest.raises(OSError, match=r"a\.vtu"):
        write_vtu(tmp_path / "nowhere" / "a.vtu", POINTS[:4], np.array([[0, 1, 2, 3]]), {}, {})
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_is_an_error():
    with pytest.raises(OSError) as caught:
        write_vtu(Path("/dev/full"), POINTS[:4], np.array([[0, 1, 2, 3]]), {}, {})
    assert caught.value.errno in (errno.EIO, errno.ENOSPC)

"""Field files in the XML formats of VTK (the only place that reads and writes them)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkPoints, vtkStringArray, vtkStringOutputWindow
from vtkmodules.vtkCommonDataModel import (
    VTK_QUADRATIC_TETRA,
    VTK_TETRA,
    vtkCellArray,
    vtkDataSet,
    vtkFieldData,
    vtkPolyData,
    vtkUnstructuredGrid,
)
from vtkmodules.vtkCommonMisc import vtkErrorCode
from vtkmodules.vtkIOXML import (
    vtkXMLPolyDataReader,
    vtkXMLPolyDataWriter,
    vtkXMLReader,
    vtkXMLUnstructuredGridReader,
    vtkXMLUnstructuredGridWriter,
    vtkXMLWriter,
)

from fem_lumbar.foundation.errors import InputError

Arrays = Mapping[str, np.ndarray]

CELL_TYPES = {4: VTK_TETRA, 10: VTK_QUADRATIC_TETRA}
"""VTK cell type by number of nodes. VTK numbers the mid-edge nodes of a tetrahedron 01, 12, 02, 03, 13, 23."""


_COMPRESSION = 2
"""Level of compression: files are 1 % larger than with the usual 5, and written in half the time."""


def write_vtu(
    path: Path,
    points: np.ndarray,
    cells: np.ndarray,
    point_data: Arrays,
    cell_data: Arrays,
    names: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write tetrahedra with their fields, binary and compressed.

    Parameters
    ----------
    path : Path
        File to write.
    points : (n, 3) float
        Positions, mm; stored in double precision.
    cells : (m, 4) or (m, 10) int
        Corner nodes of each tetrahedron, and its mid-edge nodes in the order 01, 12, 02, 03, 13, 23.
    point_data, cell_data : dict of arrays (n, ...) and (m, ...)
        Fields by name; floating-point fields are stored in single precision.
    names : dict of sequences of str, optional
        Lists of names for the whole file, e.g. of the regions by number.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    grid = vtkUnstructuredGrid()
    grid.SetPoints(_points(points))
    grid.SetCells(CELL_TYPES[cells.shape[1]], _cells(cells))
    _fill(grid, point_data, cell_data, names or {})
    _write(vtkXMLUnstructuredGridWriter(), grid, path)


def read_vtu(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Points (n, 3) mm, cells (m, 4) or (m, 10), point data and cell data of a file of tetrahedra.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    grid = read_grid(path)
    nodes = vtk_to_numpy(grid.GetCells().GetConnectivityArray())
    cells = nodes.reshape(grid.GetNumberOfCells(), -1).astype(np.int64)
    return _positions(grid), cells, _arrays(grid.GetPointData()), _arrays(grid.GetCellData())


def read_grid(path: Path) -> vtkUnstructuredGrid:
    """The cells of a file with all their fields, as VTK object.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    reader = vtkXMLUnstructuredGridReader()
    _read(reader, path)
    return reader.GetOutput()


def write_lines(
    path: Path, points: np.ndarray, lines: np.ndarray, line_data: Arrays, names: Mapping[str, Sequence[str]]
) -> None:
    """Write straight lines with their data.

    Parameters
    ----------
    path : Path
        File to write.
    points : (n, 3) float
        Positions, mm.
    lines : (k, 2) int
        Ends of each line.
    line_data : dict of arrays (k, ...)
        Numbers or strings of each line by name.
    names : dict of sequences of str
        As in :func:`write_vtu`.
    """
    data = vtkPolyData()
    data.SetPoints(_points(points))
    data.SetLines(_cells(lines))
    _fill(data, {}, line_data, names)
    _write(vtkXMLPolyDataWriter(), data, path)


def write_surface(path: Path, points: np.ndarray, triangles: np.ndarray, point_data: Arrays) -> None:
    """Write triangles (k, 3) on points (n, 3), mm, with fields (n, ...) by name."""
    data = vtkPolyData()
    data.SetPoints(_points(points))
    data.SetPolys(_cells(triangles))
    _fill(data, point_data, {}, {})
    _write(vtkXMLPolyDataWriter(), data, path)


def read_surface(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Points (n, 3) mm, triangles (k, 3) and fields of a file of :func:`write_surface`."""
    data = read_poly(path)
    triangles = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return _positions(data), triangles, _arrays(data.GetPointData())


def read_lines(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Points (n, 3) mm, ends (k, 2) and data of the lines of a file of :func:`write_lines`."""
    data = read_poly(path)
    lines = vtk_to_numpy(data.GetLines().GetConnectivityArray()).reshape(-1, 2).astype(np.int64)
    return _positions(data), lines, _arrays(data.GetCellData())


def read_names(path: Path) -> dict[str, list[str]]:
    """Lists of names stored in a file of :func:`write_vtu`."""
    grid = read_grid(path)
    return {name: values.tolist() for name, values in _arrays(grid.GetFieldData()).items() if values.dtype.kind == "U"}


def write_blocks(path: Path, files: Mapping[str, str]) -> None:
    """Write a multiblock file (``.vtm``), which opens several files of its folder together; ``files`` by block name."""
    root = ElementTree.Element("VTKFile", type="vtkMultiBlockDataSet", version="1.0")
    blocks = ElementTree.SubElement(root, "vtkMultiBlockDataSet")
    for index, (name, file) in enumerate(files.items()):
        ElementTree.SubElement(blocks, "DataSet", index=str(index), name=name, file=file)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def write_series(path: Path, files: Sequence[tuple[float, str]]) -> None:
    """Write a collection file (``.pvd``), which opens files beside it as a series over time."""
    root = ElementTree.Element("VTKFile", type="Collection", version="0.1")
    series = ElementTree.SubElement(root, "Collection")
    for time, file in files:
        ElementTree.SubElement(series, "DataSet", timestep=f"{time:.6g}", part="0", file=file)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read_series(path: Path) -> list[tuple[float, Path]]:
    """Times and files of a collection of :func:`write_series`, in its order."""
    try:
        found = ElementTree.parse(path).getroot().iter("DataSet")
    except ElementTree.ParseError as error:
        raise InputError(f"{path} is damaged: run the scenario again") from error
    return [(float(one.attrib["timestep"]), path.parent / one.attrib["file"]) for one in found]


def _points(positions: np.ndarray) -> vtkPoints:
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(positions, dtype=np.float64), deep=True))
    return points


def _cells(nodes: np.ndarray) -> vtkCellArray:
    cells = vtkCellArray()
    offsets = np.arange(0, nodes.size + 1, nodes.shape[1], dtype=np.int32)
    flat = np.ascontiguousarray(nodes, dtype=np.int32).ravel()
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(flat, deep=True))
    return cells


def _fill(data: vtkDataSet, point_data: Arrays, cell_data: Arrays, names: Mapping[str, Sequence[str]]) -> None:
    for place, arrays in ((data.GetPointData(), point_data), (data.GetCellData(), cell_data)):
        for name, values in arrays.items():
            _add(place, name, np.asarray(values))
    for name, texts in names.items():
        _add(data.GetFieldData(), name, np.asarray(texts, dtype=str))


def _add(place: vtkFieldData, name: str, values: np.ndarray) -> None:
    """Add an array: floats in single precision, integers in 32 bit, strings unchanged."""
    if values.dtype.kind == "U":
        array = vtkStringArray()
        array.SetNumberOfValues(len(values))
        for place_of, text in enumerate(values.tolist()):
            array.SetValue(place_of, text)
    else:
        kind = np.float32 if values.dtype.kind == "f" else np.int32
        array = numpy_to_vtk(np.ascontiguousarray(values, dtype=kind), deep=True)
    array.SetName(name)
    place.AddArray(array)


def _arrays(place: vtkFieldData) -> dict[str, np.ndarray]:
    found = {}
    for index in range(place.GetNumberOfArrays()):
        array = place.GetAbstractArray(index)
        if isinstance(array, vtkStringArray):
            found[array.GetName()] = np.array([array.GetValue(i) for i in range(array.GetNumberOfValues())], dtype=str)
        else:
            found[array.GetName()] = vtk_to_numpy(array)
    return found


def _positions(data: vtkDataSet) -> np.ndarray:
    return vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)


def _write(writer: vtkXMLWriter, data: vtkDataSet, path: Path) -> None:
    with _heard(writer) as problems:
        writer.SetFileName(str(path))
        writer.SetInputData(data)
        writer.SetDataModeToAppended()
        writer.EncodeAppendedDataOff()
        writer.SetCompressorTypeToZLib()
        writer.SetCompressionLevel(_COMPRESSION)
        written = writer.Write()
    if writer.GetErrorCode() == vtkErrorCode.OutOfDiskSpaceError:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path.name)
    if not written or problems:
        raise OSError(errno.EIO, problems[0] if problems else "the file could not be written", path.name)


def read_poly(path: Path) -> vtkPolyData:
    """Lines or triangles of a file with all their fields, as VTK object.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    reader = vtkXMLPolyDataReader()
    _read(reader, path)
    return reader.GetOutput()


def _read(reader: vtkXMLUnstructuredGridReader | vtkXMLPolyDataReader, path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.name)
    with _heard(reader) as problems:
        reader.SetFileName(str(path))
        reader.Update()
    if problems or reader.GetOutput().GetNumberOfPoints() == 0:
        raise OSError(errno.EIO, problems[0] if problems else "the file holds no points", path.name)


@contextmanager
def _heard(algorithm: vtkXMLReader | vtkXMLWriter) -> Iterator[list[str]]:
    """Collect error messages of an algorithm, which otherwise go to the terminal."""
    problems: list[str] = []

    def hear(_caller: object, _event: str, message: str) -> None:
        problems.append(message.strip().splitlines()[-1].split("): ")[-1])

    hear.CallDataType = "string0"  # type: ignore[attr-defined]  # VTK reads it off the function
    algorithm.AddObserver("ErrorEvent", hear)  # type: ignore[arg-type]  # its stubs know numbers of events alone
    shown, window = vtkLogger.GetCurrentVerbosityCutoff(), vtkOutputWindow.GetInstance()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    vtkOutputWindow.SetInstance(vtkStringOutputWindow())  # for its parser and its executive, which cannot be observed
    try:
        yield problems
    finally:
        vtkOutputWindow.SetInstance(window)
        vtkLogger.SetStderrVerbosity(shown)

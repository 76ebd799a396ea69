"""Fields of a load case as VTKHDF files: named blocks of tissue, lines and surfaces, and load levels as time."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyvista
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkDataArray, vtkInformation, vtkInformationVector, vtkPoints
from vtkmodules.vtkCommonDataModel import (
    vtkCellArray,
    vtkCompositeDataSet,
    vtkDataObject,
    vtkPartitionedDataSetCollection,
    vtkPointSet,
    vtkPolyData,
)
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIOHDF import vtkHDFWriter

from fem_lumbar.export.inventory import Inventory
from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.runs.fields import levels_of
from fem_lumbar.runs.run import FIELDS, Run
from fem_lumbar.runs.vtu import read_poly

_COMPRESSION = 4
_CHUNK = 500
"""Rows per chunk; every array of every block has at least one."""


def write_vtkhdf(run: Run, case: str, path: Path) -> Inventory:
    """Write the fields of a load case at full load, and its load levels beside them as ``NAME.levels.vtkhdf``.

    Parameters
    ----------
    run : Run
    case : str
        Load case whose fields are stored.
    path : Path
        File to write, ``.vtkhdf``.
    """
    inventory = Inventory()
    tissue = run.fields(case)
    parts: dict[str, vtkPointSet] = {}
    for tag, region in enumerate(run.mesh.region_names):
        parts[f"region.{region}"] = _those(tissue, vtk_to_numpy(tissue.GetCellData().GetArray("region")) == tag)
    inventory.carried("fields", "all of the last state, a block for each region, by name")
    lines = run.folder / FIELDS / f"{case}.lines.vtp"
    if lines.is_file():
        parts |= _by_name(read_poly(lines))
        inventory.carried("ligaments, muscles, follower path", "lines with tension and strain, a block for each name")
    for name, triangles in run.mesh.surfaces.items():
        parts[f"surface.{name}"] = _surface(tissue, triangles)
    inventory.carried("surfaces", f"{len(run.mesh.surfaces)}, a block each, by name")
    patches = sorted(run.mesh.patches)
    for name in patches:
        parts[f"patch.{name}"] = _patch(tissue, run.mesh.patches[name].nodes, run.mesh.patches[name].weights)
    inventory.carried("attachments", f"{len(patches)} patches of nodes with their weights, a block each, by name")
    steps = levels_of(run.folder / FIELDS, case)
    surfaces = [read_poly(file) for _, file in steps]  # before anything is written: both files or none
    with replacing(path) as part:
        _write(_collection(parts), part)
    if len(steps) > 1:
        with replacing(path.with_suffix(".levels.vtkhdf")) as part:
            _write(_Levels([time for time, _ in steps], surfaces), part)
        inventory.approximately("load levels", f"{len(steps)} times of the outer surface in a file of their own")
    else:
        inventory.missing("load levels", "the run stores none for this case")
    return inventory


class _Levels(VTKPythonAlgorithmBase):
    """Surfaces at load levels as a source with time steps."""

    def __init__(self, times: list[float], surfaces: list[vtkPolyData]) -> None:
        super().__init__(nInputPorts=0, nOutputPorts=1, outputType="vtkPolyData")
        self._times, self._surfaces = times, surfaces

    def RequestInformation(self, _request: object, _inputs: object, outputs: vtkInformationVector) -> int:
        """Report the time steps (VTK interface)."""
        information: vtkInformation = outputs.GetInformationObject(0)
        keys = vtkStreamingDemandDrivenPipeline
        information.Set(keys.TIME_STEPS(), self._times, len(self._times))
        information.Set(keys.TIME_RANGE(), [self._times[0], self._times[-1]], 2)
        return 1

    def RequestData(self, _request: object, _inputs: object, outputs: vtkInformationVector) -> int:
        """Provide the surface of the requested time step (VTK interface)."""
        information = outputs.GetInformationObject(0)
        key = vtkStreamingDemandDrivenPipeline.UPDATE_TIME_STEP()
        time = information.Get(key) if information.Has(key) else self._times[0]
        nearest = int(np.argmin(np.abs(np.array(self._times) - time)))
        output = vtkPolyData.GetData(outputs, 0)
        output.ShallowCopy(self._surfaces[nearest])
        output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), self._times[nearest])
        return 1


def _write(source: vtkDataObject | _Levels, path: Path) -> None:
    writer = vtkHDFWriter()
    writer.SetFileName(str(path))
    writer.SetCompressionLevel(_COMPRESSION)
    writer.SetChunkSize(_CHUNK)
    if isinstance(source, _Levels):
        writer.SetInputConnection(source.GetOutputPort())
        writer.SetWriteAllTimeSteps(True)
    else:
        writer.SetInputData(source)
    if not writer.Write() or not path.is_file():
        raise OSError(errno.EIO, "the file could not be written", path.name)


def _collection(parts: dict[str, vtkPointSet]) -> vtkPartitionedDataSetCollection:
    collection = vtkPartitionedDataSetCollection()
    for place, (name, part) in enumerate(parts.items()):
        collection.SetPartition(place, 0, part)
        collection.GetMetaData(place).Set(vtkCompositeDataSet.NAME(), _block_name(name))
    return collection


def _block_name(name: str) -> str:
    """Name of a block without points, since ParaView treats names as paths."""
    return name.replace(".", "_")


def _those(data: vtkPointSet, chosen: np.ndarray) -> vtkPointSet:
    """Cells of a mask (n,) with their fields, without text arrays, which VTKHDF does not support."""
    cut = pyvista.wrap(data).extract_cells(chosen, pass_point_ids=False, pass_cell_ids=False)
    for name in [name for name, values in cut.cell_data.items() if values.dtype.kind == "U"]:
        cut.cell_data.remove(name)
    return cut


def _by_name(lines: vtkPolyData) -> dict[str, vtkPointSet]:
    """Lines by ligament, fascicle or load."""
    texts = lines.GetCellData().GetAbstractArray("name")
    names = np.array([texts.GetValue(row) for row in range(texts.GetNumberOfValues())])
    return {f"lines.{name}": _those(lines, names == name) for name in np.unique(names).tolist()}


def _surface(tissue: vtkPointSet, triangles: np.ndarray) -> vtkPolyData:
    """Triangles (k, 3) of the mesh on the deformed tissue."""
    nodes, local = np.unique(triangles, return_inverse=True)
    data = _points_of(tissue, nodes)
    cells = vtkCellArray()
    flat = np.ascontiguousarray(local.ravel(), dtype=np.int64)
    cells.SetData(
        numpy_to_vtk(np.arange(0, flat.size + 1, 3, dtype=np.int64), deep=True), numpy_to_vtk(flat, deep=True)
    )
    data.SetPolys(cells)
    return data


def _patch(tissue: vtkPointSet, nodes: np.ndarray, weights: np.ndarray) -> vtkPolyData:
    """Nodes (k,) of an attachment with their weights (k,)."""
    data = _points_of(tissue, nodes)
    cells = vtkCellArray()
    count = np.arange(len(nodes) + 1, dtype=np.int64)
    cells.SetData(numpy_to_vtk(count, deep=True), numpy_to_vtk(count[:-1].copy(), deep=True))
    data.SetVerts(cells)
    shares = numpy_to_vtk(np.ascontiguousarray(weights, dtype=np.float32), deep=True)
    shares.SetName("weight")
    data.GetPointData().AddArray(shares)
    return data


def _points_of(tissue: vtkPointSet, nodes: np.ndarray) -> vtkPolyData:
    """The given nodes (k,) of the tissue with their displacement."""
    data = vtkPolyData()
    points = vtkPoints()
    points.SetData(_rows(tissue.GetPoints().GetData(), nodes))
    data.SetPoints(points)
    moved = _rows(tissue.GetPointData().GetArray("displacement"), nodes)
    moved.SetName("displacement")
    data.GetPointData().AddArray(moved)
    return data


def _rows(array: vtkDataArray, rows: np.ndarray) -> vtkDataArray:
    return numpy_to_vtk(np.ascontiguousarray(vtk_to_numpy(array)[rows]), deep=True)

"""Reading a run folder: summary, curves, mesh and fields."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from fem_lumbar.errors import InputError
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.report.schema import SCHEMA_VERSION
from fem_lumbar.report.vtu import read_vtu
from fem_lumbar.scenario.earlier_keys import in_keys_of_today

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh

SUMMARY = "summary.json"
CURVES = "curves.csv"
SCENARIO = "scenario.resolved.yaml"
LOG = "run.log"
REPORT = "report.md"
FIGURES = "figures"
FIELDS = "fields"
MESH = "fields/mesh.npz"
LEGEND = "fields/legend.json"


@dataclass(frozen=True)
class Fields:
    """Fields of one load case on the nodes and tetrahedra of the run's mesh.

    Attributes
    ----------
    points : (n, 3) float
        Deformed positions, mm: the corners as the mesh numbers them, then the mid-edge nodes.
    reference : (n, 3) float
        Positions before loading, mm.
    cell_nodes : (m, 10) or (m, 4) int
        Nodes of each tetrahedron, corners first; without mid-edge nodes in files of version 0.1.
    point_data, cell_data : dict of arrays (n, ...) and (m, ...)
        Fields by name, in the units of the legend.
    """

    points: np.ndarray
    reference: np.ndarray
    cell_nodes: np.ndarray
    point_data: dict[str, np.ndarray]
    cell_data: dict[str, np.ndarray]

    @property
    def cells(self) -> np.ndarray:
        """Corner nodes (m, 4) of each tetrahedron."""
        return self.cell_nodes[:, :4]


@dataclass(frozen=True)
class Run:
    """A run folder that has been opened; heavy parts are read when first asked for."""

    folder: Path
    summary: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the scenario that was run."""
        return self.summary["scenario"]

    @property
    def cases(self) -> dict[str, dict[str, Any]]:
        """Summary entry of each load case."""
        return self.summary["load_cases"]

    @cached_property
    def converged(self) -> dict[str, dict[str, Any]]:
        """Summary entries of the load cases that converged."""
        return {name: entry for name, entry in self.cases.items() if entry["status"] == "converged"}

    @cached_property
    def curves(self) -> list[dict[str, Any]]:
        """Rows of ``curves.csv``; numbers as float, missing values as None."""
        with (self.folder / CURVES).open(encoding="utf-8", newline="") as file:
            return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario as plain nested values, under the keys of today."""
        return in_keys_of_today(yaml.safe_load((self.folder / SCENARIO).read_text(encoding="utf-8")))

    @cached_property
    def legend(self) -> dict[str, Any]:
        """Region names by tag and the unit and meaning of every field."""
        return json.loads((self.folder / LEGEND).read_text(encoding="utf-8"))

    @cached_property
    def mesh(self) -> SegmentMesh:
        """The mesh with its surfaces and patches."""

        return load_mesh(self.folder / MESH)

    def field_path(self, case: str) -> Path:
        """VTU file of a load case.

        Raises
        ------
        InputError
            When the run has no fields of that case; names those it has.
        """
        path = self.folder / FIELDS / f"{case}.vtu"
        if not path.is_file():
            known = ", ".join(self.cases_with_fields) or "none"
            raise InputError(f"run {self.folder.name!r} has no fields of load case {case!r}; it has: {known}")
        return path

    @property
    def cases_with_fields(self) -> list[str]:
        """Load cases whose fields are stored, in the order of the summary."""
        return [name for name in self.cases if (self.folder / FIELDS / f"{name}.vtu").is_file()]

    def fields(self, case: str) -> Fields:
        """Fields of one load case.

        Raises
        ------
        InputError
            When the run has none of that case, or the file cannot be read.
        """
        path = self.field_path(case)
        try:
            points, cells, point_data, cell_data = read_vtu(path)
        except OSError as error:
            raise InputError(f"the fields of {case!r} of run {self.folder.name!r} cannot be read: {error}") from error
        return Fields(points, point_data["reference_position"], cells, point_data, cell_data)


def load_run(path: Path) -> Run:
    """Open a run folder.

    Raises
    ------
    InputError
        When it is not a run folder, or of another schema version.
    """
    path = Path(path)
    file = path / SUMMARY
    if not file.is_file():
        raise InputError(f"{path} is not a run folder: it has no {SUMMARY}")
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{file} is not valid JSON (line {error.lineno}): {error.msg}") from error
    version = summary.get("schema_version") if isinstance(summary, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(f"{file}: schema_version is {version!r}, this program reads {SCHEMA_VERSION}")
    return Run(path, summary)


def _value(text: str | None) -> Any:
    if text is None or text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text

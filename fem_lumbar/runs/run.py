"""A stored run: its scenario, results, checks, curves, mesh, fields and pictures.

Reading changes neither the folder nor data read before.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import yaml

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.check import Check, worst_check
from fem_lumbar.meshing.storage import load_mesh
from fem_lumbar.runs.notebook import Picture, run_html
from fem_lumbar.runs.schema import SCHEMA_VERSION
from fem_lumbar.runs.values import Value, values
from fem_lumbar.runs.vtu import read_grid, read_vtu
from fem_lumbar.scenario.document import read_document
from fem_lumbar.scenario.earlier_keys import in_keys_of_today
from fem_lumbar.scenario.problems import nearest_names, unknown_name
from fem_lumbar.scenario.surface_files import with_surfaces_found
from fem_lumbar.scenario.validation import validated

if TYPE_CHECKING:
    import pandas
    import pyvista

    from fem_lumbar.measures.entries import LoadCase
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.runs.summary import Summary
    from fem_lumbar.scenario.model import Scenario

Read = TypeVar("Read")

SUMMARY = "summary.json"
CURVES = "curves.csv"
SCENARIO = "scenario.resolved.yaml"
LOG = "run.log"
REPORT = "report.md"
PAGE = "report.html"
FIGURES = "figures"
FIELDS = "fields"
MESH = "fields/mesh.npz"
LEGEND = "fields/legend.json"
_NEEDED = {"scenario": str, "status": str, "model": dict, "provenance": dict, "load_cases": dict}
"""Required keys of a summary."""
TABLE = ("case", "quantity", "value", "unit", "algebraic_error", "kind", "sign", "definition")
"""Columns of :meth:`Run.table`."""


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
    """A stored run; large parts are read on first use.

    Attributes
    ----------
    folder : Path
        The run folder.
    summary : Summary
        Content of its ``summary.json``; do not modify.
    """

    folder: Path
    summary: Summary

    @property
    def name(self) -> str:
        """Name of the scenario that was run."""
        return self.summary["scenario"]

    @property
    def status(self) -> str:
        """``completed``, or ``failed`` when a load case stopped or a check was out of tolerance."""
        return self.summary["status"]

    @property
    def completed(self) -> bool:
        """Whether every load case converged and every check passed."""
        return self.status == "completed"

    @property
    def reason(self) -> str | None:
        """Why the run failed; None if it did not."""
        return self.summary.get("reason")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the run."""
        return tuple(self.summary.get("warnings", ()))

    @property
    def density(self) -> str:
        """Mesh density."""
        return self.summary["model"]["density"]

    @property
    def cases(self) -> dict[str, LoadCase]:
        """Summary entry of each load case."""
        return self.summary["load_cases"]

    @cached_property
    def converged(self) -> dict[str, LoadCase]:
        """Summary entries of the load cases that converged."""
        return {name: entry for name, entry in self.cases.items() if entry["status"] == "converged"}

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Every self-check of every load case."""
        return tuple(
            Check.read(case, name, found)
            for case, entry in self.cases.items()
            for name, found in entry.get("checks", {}).items()
        )

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """The checks out of tolerance."""
        return tuple(one for one in self.checks if not one.passed)

    @property
    def worst_check(self) -> Check | None:
        """The check with the smallest margin."""
        return worst_check(self.checks)

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """Every result of the load cases that converged, with unit, kind and sign."""
        return tuple(values(self.converged))

    def value(self, case: str, quantity: str) -> Value:
        """One result, e.g. ``run.value("flexion", "rotation_deg.L4-L5.flexion")``.

        Raises
        ------
        InputError
            When the load case did not converge or lacks the quantity; the message names the most similar one.
        """
        self._known(case)
        found = {one.quantity: one for one in self.values if one.case == case}
        if quantity not in found:
            near = nearest_names(quantity, found)
            told = f"; did you mean {near}?" if near else ""
            raise InputError(f"run {self.folder.name!r}: {case} has no number {quantity!r}{told}")
        return found[quantity]

    def _known(self, case: str) -> None:
        """Raise `InputError` for a load case that is not in the run or did not converge."""
        if case not in self.converged:
            raise InputError(f"run {self.folder.name!r}: load case {unknown_name(case, self.converged)}")

    def table(self, cases: Sequence[str] | None = None) -> pandas.DataFrame:
        """Every result as one row: case, quantity, value, unit, algebraic error, kind, sign, definition.

        Parameters
        ----------
        cases : str or sequence of str, optional
            Load cases (default: all that converged).

        Raises
        ------
        InputError
            When one of the load cases did not converge or is not in the run.
        """
        import pandas

        wanted = self.converged if cases is None else [cases] if isinstance(cases, str) else cases
        for case in wanted:
            self._known(case)
        rows = [
            (one.case, one.quantity, one.value, one.unit, one.floor, ".".join(one.kind), one.sign, one.definition)
            for one in self.values
            if one.case in wanted
        ]
        return pandas.DataFrame(rows, columns=list(TABLE))

    @cached_property
    def curves(self) -> list[dict[str, Any]]:
        """Rows of ``curves.csv``; numbers as float, missing values as None."""
        with (self.folder / CURVES).open(encoding="utf-8", newline="") as file:
            return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of the run; keys of older versions are converted to current ones.

        Raises
        ------
        ScenarioError
            When this version of the program no longer accepts a value of it.
        """
        path = self.folder / SCENARIO
        stored = read_document(path)
        document = replace(stored, data=in_keys_of_today(stored.data))
        return with_surfaces_found(path, document, validated(path, document))

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """The stored scenario as plain nested values, with current keys; do not modify."""
        file = self.folder / SCENARIO
        stored = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not isinstance(stored, dict):
            raise InputError(f"{file} is damaged: run the scenario again")
        return in_keys_of_today(stored)

    @cached_property
    def legend(self) -> dict[str, Any]:
        """Region names by tag and the unit and meaning of every field."""
        file = self.folder / LEGEND
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{file} is damaged: run the scenario again") from error

    @cached_property
    def mesh(self) -> SegmentMesh:
        """The mesh with its surfaces and patches."""

        return load_mesh(self.folder / MESH)

    def field_path(self, case: str) -> Path:
        """VTU file of a load case.

        Raises
        ------
        InputError
            When the run has no fields of that case; the message lists those it has.
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

    def fields(self, case: str) -> pyvista.UnstructuredGrid:
        """Fields of one load case on the deformed mesh, for PyVista.

        Point and cell arrays are those of docs/fields.md; ``reference_position`` holds the undeformed positions.

        Raises
        ------
        InputError
            When the run has none of that case, or the file cannot be read.
        """
        import pyvista

        return pyvista.wrap(self._read(case, read_grid))

    def field_arrays(self, case: str) -> Fields:
        """Fields of one load case as plain arrays.

        Raises
        ------
        InputError
            When the run has none of that case, or the file cannot be read.
        """
        points, cells, point_data, cell_data = self._read(case, read_vtu)
        return Fields(points, point_data["reference_position"], cells, point_data, cell_data)

    def _read(self, case: str, reader: Callable[[Path], Read]) -> Read:
        path = self.field_path(case)
        try:
            return reader(path)
        except OSError as error:
            message = f"{path.name} of run {self.folder.resolve().name!r} cannot be read: {error.strerror or error}"
            raise InputError(f"{message}; run {case!r} again") from error

    @property
    def pictures(self) -> dict[str, Picture]:
        """Pictures of the run by name; shown inline in a notebook."""
        return {path.stem: Picture(path) for path in sorted((self.folder / FIGURES).glob("*.png"))}

    def __repr__(self) -> str:
        done = f"{len(self.converged)} of {len(self.cases)} load cases converged"
        return f"<Run {self.name}: {self.status}, {done}, {self.density} mesh, in {self.folder}>"

    def _repr_html_(self) -> str:
        """Notebook display: status, main numbers and charts."""
        return run_html(self)


def load_run(path: str | Path) -> Run:
    """Open a run folder.

    Parameters
    ----------
    path : str or Path
        Folder of the run, of this or an older version of the program.

    Raises
    ------
    InputError
        When it is not a run folder, or has another schema version.
    """
    path = Path(path)
    file = path / SUMMARY
    if not file.is_file():
        raise InputError(f"{path} is not a run folder: it has no {SUMMARY}")
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{file} is not valid JSON (line {error.lineno}): {error.msg}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is damaged: it is not text in UTF-8") from error
    version = summary.get("schema_version") if isinstance(summary, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(f"{file}: schema_version is {version!r}, this program reads {SCHEMA_VERSION}")
    if missing := [key for key, kind in _NEEDED.items() if not isinstance(summary.get(key), kind)]:
        raise InputError(f"{file} is damaged: it lacks {', '.join(missing)}; run the scenario again")
    return Run(path, summary)


def _value(text: str | None) -> Any:
    if text is None or text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text

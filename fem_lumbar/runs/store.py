"""The store of results: run folders are written atomically, under a temporary name until they are complete."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import yaml
from typing_extensions import Self

from fem_lumbar.foundation.atomic_files import write_table
from fem_lumbar.foundation.errors import FemLumbarError, InputError
from fem_lumbar.foundation.json_values import not_finite, plain, write_json
from fem_lumbar.measures.check import Check
from fem_lumbar.meshing.storage import save_mesh
from fem_lumbar.runs.fields import FIELD_LEGEND, LINE_LEGEND, write_fields
from fem_lumbar.runs.owner import drop_owner, record_owner
from fem_lumbar.runs.paths import check_writable, shown_path, unwritable, without_private_paths
from fem_lumbar.runs.provenance import provenance
from fem_lumbar.runs.recovery import drop_unfinished, free_place
from fem_lumbar.runs.run import CURVES, FIELDS, FIGURES, LEGEND, LOG, MESH, SCENARIO, SUMMARY, Run, load_run
from fem_lumbar.runs.schema import SCHEMA_VERSION, validate_case, validate_summary

if TYPE_CHECKING:
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.scenario.model import Scenario
    from fem_lumbar.simulation.case_result import CaseResult

__all__ = ["Run", "RunWriter", "load_run"]

DRAWING_FAILURES = (OSError, RuntimeError, ValueError, ImportError, FemLumbarError)
"""Errors of plotting, rendering and writing a report if something is missing or broken on a machine."""

TIMING = ("mesh", "setup", "solve", "post", "total")
"""Phases that ``timing_s`` always contains; there may be more, and they add up to the total."""


class RunWriter:
    """Writes one run folder ``out_dir/<name>`` while its load cases are being solved; a context manager.

    Files are first written to a hidden sibling folder. :meth:`finish` renames it to ``<name>``. Leaving the block
    without it (exception, Ctrl-C) renames it to ``<name>.partial``, with the finished cases, status ``failed`` and the
    reason. An older ``<name>`` is replaced only then, and not at all if it is complete and the new run failed: the new
    one becomes ``<name>.failed``. An older ``.partial`` or ``.failed`` is replaced only by a run of the same scenario
    with all its converged cases; otherwise the new one is numbered (``<name>.partial-2`` …).

    Parameters
    ----------
    out_dir : Path
        Folder of run folders; created if needed.
    scenario : Scenario
        The scenario that is run.
    mesh : SegmentMesh
        Complete mesh of its anatomy, mm; its hash shows whether two runs share a mesh.
    info : dict
        The ``model`` entry of the summary: nodes, cells, dofs, density, symmetric_mesh …
    assumptions : sequence of str
        Assumptions of the model, one sentence each.
    assumed_values : sequence of dict
        Values without a published source: name, value, unit, confidence, source.
    field_mesh : SegmentMesh, optional
        The part of the mesh that the scenario includes, on which fields are given (default: all of it).
    name : str, optional
        Name of the run folder; default: name of the scenario.
    citations : sequence of dict
        Published sources of the values used: source, confidence, values.

    Raises
    ------
    InputError
        When ``out_dir`` cannot be written, or ``out_dir/<name>`` exists and is not a run folder.
    """

    def __init__(
        self,
        out_dir: Path,
        scenario: Scenario,
        mesh: SegmentMesh,
        info: Mapping[str, Any],
        assumptions: Sequence[str] = (),
        assumed_values: Sequence[Mapping[str, Any]] = (),
        field_mesh: SegmentMesh | None = None,
        name: str | None = None,
        citations: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.out_dir = Path(out_dir)
        self.name = name or scenario.name
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+=,-]*", self.name):
            raise InputError(f"{self.name!r} cannot name a run folder: use letters, digits and _ . + = , -")
        self.folder = self.out_dir / f".{self.name}.tmp-{uuid.uuid4().hex[:8]}"
        self._scenario = scenario
        self._mesh = mesh if field_mesh is None else field_mesh
        self._cases: dict[str, dict[str, Any]] = {}
        self._curves: list[dict[str, Any]] = []
        self._closed = False
        self._started = time.perf_counter()
        self._warnings: list[str] = []
        self._timing = dict.fromkeys(TIMING, 0.0)
        self._head = {
            "schema_version": SCHEMA_VERSION,
            "scenario": scenario.name,
            "provenance": provenance(scenario, mesh),
            "model": plain(dict(info)),
            "assumptions": list(assumptions),
            "assumed_values": plain(list(assumed_values)),
            "citations": plain(list(citations)),
        }
        if fitted := scenario.resolved().get("parameter_set"):
            self._head["parameter_set"] = plain(fitted)
        check_writable(self.out_dir)
        target = self.out_dir / self.name
        if target.exists() and not (target / SUMMARY).is_file():
            raise InputError(
                f"{shown_path(target)} exists and is not a run folder: move it or choose another --out folder"
            )

    def __enter__(self) -> Self:
        try:
            (self.folder / FIELDS).mkdir(parents=True)
            record_owner(self.folder)
            (self.folder / FIGURES).mkdir()
            text = yaml.safe_dump(plain(self._scenario.resolved()), sort_keys=False, allow_unicode=True)
            (self.folder / SCENARIO).write_text(text, encoding="utf-8")
            save_mesh(self._mesh, self.folder / MESH)
            legend = {
                "regions": dict(enumerate(self._mesh.region_names)),
                "fields": _explained(FIELD_LEGEND),
                "lines": _explained(LINE_LEGEND),
            }
            write_json(self.folder / LEGEND, legend)
            self._write_tables("failed", "not finished")
            self.log(f"run {self.name} started")
        except BaseException as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise unwritable(self.out_dir, error) from error
            raise
        return self

    def log(self, message: str) -> None:
        """Append lines to ``run.log`` with the seconds since the start; private paths are shortened.

        Raises
        ------
        InputError
            When the output folder can no longer be written; so do :meth:`warn`, :meth:`add_case` and :meth:`finish`.
        """
        try:
            self._append_to_log(message)
        except OSError as error:
            raise unwritable(self.out_dir, error) from error

    def _append_to_log(self, message: str) -> None:
        stamp = f"{time.perf_counter() - self._started:9.2f} s  "
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.writelines(f"{stamp}{line}\n" for line in without_private_paths(message).splitlines())

    def warn(self, message: str) -> None:
        """Add a warning to the summary and the log."""
        self._warnings.append(without_private_paths(message))
        self.log(f"warning: {message}")

    def add_case(self, result: CaseResult) -> None:
        """Store one load case: summary entry, curves and fields.

        A case with a number that is not finite is stored as failed. Sections that contain such a number move to
        ``not_finite``, with null in its place.

        Raises
        ------
        PhysicsError
            When the summary entry does not conform to the results schema.
        """
        entry = plain(result.summary)
        entry.update(status=result.status, reason=result.reason, load_fraction=float(result.load_fraction))
        if faulty := list(not_finite(result.summary)):
            entry["not_finite"] = {key: entry.pop(key) for key in dict.fromkeys(path[0] for path in faulty)}
            found = "not a finite number: " + ", ".join(".".join(path) for path in faulty)
            entry.update(status="failed", reason="; ".join(filter(None, (result.reason, found))))
        validate_case(result.name, entry)
        try:
            if result.fields is not None:
                write_fields(self.folder / FIELDS, self._mesh, result.name, result.fields)
            self._cases[result.name] = entry
            self._curves.extend(plain(result.curves))
            self._write_tables("failed", "not finished")
        except OSError as error:
            raise unwritable(self.out_dir, error) from error
        reason = "" if entry["reason"] is None else f": {entry['reason']}"
        self.log(f"case {result.name} {entry['status']} at load fraction {result.load_fraction:.3f}{reason}")

    def finish(self, timing: Mapping[str, float], illustrate: Callable[[Path], Sequence[str]] | None = None) -> Path:
        """Complete the run and give the folder its final name.

        Parameters
        ----------
        timing : mapping
            Seconds by phase and in ``total``; those of `TIMING` that are not given are 0.
        illustrate : callable, optional
            Draws figures and writes the report into the given folder; returns warnings. Its time is added to ``post``
            and ``total``. If it fails or is interrupted, only the pictures are lost, not the run.

        Returns
        -------
        path : Path
            The run folder.
        """
        self._timing = dict.fromkeys(TIMING, 0.0) | {key: float(seconds) for key, seconds in timing.items()}
        status, reason = self._verdict()
        target = self.out_dir / self.name
        if status == "failed" and _is_complete(target):
            target = self._free_place("failed")
        try:
            self._write_tables(status, reason)
        except OSError as error:
            raise unwritable(self.out_dir, error) from error
        # The run is complete now: it gets its final name even if the following fails.
        try:
            try:
                if illustrate is not None:
                    self._illustrate(illustrate)
            finally:
                self._append_to_log(f"run {self.name} {status}" + (f": {reason}" if reason else ""))
                self._write_tables(status, reason)
        except OSError as error:
            raise unwritable(self.out_dir, error) from error
        finally:
            with contextlib.suppress(OSError):
                drop_unfinished(self.folder, self._cases)
            self._move_to(target)
        return target

    def _illustrate(self, illustrate: Callable[[Path], Sequence[str]]) -> None:
        """Draw the pictures; failures become warnings."""
        begun = time.perf_counter()
        try:
            warnings = illustrate(self.folder)
        except DRAWING_FAILURES as error:
            warnings = [f"the pictures or the report are incomplete: {type(error).__name__}: {error}"]
        except KeyboardInterrupt:
            self.warn("interrupted while drawing the pictures: some are missing")
            raise
        finally:
            spent = time.perf_counter() - begun
            self._timing["post"] += spent
            self._timing["total"] += spent
        for warning in warnings:
            self.warn(warning)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._closed:
            return
        if isinstance(error, KeyboardInterrupt):
            reason = str(error) or "interrupted by the user"
        elif isinstance(error, FemLumbarError):
            reason = str(error)
        elif error is not None:
            reason = f"{type(error).__name__}: {error}"
        else:
            reason = "ended before it was finished"
        # On a full disk the tables written after the last finished case remain unchanged.
        with contextlib.suppress(OSError):
            drop_unfinished(self.folder, self._cases)
            self._timing["total"] = time.perf_counter() - self._started
            reason = without_private_paths(reason)
            self._write_tables("failed", reason)
            self._append_to_log(f"run {self.name} stopped: {reason}")
        self._move_to(self._free_place("partial"))

    def _verdict(self) -> tuple[str, str | None]:
        """Status of the run and, if it failed, the reason: cases that stopped and checks out of tolerance."""
        reasons = []
        for name, entry in self._cases.items():
            if entry["status"] == "failed":
                reasons.append(f"{name} stopped at load fraction {entry['load_fraction']:.3f}: {entry['reason']}")
            for check, found in entry.get("checks", {}).items():
                if not found["passed"]:
                    reasons.append(f"{name}: {Check.read(name, check, found).told()}")
        if not self._cases:
            reasons.append("no load case was run")
        return ("failed", "; ".join(reasons)) if reasons else ("completed", None)

    def _free_place(self, ending: str) -> Path:
        return free_place(Run(self.folder, plain(self._head | {"load_cases": self._cases})), self.name, ending)

    def _write_tables(self, status: str, reason: str | None) -> None:
        summary = self._head | {
            "status": status,
            "reason": reason,
            "timing_s": {key: round(value, 3) for key, value in self._timing.items()},
            "warnings": self._warnings,
            "load_cases": self._cases,
        }
        validate_summary(summary)
        write_json(self.folder / SUMMARY, summary)
        columns = list(dict.fromkeys(key for row in self._curves for key in row)) or ["case", "step", "load_fraction"]
        write_table(self.folder / CURVES, columns, self._curves)

    def _move_to(self, target: Path) -> None:
        """Rename the temporary folder; an older run folder is removed only after the new one is in place."""
        older = self.out_dir / f".{target.name}.old-{uuid.uuid4().hex[:8]}"
        try:
            if target.exists():
                record_owner(target)
                target.rename(older)
            self.folder.rename(target)
            drop_owner(target)
        except BaseException as error:
            if older.exists() and not target.exists():
                older.rename(target)
                drop_owner(target)
            if isinstance(error, OSError):
                raise unwritable(self.out_dir, error) from error
            raise
        self._closed = True
        self.folder = target
        shutil.rmtree(older, ignore_errors=True)


def _explained(legend: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {"unit": unit, "meaning": text} for name, (unit, text) in legend.items()}


def _is_complete(folder: Path) -> bool:
    return (folder / SUMMARY).is_file() and load_run(folder).summary["status"] == "completed"

"""Tables printed on the terminal after a run or a sweep."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from fem_lumbar.anatomy.spine import ALL_JOINTS
from fem_lumbar.cli.options import shown
from fem_lumbar.documents.checks_text import checks_table
from fem_lumbar.documents.marks import MarkedNumbers
from fem_lumbar.documents.tables import Document, Paragraph, Table, number, print_document
from fem_lumbar.documents.time_text import cycle_table, held_table
from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.runs.run import FIELDS, FIGURES, PAGE, REPORT, Run

if TYPE_CHECKING:
    from fem_lumbar.measures.entries import LoadCase
    from fem_lumbar.runs.sweep import PointDone

_UNLIMITED = 100_000
_MANY = 20
"""Number of points above which those without problems are listed only with ``--full``."""
SIGNS = (
    "Rotation about the axis of the moment (other cases: flexion): + flexion, + right bending, + left rotation. "
    "Pressure: in the nucleus, + compression. Facet: force on the cartilage, a magnitude."
)


def print_run(run: Run, full: bool = False) -> None:
    """Print results of all load cases, warnings, failures, and paths of files; with ``full`` also all checks."""
    summary = run.summary
    document: Document = [_results(run)]
    document += [table for table in (held_table(run, 2), cycle_table(run)) if table.rows]
    checks = checks_table(run)
    if checks.rows:
        document.append(checks if full else _checks_in_short(checks))
    for title, lines in (("Warnings", run.warnings), ("Failed", _reasons(run))):
        if lines:
            document.append(Paragraph.bulleted(lines, title))
    document.append(Paragraph("\n".join(_files(run.folder)), "Files"))
    model = summary["model"]
    size = ", ".join(f"{model[key]:,} {key}" for key in ("nodes", "cells", "dofs") if key in model)
    done = f"{len(run.converged)} of {len(run.cases)} load cases converged"
    title = f"{run.name}: {run.status}, {done} ({model.get('density')} mesh, {size})"
    print_document(title, document, console())


def print_points(points: list[PointDone], table: str, full: bool = False, results: Table | None = None) -> None:
    """Print results and outcomes of the points of a sweep, and the path of the table; of many points only failures."""
    counts = {status: sum(point.status == status for point in points) for status in ("completed", "skipped", "failed")}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    shown = points if full or len(points) <= _MANY else [point for point in points if point.reason]
    document: Document = []
    if results is not None and results.rows and (full or len(points) <= _MANY):
        document.append(results)
    if shown:
        rows: list[Sequence[str]] = [(point.name, point.status, point.reason or "") for point in shown]
        title = "Points" if len(shown) == len(points) else "Points that failed (all: --full)"
        document.append(Table(title, ("run", "status", "reason"), rows))
    document.append(Paragraph(table, "Table of all results"))
    print_document(f"{len(points)} points: {told}", document, console())


class _Output(Console):
    """Standard output whose reader may close the pipe, such as ``head``: this ends the command without failure."""

    def on_broken_pipe(self) -> None:
        """Leave the error to the entry point."""
        raise BrokenPipeError


def console() -> Console:
    """Console on standard output: as wide as the terminal or ``COLUMNS``, otherwise wide enough for the tables."""
    output = _Output(highlight=False)
    if not output.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        output.width = _UNLIMITED
    return output


def main_component(case: str) -> str:
    """Main rotation component of a load case: that of its moment, else flexion."""
    if case not in MOMENT_AXIS:
        return "flexion"
    return ("lateral_bending", "flexion", "axial_rotation")[[abs(x) for x in MOMENT_AXIS[case]].index(1.0)]


def joints_of(run: Run) -> list[str]:
    """Joints for which a run has results."""
    return [joint for joint in ALL_JOINTS if any(joint in case.get("rotation_deg", {}) for case in run.cases.values())]


def _results(run: Run) -> Table:
    joints = joints_of(run)
    marked = MarkedNumbers.of(run)
    note = f"{SIGNS} {marked.note(('facet_force_N',))}"
    table = Table("Results", ["load case", "status", *result_columns(joints), "time\ns"], note=note)
    for name, case in _cases(run):
        cells = result_cells(name, case, joints, marked)
        table.rows.append([name, case_status(case), *cells, number(case.get("wall_s"))])
    return table


def result_columns(joints: Sequence[str]) -> list[str]:
    """Headings of the brief results of a load case (see `result_cells`)."""
    columns = [f"rotation\n{joint}\n°" for joint in joints]
    columns += [f"pressure\n{joint}\nMPa" for joint in joints]
    return columns + [
        f"facet\n{joint}\nleft N" if side == "left" else "right\nN" for joint in joints for side in _SIDES
    ]


def result_cells(name: str, case: Mapping[str, Any], joints: Sequence[str], marked: MarkedNumbers) -> list[str]:
    """Brief results of a load case: rotation, pressure and facet forces of each joint."""
    cells = [_at(case, "rotation_deg", joint, main_component(name)) for joint in joints]
    cells += [_at(case, "idp_MPa", joint) for joint in joints]
    return cells + [
        marked.text(name, ("facet_force_N", joint, side), value_at(case, ("facet_force_N", joint, side)))
        for joint in joints
        for side in _SIDES
    ]


def case_status(case: Mapping[str, Any]) -> str:
    """Whether a load case converged, the load at which it stopped, and whether a check failed, as text."""
    if case["status"] == "failed":
        return f"failed at {case['load_fraction']:.0%} load"
    passed = all(found["passed"] for found in case.get("checks", {}).values())
    return case["status"] if passed else f"{case['status']}, check failed"


_SIDES = ("left", "right")


def _checks_in_short(checks: Table) -> Table | Paragraph:
    """Failed checks, or a statement that all passed."""
    failed = [row for row in checks.rows if row[-1] != "yes"]
    if not failed:
        text = f"all {len(checks.rows)} kinds passed in every load case (values: --full)\n{checks.note}"
        return Paragraph(text, "Checks")
    title = f"Checks out of tolerance, {len(failed)} of {len(checks.rows)} (all: --full)"
    return Table(title, checks.columns, failed, checks.note)


def _reasons(run: Run) -> list[str]:
    """Reasons why a run failed, by case; the reason of the run itself if no case failed."""
    lines = []
    for name, case in _cases(run):
        if case["status"] == "failed":
            lines.append(f"{name} stopped at {case['load_fraction']:.1%} of the load: {case['reason']}")
        lines += [f"{name}: {found.told()}" for found in run.failed_checks if found.case == name]
    if not lines and run.reason:
        lines.append(run.reason)
    return lines


def _cases(run: Run) -> list[tuple[str, LoadCase]]:
    """Load cases in the order of the scenario."""
    order = [*run.resolved.get("load_cases", ()), *run.cases]
    return sorted(run.cases.items(), key=lambda item: order.index(item[0]))


def _files(folder: Path) -> list[str]:
    pictures = sorted(path.name for path in (folder / FIGURES).glob("*.png"))
    lines = [f"- {shown(folder)}"]
    if (folder / PAGE).is_file():
        lines.append(f"- report: {shown(folder / PAGE)} (open it in a browser)")
    if (folder / REPORT).is_file():
        lines.append(f"- report as text: {shown(folder / REPORT)}")
    lines += [f"- picture: {shown(folder / FIGURES / name)}" for name in pictures]
    if any((folder / FIELDS).glob("*.vtu")):
        lines.append(f"- fields: {shown(folder / FIELDS)} (open with: fem-lumbar view {shown(folder)})")
    return lines


def _at(case: Mapping[str, Any], *keys: str) -> str:
    return number(value_at(case, keys))

"""Brief results of a sweep: one row per point and load case, with the varied values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fem_lumbar.cli.tables import SIGNS, case_status, joints_of, result_cells, result_columns
from fem_lumbar.documents.marks import MarkedNumbers
from fem_lumbar.documents.tables import Table
from fem_lumbar.documents.time_text import only_full_load
from fem_lumbar.measures.quantities import in_time
from fem_lumbar.runs.points import short_keys
from fem_lumbar.runs.run import SUMMARY, load_run
from fem_lumbar.runs.sweep import PointDone


def sweep_results(points: Iterable[PointDone], out: Path) -> Table:
    """Rotation, pressure and facet forces of every completed point.

    Parameters
    ----------
    points : iterable of PointDone
        Outcomes of the points.
    out : Path
        Folder of their runs.
    """
    runs = [(point.point, load_run(out / point.name)) for point in points if (out / point.name / SUMMARY).is_file()]
    joints = list(dict.fromkeys(joint for _, run in runs for joint in joints_of(run)))
    keys = list(dict.fromkeys(key for point, _ in runs for key in point))
    table = Table("Results", [*short_keys(keys), "load case", "status", *result_columns(joints)], note=SIGNS)
    for point, run in runs:
        marked = MarkedNumbers.of(run)
        values = [point.get(key, "") for key in keys]
        for name, case in run.cases.items():
            table.rows.append([*values, name, case_status(case), *result_cells(name, case, joints, marked)])
    if runs:
        table.note += f" {marked.note(('facet_force_N',))}"
        timed = dict.fromkeys(name for _, run in runs for name, case in run.cases.items() if in_time(case))
        table.note = " ".join(filter(None, (table.note, only_full_load(timed))))
    return table

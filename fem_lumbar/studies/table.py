"""The table of a study, ``study.parquet`` and ``study.csv``: one row per point and load case.

Columns: ``point``, ``load_case``, ``status`` (``done`` or ``failed``), ``reason``, a column for each factor and each
output, and for each output ``floor:<output>`` and ``mesh_error:<output>``, its errors due to the solver tolerance and
due to the mesh, NaN if unknown. Units are in ``study.columns.csv``, one row per column, and in the Parquet file as
``unit`` in the metadata of each column.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.foundation.atomic_files import replacing, write_table
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.table import COLUMN, column_row
from fem_lumbar.studies.manifest import Manifest, read_manifest
from fem_lumbar.studies.outputs import ASYMMETRY

if TYPE_CHECKING:
    import pandas

PARQUET, CSV, COLUMNS = "study.parquet", "study.csv", "study.columns.csv"
HEAD = ("point", "load_case", "status", "reason")
"""First columns of every table."""
_HEAD_MEANING = {
    "point": "number of the point in the plan",
    "load_case": "load case",
    "status": "done or failed",
    "reason": "why the point or the load case failed",
}
DONE, FAILED = "done", "failed"
FLOOR, MESH_ERROR = "floor:", "mesh_error:"
"""Prefixes of the name of an output for the columns of its errors, in its own unit."""


def columns(manifest: Manifest) -> list[str]:
    """Names of the columns of a study in their order."""
    outputs = [one.name for one in manifest.outputs]
    errors = [f"{error}{name}" for error in (FLOOR, MESH_ERROR) for name in outputs]
    return [*HEAD, *(one.name for one in manifest.factors), *outputs, *errors]


def write(folder: Path, frame: pandas.DataFrame, manifest: Manifest) -> None:
    """Write ``study.parquet``, ``study.csv`` and ``study.columns.csv``, each atomically."""
    import pyarrow
    from pyarrow import parquet

    folder = Path(folder)
    told = [_told(column, manifest) for column in frame.columns]
    data = pyarrow.Table.from_pandas(frame, preserve_index=False)
    fields = [one.with_metadata({"unit": row["unit"]}) for one, row in zip(data.schema, told, strict=True)]
    with replacing(folder / PARQUET) as part:
        parquet.write_table(data.cast(pyarrow.schema(fields, data.schema.metadata)), part)
    with replacing(folder / CSV) as part:
        frame.to_csv(part, index=False, lineterminator="\n")
    write_table(folder / COLUMNS, COLUMN, told)


def _told(column: str, manifest: Manifest) -> dict[str, str]:
    """Description of a column: its unit, the sign convention of its values, and their meaning."""
    if column in HEAD:
        return dict(zip(COLUMN, (column, "", "", _HEAD_MEANING[column]), strict=True))
    for factor in manifest.factors:
        if factor.name == column:
            return dict(zip(COLUMN, (column, factor.unit, "", factor.sets), strict=True))
    prefix = next((one for one in (FLOOR, MESH_ERROR) if column.startswith(one)), "")
    name = column.removeprefix(prefix)
    output = next(one for one in manifest.outputs if one.name == name)
    row = column_row(output.path.removeprefix(ASYMMETRY))
    if output.path.startswith(ASYMMETRY):
        row |= {"sign": "left positive", "definition": f"(left - right) / (|left| + |right|): {row['definition']}"}
    what = {FLOOR: "what the tolerance of the solver may change in it: ", MESH_ERROR: "error of the mesh: "}
    return row | {
        "column": column,
        "unit": output.unit,
        "sign": "" if prefix else row["sign"],
        "definition": what.get(prefix, "") + row["definition"],
    }


def read(folder: Path) -> tuple[Manifest, pandas.DataFrame]:
    """Manifest and table of a study.

    Raises
    ------
    InputError
        When the folder is not that of a study, or its table is missing or does not match its manifest.
    """
    import pandas

    folder = Path(folder)
    manifest = read_manifest(folder)
    file = folder / PARQUET
    if not file.is_file():
        raise InputError(f"{folder} has no {PARQUET} yet: no point is done (see: fem-lumbar study status)")
    try:
        frame = pandas.read_parquet(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    if missing := [name for name in columns(manifest) if name not in frame.columns]:
        raise InputError(f"{file} lacks the column {missing[0]!r} that study.json names")
    return manifest, frame

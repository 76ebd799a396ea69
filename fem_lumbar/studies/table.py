"""The table of a study, ``study.parquet`` and ``study.csv``: a row for each point and load case.

Columns: ``point``, ``load_case``, ``status`` (``done`` or ``failed``), ``reason``, a column for each factor and each
output, and for each output ``floor:<output>`` and ``mesh_error:<output>``: what the tolerance of the solver and what
the mesh may change in it, NaN where that is not known.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.studies.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    import pandas

PARQUET, CSV = "study.parquet", "study.csv"
HEAD = ("point", "load_case", "status", "reason")
"""Columns that every table has, first."""
DONE, FAILED = "done", "failed"
FLOOR, MESH_ERROR = "floor:", "mesh_error:"
"""Stand before the name of an output: columns of its errors, in its own unit."""


def columns(manifest: Manifest) -> list[str]:
    """Names of the columns of a study in their order."""
    outputs = [one.name for one in manifest.outputs]
    errors = [f"{error}{name}" for error in (FLOOR, MESH_ERROR) for name in outputs]
    return [*HEAD, *(one.name for one in manifest.factors), *outputs, *errors]


def write(folder: Path, frame: pandas.DataFrame) -> None:
    """Write ``study.parquet`` and ``study.csv``, each whole or not at all."""
    folder = Path(folder)
    with replacing(folder / PARQUET) as part:
        frame.to_parquet(part, index=False)
    with replacing(folder / CSV) as part:
        frame.to_csv(part, index=False, lineterminator="\n")


def read(folder: Path) -> tuple[Manifest, pandas.DataFrame]:
    """Manifest and table of a study.

    Raises
    ------
    InputError
        When the folder is not that of a study, or its table is missing or not that of its manifest.
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

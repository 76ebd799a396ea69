"""The folder of a study, with a copy of its file from which it can be continued."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.paths import check_writable, unwritable
from fem_lumbar.scenario.document import read_document
from fem_lumbar.studies.faults import WHAT
from fem_lumbar.studies.reading import study_of
from fem_lumbar.studies.study import Study

COPY = "study.yaml"


def study_in(path: Path, out: Path, density: str | None = None, is_folder: bool = False) -> tuple[Study, Path]:
    """A study and its folder.

    Parameters
    ----------
    path : Path
        Study file, or the folder of a study.
    out : Path
        Folder of the study (``is_folder``), or parent folder of all studies, each in a subfolder of its name.
    density : str, optional
        Mesh density; default: that of the file.

    Raises
    ------
    InputError
        When the folder is not that of a study, or the study is invalid.
    """
    if path.is_dir():
        if not (path / COPY).is_file():
            raise InputError(f"{path} is not the folder of a study: it has no {COPY}")
        return study_of(path / COPY, read_document(path / COPY, what=WHAT), density), path
    study = study_of(path, read_document(path, what=WHAT), density)
    return study, out if is_folder else out / study.name


def begin_folder(folder: Path, path: Path, density: str | None = None) -> None:
    """Copy a study file to the folder of its study, from which it can be continued, unless it is there.

    Parameters
    ----------
    folder, path, density
        Folder of the study, and arguments of :func:`study_in`.

    Raises
    ------
    InputError
        When the folder cannot be written.
    """
    if path.is_dir():
        return
    check_writable(folder)
    data = {**read_document(path, what=WHAT).data, **({"density": density} if density else {})}
    text = yaml.safe_dump(_from(data, path.parent, folder), sort_keys=False, allow_unicode=True)
    try:
        write_text(folder / COPY, text)
    except OSError as error:
        raise unwritable(folder, error) from error


def _from(data: dict[str, Any], old: Path, new: Path) -> dict[str, Any]:
    """Content of a study file with the paths in it changed to be relative to another folder."""
    moved = deepcopy(data)
    places = [(moved, "scenario"), (moved["design"], "file")]
    for factor in moved["factors"].values():
        drawn = [one.get("distribution") for one in (factor, *(factor.get("rows") or ()))]
        places += [(one, "file") for one in drawn if one]
    for place, key in places:
        if key in place:
            place[key] = Path(os.path.relpath((old / place[key]).resolve(), new.resolve())).as_posix()
    return moved

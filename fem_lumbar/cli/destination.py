"""Check of output files before a computation starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fem_lumbar.foundation.errors import InputError


def check_file(path: Path, option: str, endings: Sequence[str]) -> None:
    """Check that a file can be written.

    Parameters
    ----------
    path : Path
        The file.
    option : str
        Option with which it is given, for messages.
    endings : sequence of str
        Allowed suffixes, e.g. ``.png``.

    Raises
    ------
    InputError
        When the suffix is not allowed, a folder has that name, the parent folder does not exist, or the file or its
        folder is not writable.
    """
    if path.suffix.lower() not in endings:
        given = f"{path.suffix!r} is not a supported format" if path.suffix else "the name has no extension"
        raise InputError(f"{option} {path}: {given}\n    allowed: {', '.join(endings)}")
    if path.is_dir():
        raise InputError(f"{option} {path}: that is a folder; name a file in it")
    folder = path.absolute().parent
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{option} {path}: {folder.name} is a file, not a folder")
    if not folder.exists():
        raise InputError(f"{option} {path}: folder {path.parent} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(f"{option} {path}: no permission to write there")

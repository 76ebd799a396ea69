"""Results folders: whether they are writable, and their display without private paths."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.wording import without_private_paths

__all__ = ["check_writable", "shown_path", "unwritable", "without_private_paths"]


def check_writable(out_dir: Path) -> None:
    """Check that results can be written into a folder, which is created if needed.

    Raises
    ------
    InputError
        Naming the folder relative to the current one, the reason and the remedy.
    """
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        probe = out_dir / f".probe-{uuid.uuid4().hex[:8]}"
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise unwritable(out_dir, error) from error


def shown_path(path: Path) -> str:
    """A path relative to the current folder, or its name if it is elsewhere."""
    try:
        shown = os.path.relpath(path)
    except ValueError:
        return path.name
    return path.name if shown.startswith("..") and path.is_absolute() else shown


def unwritable(out_dir: Path, error: OSError) -> InputError:
    """The error for a results folder that cannot be written: the folder, the reason and the remedy."""
    reason = error.strerror or type(error).__name__
    return InputError(
        f"cannot write results into {shown_path(out_dir)}: {reason}\n"
        "  choose another folder with --out, free some space, or change its permissions"
    )

"""Checks of names for files and folders: valid and distinct on every file system."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{i}" for device in ("com", "lpt") for i in range(1, 10))}
_LONGEST = 80


def unusable(name: str) -> str | None:
    """Message on why a name is not valid for a file on every system; None if it is."""
    if name.split(".")[0].lower() in _RESERVED:
        return f"'{name}' is a reserved name: Windows allows no file or folder of this name"
    if name.endswith((".", " ")):
        return f"'{name}' ends with a {'point' if name.endswith('.') else 'space'}, which Windows removes"
    if len(name) > _LONGEST:
        return f"the name has {len(name)} characters; some file systems cannot hold it with what is added to it"
    return None


def is_file(path: Path) -> bool:
    """Whether there is a file of this name; False for a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def names_beside(path: Path) -> list[str]:
    """Names of all entries in the folder of a path; empty if there is no such folder."""
    try:
        return [one.name for one in path.parent.iterdir()]
    except (OSError, ValueError):
        return []


def same_but_for_case(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ only in upper and lower case."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]

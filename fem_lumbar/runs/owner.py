"""The process that writes a folder, to distinguish leftovers of a killed process from a run in progress."""

from __future__ import annotations

import json
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from fem_lumbar.foundation.atomic_files import write_text

OWNER = ".owner.json"
_CLOCK_S = 2.0
"""Tolerance between two readings of the start time of a process, if known only as time of day."""


def record_owner(folder: Path) -> None:
    """Record this process as the owner of a folder."""
    write_text(folder / OWNER, json.dumps(_own_identity(os.getpid())))


def drop_owner(folder: Path) -> None:
    """Remove the record from a folder."""
    (folder / OWNER).unlink(missing_ok=True)


def is_orphaned(folder: Path) -> bool | None:
    """Whether the process that owns a folder has certainly ended; None if unknown.

    It is unknown without a record, or for a process of another computer or container. A reused process id is detected
    by
    the start time of the process.
    """
    try:
        owner = json.loads((folder / OWNER).read_text(encoding="utf-8"))
        pid, here = int(owner["pid"]), _place()
        if any(owner[key] != here[key] for key in ("host", "container")):
            return None
        if owner["boot"] != here["boot"]:
            return True
        return not _is_same_start(_started(pid), owner["started"])
    except psutil.NoSuchProcess:
        return True
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


@cache
def _own_identity(pid: int) -> dict[str, Any]:
    """Identity of the process with this id, to distinguish it from others that reuse the id."""
    return {"pid": pid, "started": _started(pid), **_place()}


def _place() -> dict[str, str]:
    """Computer, container to which process ids belong, and boot identifier; empty if unknown."""
    return {"host": platform.node(), "container": _container(), "boot": _read("/proc/sys/kernel/random/boot_id")}


def _container() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> dict[str, float]:
    """Start of a process: in clock ticks since boot if available, else as time of day.

    Ticks do not change when the clock is set.
    """
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    stat = _read(f"/proc/{pid}/stat")
    return {"ticks": float(stat.rpartition(")")[2].split()[19])} if stat else {"time_s": process.create_time()}


def _is_same_start(one: dict[str, float], other: dict[str, float]) -> bool:
    if "ticks" in one:
        return one == other
    return abs(one["time_s"] - other["time_s"]) <= _CLOCK_S


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""

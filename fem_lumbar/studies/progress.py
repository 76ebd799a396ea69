"""``progress.jsonl`` of a study folder: one line per completed point, readable from another shell.

Lines are only appended, so that earlier ones remain when a process is killed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_lumbar.runs.owner import is_orphaned, record_owner
from fem_lumbar.studies.solving import PointResult

PROGRESS = "progress.jsonl"
RUNNING = ".running"
"""Folder with the record of the process that runs the study."""
_RECENT = 50
"""Number of recent points used for the forecast."""


class ProgressLog:
    """Writes the progress of one run of a study.

    Parameters
    ----------
    folder : Path
        Folder of the study.
    run : str
        Identifier of the run.
    planned : int
        Number of points of the study.
    study : str
        Hash that distinguishes the study from an earlier one in the same folder.
    """

    def __init__(self, folder: Path, run: str, planned: int, study: str = "") -> None:
        self._mark = folder / RUNNING / run
        self._mark.mkdir(parents=True, exist_ok=True)
        for killed in self._mark.parent.iterdir():
            if is_orphaned(killed):
                shutil.rmtree(killed, ignore_errors=True)
        record_owner(self._mark)
        self._path, self._run = folder / PROGRESS, run
        self._add({"run": run, "planned": planned, "study": study, "host": platform.node(), "pid": os.getpid()})

    def add(self, result: PointResult, workers: int) -> None:
        """Append the outcome of a point."""
        self._add(
            {
                "run": self._run,
                "point": result.point.number,
                "status": result.status,
                **({"reason": result.reason} if result.reason else {}),
                "wall_s": round(result.wall_s, 3),
                "overhead_s": round(result.overhead_s, 4),
                "new": result.is_new,
                "workers": workers,
            }
        )

    def close(self) -> None:
        """Append that the run has ended."""
        shutil.rmtree(self._mark, ignore_errors=True)

    def _add(self, entry: dict[str, Any]) -> None:
        line = json.dumps({"t": round(time.time(), 2), **entry}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


@dataclass(frozen=True)
class Progress:
    """Progress of a study.

    Attributes
    ----------
    planned, done, failed : int
        Numbers of points.
    running : int or None
        Number of active runs of the study; None if that cannot be determined from here.
    reasons : dict
        Number of failed points by reason.
    left_s : float or None
        Expected remaining time at the current rate, s; None if unknown.
    solved : int
        Number of points that were solved, as opposed to read from the store.
    repeated : int
        Number of points that were solved more than once.
    """

    planned: int
    done: int
    failed: int
    running: int | None
    reasons: dict[str, int]
    left_s: float | None
    solved: int
    repeated: int


def read_progress(folder: Path) -> Progress:
    """Progress of a study according to its last runs."""
    planned, study = 0, ""
    states, reasons, solved = dict[int, str](), dict[int, str](), dict[int, int]()
    pace: list[tuple[str, float]] = []
    for entry in _entries(folder / PROGRESS):
        if "planned" in entry:
            if entry.get("study", "") != study:  # the file was changed and has other points
                study = entry.get("study", "")
                states, reasons, solved = {}, {}, {}
            planned = entry["planned"]
            continue
        number = entry["point"]
        states[number] = entry["status"]
        reasons.pop(number, None)
        if entry["status"] == "failed":
            reasons[number] = entry.get("reason", "")
        if entry.get("new"):
            solved[number] = solved.get(number, 0) + 1
            pace.append((entry["run"], entry["t"]))
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[_kind(reason)] = counts.get(_kind(reason), 0) + 1
    failed = sum(state == "failed" for state in states.values())
    left = planned - len(states)
    return Progress(
        planned,
        len(states) - failed,
        failed,
        _running(folder / RUNNING),
        dict(sorted(counts.items(), key=lambda item: -item[1])),
        _left_s(pace, left),
        len(solved),
        sum(count > 1 for count in solved.values()),
    )


def _left_s(pace: list[tuple[str, float]], left: int) -> float | None:
    """Expected time for ``left`` points at the rate of the last run, s."""
    times = [t for run, t in pace if run == pace[-1][0]][-_RECENT:] if pace else []
    if left <= 0:
        return 0.0
    return left * (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else None


def _running(folder: Path) -> int | None:
    """Number of active runs."""
    try:
        orphaned = [is_orphaned(one) for one in folder.iterdir() if one.is_dir()]
    except OSError:
        return 0
    return None if None in orphaned else orphaned.count(False)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """Entries of the complete lines."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # truncated last line of a killed process
            continue
        if isinstance(entry, dict) and "t" in entry:
            yield entry


def _kind(reason: str) -> str:
    """A reason without its numbers, so that similar ones are counted together."""
    first = reason.splitlines()[0] if reason else "no reason was given"
    return first if len(first) <= 160 else first[:157] + "..."

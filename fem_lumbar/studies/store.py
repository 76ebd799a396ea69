"""Results of single points, each kept once under what defines it, for all studies.

The address of a point is the hash of its resolved scenario (mesh sizes and load cases included) and of the program.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.json_values import plain
from fem_lumbar.runs.owner import OWNER, is_orphaned, record_owner
from fem_lumbar.runs.paths import unwritable
from fem_lumbar.runs.provenance import made_by
from fem_lumbar.scenario.model import Scenario

WORKING = ".working"
"""Folder of what is being worked on: a file for each claimed point, a folder for each process."""
BEAT_S, SILENT_S = 20.0, 300.0
"""How often a process at work says so, and after what silence it is taken for dead where that cannot be asked."""


class StoreError(InputError):
    """The store cannot be written or read: a full disk, a lost network share."""


class PointStore:
    """A folder of results by address.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @staticmethod
    def address(scenario: Scenario) -> str:
        """What the results of a scenario, made by this program, are kept under."""
        text = json.dumps(made_by(scenario), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def path(self, address: str) -> Path:
        """File of a point."""
        return self.folder / address[:2] / f"{address}.json.gz"

    def get(self, address: str) -> dict[str, Any] | None:
        """Results of a point; None when it has none that can be read.

        Raises
        ------
        StoreError
            When the file is there and the disk does not give it.
        """
        try:
            raw = self.path(address).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"the results of a point cannot be read: {error.strerror}") from error
        try:
            found = json.loads(gzip.decompress(raw))
        except (OSError, EOFError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def put(self, address: str, results: Mapping[str, Any]) -> None:
        """Keep the results of a point, whole or not at all.

        Raises
        ------
        StoreError
            When they cannot be written.
        """
        path = self.path(address)
        data = json.dumps(plain(results), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_bytes(gzip.compress(data, compresslevel=3, mtime=0))
        except OSError as error:
            raise StoreError(str(unwritable(self.folder, error))) from error

    @contextmanager
    def working(self, address: str, run: str) -> Iterator[Path | None]:
        """Work on a point alone: the path of a folder to work in, None when another process is at it.

        The folder is not there yet, and is removed in the end: making and removing one takes longer than all else here.

        Parameters
        ----------
        address : str
            Of the point.
        run : str
            Id of the run of a study. What a worker of the same run left is taken over at once: a scheduler gives a
            point to one worker at a time.
        """
        claim = self.folder / WORKING / address
        try:
            desk = _desk(claim.parent)
            claimed = _claimed(claim, desk.name, run)
        except OSError as error:
            raise StoreError(str(unwritable(self.folder, error))) from error
        if not claimed:
            yield None
            return
        folder = desk / address
        try:
            yield folder
        finally:
            if folder.exists():
                shutil.rmtree(folder, ignore_errors=True)
            if _claimant(claim) == (desk.name, run):
                with suppress(OSError):
                    claim.unlink()

    def clear_up(self) -> int:
        """Remove what killed processes were working on; returns how many points that were."""
        entries = _entries(self.folder / WORKING)
        for desk in entries:
            if desk.is_dir() and _is_left(desk):
                _removed(desk)
        return sum(_removed(claim) for claim in entries if claim.is_file() and _is_given_up(claim))


_desks: dict[tuple[int, Path], Path] = {}
"""Folders of this process by process id and place: a forked process has none."""
_beating: dict[int, threading.Thread] = {}
"""The thread that says that the process is at work, by process id."""
_one_at_a_time = threading.Lock()


def _desk(place: Path) -> Path:
    """Folder of this process among those at work in a place, with the record of who it is."""
    key = pid, _ = os.getpid(), place
    with _one_at_a_time:
        desk = _desks.get(key)
        if desk is None or not (desk / OWNER).exists():  # it may have been taken for dead, and removed
            desk = place / uuid.uuid4().hex
            desk.mkdir(parents=True)
            record_owner(desk)
            _desks[key] = desk
        if pid not in _beating:
            _beating[pid] = threading.Thread(target=_beat, daemon=True)
            _beating[pid].start()
    return desk


def _claimed(claim: Path, desk: str, run: str) -> bool:
    """Claim a point for a process (its folder) and run; False when another process is at it."""
    for _ in range(2):
        try:
            _written(claim, f"{desk} {run}")
        except FileExistsError:
            earlier, its_run = _claimant(claim)
            if not (its_run == run or _is_given_up(claim)) or not _removed(claim):
                return False
            if earlier:
                _removed(claim.parent / earlier / claim.name)
        else:
            return True
    return False


def _written(claim: Path, text: str) -> None:
    """Write a claim that is not there yet."""
    with claim.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:  # a full disk takes a name and no text
            claim.unlink(missing_ok=True)
            raise


def _claimant(claim: Path) -> tuple[str, str]:
    """Folder of the process, and run, that claim a point; empty when that is not to be read."""
    try:
        desk, run = claim.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return "", ""
    return desk, run


def _is_given_up(claim: Path) -> bool:
    """Whether nobody works on a point any more."""
    desk, _ = _claimant(claim)
    return _is_left(claim.parent / desk) if desk else _silence_s(claim) > SILENT_S


def _beat() -> None:
    while True:
        time.sleep(BEAT_S)
        for (pid, _), desk in list(_desks.items()):
            if pid == os.getpid():
                with suppress(OSError):
                    os.utime(desk / OWNER)


def _is_left(desk: Path) -> bool:
    """Whether the process of a folder is gone: it has ended or, where that cannot be asked, has been silent."""
    if not desk.exists():
        return True
    orphaned = is_orphaned(desk)
    return _silence_s(desk) > SILENT_S if orphaned is None else orphaned


def _silence_s(path: Path) -> float:
    """Seconds since the process of a folder last spoke (a file: since it was made), by the clock of the disk."""
    probe = path.parent / f".clock-{uuid.uuid4().hex[:8]}"
    try:
        probe.touch()
        spoken = path / OWNER if (path / OWNER).exists() else path
        return probe.stat().st_mtime - spoken.stat().st_mtime
    except OSError:
        return 0.0
    finally:
        probe.unlink(missing_ok=True)


def _removed(path: Path) -> bool:
    """Remove a folder or file; False when another process has done so."""
    trash = path.with_name(f".trash-{uuid.uuid4().hex}")
    try:
        path.rename(trash)  # one process alone can do this
    except OSError:
        return False
    if trash.is_dir():
        shutil.rmtree(trash, ignore_errors=True)
    else:
        trash.unlink(missing_ok=True)
    return True


def _entries(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if not one.name.startswith(".")]
    except OSError:
        return []

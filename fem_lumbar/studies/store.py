"""Store of results of single points, shared by all studies, each under the hash of its definition.

The address of a point is the hash of its resolved scenario (including mesh sizes and load cases) and of the program.
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
"""Folder of work in progress: a file for each claimed point, a folder for each process."""
BEAT_S, SILENT_S = 20.0, 300.0
"""Interval of the sign of life of a process, and silence after which it counts as dead if that cannot be queried."""


class StoreError(InputError):
    """The store cannot be written or read, e.g. with a full disk or a lost network share."""


class PointStore:
    """A folder of results by address.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @staticmethod
    def address(scenario: Scenario) -> str:
        """Address of the results of a scenario with this program version."""
        text = json.dumps(made_by(scenario), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def path(self, address: str) -> Path:
        """File of a point."""
        return self.folder / address[:2] / f"{address}.json.gz"

    def get(self, address: str) -> dict[str, Any] | None:
        """Results of a point; None if missing or unreadable.

        Raises
        ------
        StoreError
            When the file exists but cannot be read from the disk.
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
        """Store the results of a point atomically.

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
        """Claim a point: yields the path of a working folder, or None if another process has claimed it.

        The folder is not created, and is removed at the end: creating and removing one is the most expensive step here.

        Parameters
        ----------
        address : str
            Address of the point.
        run : str
            Identifier of the run of a study. Claims left by a worker of the same run are taken over at once, since a
            scheduler assigns a point to one worker at a time.
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
        """Remove the work in progress of killed processes; returns the number of points."""
        entries = _entries(self.folder / WORKING)
        for desk in entries:
            if desk.is_dir() and _is_left(desk):
                _removed(desk)
        return sum(_removed(claim) for claim in entries if claim.is_file() and _is_given_up(claim))


_desks: dict[tuple[int, Path], Path] = {}
"""Folders of this process by process id and place; a forked process does not share them."""
_beating: dict[int, threading.Thread] = {}
"""Thread that gives the sign of life of this process, by process id."""
_one_at_a_time = threading.Lock()


def _desk(place: Path) -> Path:
    """Folder of this process in ``place``, with the record of its owner."""
    key = pid, _ = os.getpid(), place
    with _one_at_a_time:
        desk = _desks.get(key)
        if desk is None or not (desk / OWNER).exists():  # it may have been considered dead, and removed
            desk = place / uuid.uuid4().hex
            desk.mkdir(parents=True)
            record_owner(desk)
            _desks[key] = desk
        if pid not in _beating:
            _beating[pid] = threading.Thread(target=_beat, daemon=True)
            _beating[pid].start()
    return desk


def _claimed(claim: Path, desk: str, run: str) -> bool:
    """Claim a point for a process (its folder) and run; False if another process has claimed it."""
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
    """Write a new claim; fails if it exists."""
    with claim.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:  # on a full disk a file may be created but not written
            claim.unlink(missing_ok=True)
            raise


def _claimant(claim: Path) -> tuple[str, str]:
    """Folder of the process and run of a claim; empty if unreadable."""
    try:
        desk, run = claim.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return "", ""
    return desk, run


def _is_given_up(claim: Path) -> bool:
    """Whether a claim is abandoned."""
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
    """Whether the process of a folder has ended, or has been silent too long if that cannot be queried."""
    if not desk.exists():
        return True
    orphaned = is_orphaned(desk)
    return _silence_s(desk) > SILENT_S if orphaned is None else orphaned


def _silence_s(path: Path) -> float:
    """Seconds since the last sign of life in a folder (for a file: since its creation), by the clock of the disk."""
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
    """Remove a folder or file; False if another process has done so."""
    trash = path.with_name(f".trash-{uuid.uuid4().hex}")
    try:
        path.rename(trash)  # only one process can succeed
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

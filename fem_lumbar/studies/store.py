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
"""Folder of what is being worked on."""
BEAT_S, SILENT_S = 20.0, 300.0
"""How often a process at work says so, and after what silence it is taken for dead where that cannot be asked."""
_RUN = "run-"


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
        """Work on a point alone: a folder to work in, None when another process is at it.

        Parameters
        ----------
        address : str
            Of the point.
        run : str
            Id of the run of a study. What a worker of the same run left is taken over at once: a scheduler gives a
            point to one worker at a time.
        """
        folder = self.folder / WORKING / address
        try:
            claimed = self._claimed(folder, run)
        except OSError as error:
            raise StoreError(str(unwritable(self.folder, error))) from error
        if not claimed:
            yield None
            return
        _at_work(folder)
        try:
            yield folder
        finally:
            _places.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def clear_up(self) -> int:
        """Remove what killed processes were working on; returns how many points that were."""
        left = [one for one in _folders(self.folder / WORKING) if _is_left(one)]
        for folder in left:
            _removed(folder)
        return len(left)

    def _claimed(self, folder: Path, run: str) -> bool:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            try:
                folder.mkdir()
            except FileExistsError:
                if not ((folder / f"{_RUN}{run}").exists() or _is_left(folder)) or not _removed(folder):
                    return False
            else:
                record_owner(folder)
                (folder / f"{_RUN}{run}").touch()
                return True
        return False


_places: set[Path] = set()
"""Where this process is at work."""
_beating: dict[int, threading.Thread] = {}
"""The thread that says so, by process id: a forked process has none."""


def _at_work(folder: Path) -> None:
    """Say from now on, every now and then, that the process is at work in a folder."""
    _places.add(folder)
    if os.getpid() not in _beating:
        _beating[os.getpid()] = threading.Thread(target=_beat, daemon=True)
        _beating[os.getpid()].start()


def _beat() -> None:
    while True:
        time.sleep(BEAT_S)
        for folder in list(_places):
            with suppress(OSError):
                os.utime(folder / OWNER)


def _is_left(folder: Path) -> bool:
    """Whether nobody works in a folder any more: its process has ended or, where that cannot be asked, been silent."""
    orphaned = is_orphaned(folder)
    return _silence_s(folder) > SILENT_S if orphaned is None else orphaned


def _silence_s(folder: Path) -> float:
    """Seconds since the process at work in a folder said so, by the clock of the disk."""
    probe = folder.parent / f".clock-{uuid.uuid4().hex[:8]}"
    try:
        probe.touch()
        spoken = folder / OWNER if (folder / OWNER).exists() else folder
        return probe.stat().st_mtime - spoken.stat().st_mtime
    except OSError:
        return 0.0
    finally:
        probe.unlink(missing_ok=True)


def _removed(folder: Path) -> bool:
    """Remove a folder; False when another process has done so."""
    trash = folder.with_name(f".trash-{uuid.uuid4().hex}")
    try:
        folder.rename(trash)  # one process alone can do this
    except OSError:
        return False
    shutil.rmtree(trash, ignore_errors=True)
    return True


def _folders(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except OSError:
        return []

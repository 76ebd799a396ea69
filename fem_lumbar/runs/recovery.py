"""Recovery of results left by killed processes: finished load cases are kept, the rest is removed.

Folders whose process may still be running are not touched (see `fem_lumbar.runs.owner`).
"""

from __future__ import annotations

import itertools
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.atomic_files import PART
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.json_values import write_json
from fem_lumbar.runs.fields import SUFFIXES, field_files
from fem_lumbar.runs.owner import drop_owner, is_orphaned, record_owner
from fem_lumbar.runs.run import FIELDS, SUMMARY, Run, load_run

KILLED = "the process was killed before it finished (kill -9, out of memory, or a crash of the computer)"
_UNFINISHED = re.compile(r"\.(?P<name>.+)\.(?P<what>tmp|old)-[0-9a-f]{8}")
_PROBE = re.compile(r"\.probe-[0-9a-f]{8}")
_OLD_S = 3600.0
"""Age at which an empty folder, left by a check for write access, counts as abandoned."""


def recover(out_dir: Path) -> list[str]:
    """Clean up after killed processes in a folder of run folders.

    Finished load cases of a killed run become ``<run>.partial``, a complete run gets its final name, and folders
    without load cases are removed. A ``<run>.partial`` is removed when a completed ``<run>`` of the same scenario
    contains all its load cases.

    Returns
    -------
    told : list of str
        The actions taken, one sentence each.
    """
    told = []
    for path, what, name in sorted(unfinished(out_dir), key=lambda found: found[1], reverse=True):  # tmp before old
        if not is_orphaned(path):
            continue
        with suppress(OSError):  # another process may clear up at the same time
            told.append(_saved(path, name) if what == "tmp" else _put_back(path, name))
    for path in _directories(out_dir):
        with suppress(OSError):
            if _PROBE.fullmatch(path.name) and time.time() - path.stat().st_mtime > _OLD_S:
                path.rmdir()
            elif (whole := _holding_all_of(path)) is not None:
                shutil.rmtree(path)
                told.append(f"{path.name} removed: {whole.name} has all of its load cases")
    return told


def unfinished(out_dir: Path) -> Iterator[tuple[Path, str, str]]:
    """Unfinished folders: path, ``tmp`` or ``old`` (a run about to be replaced), and name of the run."""
    for path in _directories(out_dir):
        if found := _UNFINISHED.fullmatch(path.name):
            yield path, found["what"], found["name"]


def drop_unfinished(folder: Path, cases: Iterable[str]) -> None:
    """Remove partially written files in a run folder, and fields of unfinished load cases."""
    kept = {file for name in cases for file in field_files(folder / FIELDS, name)}
    for file in [*folder.glob(f"*{PART}"), *(folder / FIELDS).rglob("*.*")]:
        if file.suffix == PART or (file.suffix in SUFFIXES and file not in kept):
            file.unlink()


def free_place(run: Run, name: str, ending: str) -> Path:
    """Path for an incomplete run: free, or with a run of the same scenario without further converged cases."""
    first = run.folder.parent / f"{name}.{ending}"
    places = itertools.chain([first], (first.with_name(f"{first.name}-{i}") for i in itertools.count(2)))
    return next(place for place in places if not place.exists() or _outdoes(run, place))


def _outdoes(run: Run, place: Path) -> bool:
    """Whether the run in ``place`` is of the same scenario, and ``run`` has all its converged cases."""
    older = _opened(place)
    return older is not None and _scenario(older) == _scenario(run) and older.converged.keys() <= run.converged.keys()


def _saved(path: Path, name: str) -> str:
    """Keep the finished load cases of a killed run; returns the action taken."""
    claimed = path.with_name(f".{name}.tmp-{uuid.uuid4().hex[:8]}")
    path.rename(claimed)  # only one process can succeed
    record_owner(claimed)
    run = _opened(claimed)
    if run is None or not run.cases:
        shutil.rmtree(claimed)
        return f"{name}: killed run removed; it had finished no load case"
    drop_unfinished(claimed, run.cases)
    if run.summary["status"] == "completed" and not (path.parent / name).exists():
        return _moved(claimed, path.parent / name, f"{name}: killed while pictures were drawn; the run is complete")
    write_json(claimed / SUMMARY, run.summary | {"status": "failed", "reason": KILLED})
    target = free_place(Run(claimed, run.summary), name, "partial")
    if target.exists():
        shutil.rmtree(target)
    count = f"{len(run.cases)} load case{'s' if len(run.cases) > 1 else ''}"
    return _moved(claimed, target, f"{name}: {count} of a killed run kept in {target.name} ({', '.join(run.cases)})")


def _put_back(path: Path, name: str) -> str:
    """Restore a run that was being replaced when the process was killed, unless its successor is complete."""
    target = path.parent / name
    if not target.exists():
        return _moved(path, target, f"{name}: restored, because the run replacing it was killed")
    shutil.rmtree(path)
    return f"{name}: older, replaced copy removed"


def _moved(path: Path, target: Path, told: str) -> str:
    path.rename(target)
    drop_owner(target)
    return told


def _holding_all_of(partial: Path) -> Path | None:
    """The completed run with every converged case of a ``.partial`` of the same scenario; None if there is none."""
    found = re.fullmatch(r"(?P<name>.+)\.partial(-\d+)?", partial.name)
    if found is None:
        return None
    older, whole = _opened(partial), _opened(partial.with_name(found["name"]))
    if older is None or whole is None or whole.summary["status"] != "completed":
        return None
    return whole.folder if _outdoes(whole, partial) and _program(whole) == _program(older) else None


def _opened(folder: Path) -> Run | None:
    try:
        return load_run(folder)
    except (InputError, OSError, ValueError):
        return None


def _scenario(run: Run) -> Any:
    return run.summary["provenance"]["scenario_sha256"]


def _program(run: Run) -> Any:
    return run.summary["provenance"].get("program_sha256")


def _directories(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []

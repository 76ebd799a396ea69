"""Current results: those of the same scenario, made by the same state of the program."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.provenance import is_current
from fem_lumbar.runs.run import SUMMARY, Run, load_run
from fem_lumbar.scenario.model import Scenario

_NEEDED = {"status", "provenance", "load_cases"}


def find_current(
    scenario: Scenario, folders: Iterable[Path], *, mesh_sha256: str | None = None, even_failed: bool = False
) -> Run | None:
    """The first of several run folders with current results of a scenario.

    Results are current when scenario (including mesh density and load cases) and program have the same hashes, and
    every load case converged and passed its checks.

    Parameters
    ----------
    scenario : Scenario
        Scenario to be run.
    folders : iterable of Path
        Folders that may hold its results.
    mesh_sha256 : str, optional
        Hash of its mesh, if known; results on another mesh are not current.
    even_failed : bool
        Whether a failed run counts too, since the same run would fail again.
    """
    for folder in folders:
        run = open_run(folder)
        if run is None or not is_current(run.summary["provenance"], scenario):
            continue
        if mesh_sha256 is not None and run.summary["provenance"].get("mesh_sha256") != mesh_sha256:
            continue
        if even_failed or run.summary["status"] == "completed":
            return run
    return None


def open_run(folder: Path) -> Run | None:
    """The run in a folder; None where there is none or it cannot be read."""
    try:
        run = load_run(folder)
    except (InputError, OSError, ValueError):  # ValueError also for files that are not text
        return None
    return run if run.summary.keys() >= _NEEDED else None


def run_name(scenario: Scenario, out: Path, name: str | None = None) -> str:
    """Name of a scenario's run folder: its own, or ``name``, with part of its hash when another scenario's run has it.

    A run that cannot be read keeps no name.
    """
    name = name or scenario.name
    for one in (name, f"{name}-{scenario.sha256[:8]}"):
        run = open_run(Path(out) / one)
        if run is None or run.summary["provenance"].get("scenario_sha256") == scenario.sha256:
            return one
    return one


def set_unreadable_aside(folder: Path) -> Path | None:
    """Rename a run folder that cannot be read; returns the new path, None for a readable run."""
    if not (folder / SUMMARY).is_file() or open_run(folder) is not None:
        return None
    aside = folder.with_name(f"{folder.name}.unreadable")
    shutil.rmtree(aside, ignore_errors=True)
    return folder.rename(aside)

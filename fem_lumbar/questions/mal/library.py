"""Library: a folder of scenarios that answer one question together, their headers, comparisons and runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fem_lumbar.documents.illustrate import illustrate
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.quantities import mirrored_data
from fem_lumbar.runs.batch import RunTask, batch
from fem_lumbar.runs.execution import Engine
from fem_lumbar.runs.paths import check_writable, shown_path
from fem_lumbar.runs.run import SUMMARY
from fem_lumbar.runs.workers import local_executor
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import unknown_name
from fem_lumbar.solver.events import Report, silent

REQUIRED = ("title", "group", "claim", "mechanism", "expectation", "source")
"""Keys that the header of every scenario of a library must have."""
OPTIONAL = ("against", "mal_against")
"""Optional keys: ``against``, the reference scenario; ``mal_against``, the one that differs only in the MAL."""
_CLAIM = re.compile(r"^# (claim|mechanism|expectation):", re.MULTILINE)
_KEY = re.compile(r"# (\w+): (.*)")
_CONTINUED = re.compile(r"#   (\S.*)")
_WORDS = ("name", "description", "load_cases")


@dataclass(frozen=True)
class Entry:
    """A scenario of a library.

    Attributes
    ----------
    path : Path
        Its file.
    scenario : Scenario
        The scenario itself.
    title, group, claim, mechanism, expectation, source : str
        Text of the header: name, group of scenarios, claim, proposed mechanism, expected result, and
        source of claim and parameters.
    against : str or None
        Reference scenario of the comparison; None for a reference.
    mal_against : str or None
        Scenario that differs only in the MAL, if that is not ``against``.
    """

    path: Path
    scenario: Scenario
    title: str
    group: str
    claim: str
    mechanism: str
    expectation: str
    source: str
    against: str | None = None
    mal_against: str | None = None

    @property
    def name(self) -> str:
        """Name of the scenario and of its run folder."""
        return self.scenario.name


def read_library(folder: Path, sets: Sequence[str] = (), density: str | None = None) -> list[Entry]:
    """The scenarios of a folder, references first; files that begin with ``_`` are included parts, not scenarios.

    Parameters
    ----------
    folder : Path
        Folder with scenario files (YAML).
    sets, density
        Overrides for all scenarios (see :func:`fem_lumbar.scenario.loader.load_scenario`).

    Raises
    ------
    InputError
        When there is no scenario, or none with a claim; when a header lacks a key; or when the reference of a
        comparison does not exist.
    """
    files = [path for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("_")]
    if not files:
        raise InputError(f"{shown_path(folder)} contains neither scenarios (*.yaml) nor runs ({SUMMARY})")
    if not any(_CLAIM.search(path.read_text(encoding="utf-8")) for path in files):
        raise InputError(
            f"{shown_path(folder)}: none of its scenarios states a claim ('# claim: text' in the comment at its top), "
            f"so there is nothing to report on\n  to run them: fem-lumbar run {shown_path(folder)}/[!_]*.yaml"
        )
    entries = [Entry(path, load_scenario(path, sets, None, density), **_header(path)) for path in files]
    names = [entry.name for entry in entries]
    for entry in entries:
        if names.count(entry.name) > 1:
            raise InputError(f"{entry.path.name}: the name {entry.name!r} is used twice in {shown_path(folder)}")
        for key in OPTIONAL:
            other = getattr(entry, key)
            if other is not None and (other not in names or other == entry.name):
                raise InputError(f"{entry.path.name}: {key}: {other!r} is not another scenario of {shown_path(folder)}")
    return sorted(entries, key=lambda entry: entry.against is not None)


def _header(path: Path) -> dict[str, str]:
    """Texts of the comment at the top of a file, by key; continuation lines of a text are indented."""
    found: dict[str, str] = {}
    key = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if begun := _KEY.fullmatch(line):
            key = begun[1]
            if key not in (*REQUIRED, *OPTIONAL):
                raise InputError(f"{path.name}: comment at the top: {unknown_name(key, (*REQUIRED, *OPTIONAL))}")
            found[key] = begun[2].strip()
        elif (more := _CONTINUED.fullmatch(line)) and key is not None:
            found[key] += " " + more[1].strip()
    missing = [key for key in REQUIRED if not found.get(key)]
    if missing:
        raise InputError(
            f"{path.name}: a scenario of a library states in the comment at its top: {', '.join(REQUIRED)}\n"
            f"  not stated: {', '.join(missing)}; e.g. '# {missing[0]}: text', further lines indented by two"
        )
    return found


def mirror_pairs(entries: Iterable[Entry]) -> list[tuple[Entry, Entry]]:
    """Pairs of scenarios that are mirror images of each other; names and load cases are ignored."""
    plain = [(entry, _without_words(entry.scenario.resolved())) for entry in entries]
    return [
        (one, other)
        for place, (one, data) in enumerate(plain)
        for other, its_data in plain[place + 1 :]
        if data != its_data and mirrored_data(data) == its_data
    ]


def _without_words(resolved: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resolved.items() if key not in _WORDS}


@dataclass(frozen=True)
class EntryDone:
    """Outcome of one scenario of a library.

    Attributes
    ----------
    entry : Entry
        The scenario.
    status : str
        ``completed``, ``failed``, or ``there`` if current results existed already.
    reason : str or None
        Reason of a failure.
    """

    entry: Entry
    status: str
    reason: str | None = None


def run_library(
    entries: Sequence[Entry], out: Path, jobs: int = 1, report: Report | None = None, engine: Engine | None = None
) -> Iterator[EntryDone]:
    """Run every scenario that has no current results, into ``out/<name>``.

    References run first, alone; the other scenarios start from their solutions.

    Parameters
    ----------
    entries : sequence of Entry
        The library, in the order of :func:`read_library`.
    out : Path
        Folder of its results.
    jobs : int
        Scenarios run at the same time, each in its own process.
    report : callable, optional
        Receives load step events and stages (text) of the runs.
    engine : Engine, optional
        Provides meshes and simulations (default: finite elements started from nearby earlier runs).

    Yields
    ------
    done : EntryDone
        Each scenario as soon as it is stored.
    """
    check_writable(out)
    drawn = partial(illustrate, pictures=False)
    for is_reference in (True, False):
        stage = {entry.name: entry for entry in entries if (entry.against is None) is is_reference}
        tasks = [
            RunTask(entry.scenario, out, name, name, illustrate=drawn, engine=engine) for name, entry in stage.items()
        ]
        missing = sum(task.current() is None for task in tasks)
        with (
            local_executor(min(jobs, missing)) as executor,
            closing(batch(tasks, executor, report or silent)) as outcomes,
        ):
            for outcome in outcomes:
                entry = stage[outcome.task.name]
                if outcome.result is None:
                    yield EntryDone(entry, "failed", str(outcome.error))
                else:
                    yield EntryDone(entry, outcome.result.status if outcome.is_new else "there", outcome.result.reason)

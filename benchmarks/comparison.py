"""Codes on the same cylinder: measured in turns, compared only where their answers agree."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.codes import OURS, Code
from benchmarks.problem import Answers, Cylinder
from benchmarks.process import Spent, measure

AGREEMENT = 5e-6
"""Largest relative difference of answers that agree to 5 digits: half a unit of the fifth."""


@dataclass
class Entry:
    """One code on one mesh with one number of threads; ``trouble`` says why there is nothing to compare."""

    code: str
    version: str
    mesh: str
    nodes: int
    unknowns: int
    threads: int
    runs: list[Spent] = field(default_factory=list)
    answers: Answers | None = None
    trouble: str = ""

    @property
    def fastest_s(self) -> float:
        """Least wall-clock time of a whole process."""
        return min(run.wall_s for run in self.runs)

    @property
    def median_s(self) -> float:
        """Median wall-clock time."""
        return statistics.median(run.wall_s for run in self.runs)

    @property
    def cpu_s(self) -> float:
        """Processor time of the fastest run; far below its wall-clock time on one thread, the machine was busy."""
        return min(self.runs, key=lambda run: run.wall_s).cpu_s

    @property
    def peak_MB(self) -> float:
        """Largest resident set of any run."""
        return max(run.peak_MB for run in self.runs)


@dataclass(frozen=True)
class Verdict:
    """How far an entry's answers are from the published ones and from ours, and the ratio that follows.

    ``ratio`` is the fastest time of the code over ours, each with its best number of threads; None where any two of
    the answers involved differ by more than ``AGREEMENT`` or are missing, with the reason in ``note``.
    """

    from_published: float | None
    from_ours: float | None
    ratio: float | None
    note: str


def compare(
    mesh: str,
    cylinder: Cylinder,
    codes: Sequence[Code],
    threads: Sequence[int],
    repeats: int,
    say: Callable[[str], None],
) -> list[Entry]:
    """Measure every code that is here on one cylinder.

    All numbers of threads are tried in the first round; the other rounds repeat the best of each code, in turns, so
    that a change of the machine's speed meets all of them.
    """
    held = len(cylinder.bottom) + len(cylinder.top)
    size = (mesh, len(cylinder.nodes), 3 * (len(cylinder.nodes) - held))
    entries, tried = [], []
    with tempfile.TemporaryDirectory(prefix="fem-lumbar-bench-") as folder:
        problem = Path(folder) / "cylinder.npz"
        cylinder.write(problem)
        for code in codes:
            if code.version:
                tried.append([(code, Entry(code.name, code.version, *size, count)) for count in threads])
                entries += [entry for _, entry in tried[-1]]
            else:
                entries.append(Entry(code.name, "", *size, 0, trouble=f"not installed ({code.needs})"))
        for count in range(len(threads)):
            for settings in tried:
                _run(*settings[count], problem, say)
        best = [_best([entry for _, entry in settings]) for settings in tried]
        for _ in range(repeats - 1):
            for settings, chosen in zip(tried, best, strict=True):
                if chosen is not None:
                    _run(settings[0][0], chosen, problem, say)
    return entries


def verdict(entry: Entry, entries: Sequence[Entry], published: Answers | None) -> Verdict:
    """What may be said of one entry among all entries of the same mesh."""
    if entry.trouble or entry.answers is None:
        return Verdict(None, None, None, entry.trouble or "no answers")
    from_published = None if published is None else entry.answers.deviation(published)
    ours = _best([other for other in entries if other.code == OURS])
    if ours is None:
        return Verdict(from_published, None, None, f"no valid run of {OURS}")
    from_ours = entry.answers.deviation(ours.answers)
    if from_published is not None and not from_published <= AGREEMENT:
        return Verdict(from_published, from_ours, None, "DIFFERS FROM THE PUBLISHED ANSWERS")
    if published is not None and not ours.answers.deviation(published) <= AGREEMENT:
        return Verdict(from_published, from_ours, None, f"{OURS} DIFFERS FROM THE PUBLISHED ANSWERS")
    if not from_ours <= AGREEMENT:
        return Verdict(from_published, from_ours, None, f"DIFFERS FROM {OURS}")
    best = _best([other for other in entries if other.code == entry.code])
    ratio = entry.fastest_s / ours.fastest_s if entry is best else None
    return Verdict(from_published, from_ours, ratio, "" if entry is best else "not its best number of threads")


def _best(entries: Sequence[Entry]) -> Entry | None:
    """The fastest entry with answers; None where there is none."""
    valid = [entry for entry in entries if entry.answers is not None and not entry.trouble]
    return min(valid, key=lambda entry: entry.fastest_s, default=None)


def _run(code: Code, entry: Entry, problem: Path, say: Callable[[str], None]) -> None:
    """Add one run to an entry; a run that fails, or whose answers move, makes the whole entry invalid."""
    with tempfile.TemporaryDirectory(dir=problem.parent) as name:
        folder = Path(name)
        spent = measure(code.prepare(problem, folder), entry.threads, folder / "log", folder, code.environment)
        entry.runs.append(spent)
        say(f"{entry.mesh:6} {code.name:10} {entry.threads} thread(s) {spent.wall_s:8.2f} s {spent.peak_MB:7.0f} MB")
        try:
            answers = code.answers(problem, folder)
        except (OSError, ValueError) as reason:
            last = (folder / "log").read_text(errors="replace").strip().splitlines()[-1:]
            entry.trouble = f"FAILED with exit code {spent.code}: {' '.join(last) or reason}"
            return
    if entry.answers is not None and not answers.deviation(entry.answers) <= AGREEMENT:
        entry.trouble = "ANSWERS CHANGE FROM RUN TO RUN"
    entry.answers = answers

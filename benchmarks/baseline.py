"""The L3-L5 baseline through the command line: whole process, phases, memory, for each mesh density."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.codes import IMPORTABLE, ROOT
from benchmarks.process import Spent, measure

SCENARIO = ROOT / "scenarios" / "baseline.yaml"
START = "start and output"
REST = "rest of the solve"


@dataclass(frozen=True)
class BaselineRun:
    """One run: ``kept`` says whether meshes and condensed vertebrae were there before; ``phases`` in s.

    Phases add up to the whole process. A phase that the run does not report is absent, not zero.
    """

    density: str
    kept: bool
    threads: int
    jobs: int
    spent: Spent
    unknowns: int
    cases: int
    factorisations: int
    phases: dict[str, float]
    trouble: str = ""


def measure_baseline(
    densities: Sequence[str], threads: int, jobs: int, cases: str, say: Callable[[str], None]
) -> list[BaselineRun]:
    """Every density twice: with an empty cache (but for the shipped meshes), then again.

    ``threads`` is per process, ``jobs`` the number of load cases solved at the same time; ``cases`` are names with
    commas, all of them where it is empty.
    """
    runs = []
    with tempfile.TemporaryDirectory(prefix="fem-lumbar-bench-") as name:
        folder = Path(name)
        for density in densities:
            for kept in (False, True):
                runs.append(_run(density, kept, threads, jobs, cases, folder))
                run = runs[-1]
                say(f"baseline {density:9} {'again' if kept else 'first'} {run.spent.wall_s:8.1f} s {run.trouble}")
                if run.trouble:
                    break
    return runs


def _run(density: str, kept: bool, threads: int, jobs: int, cases: str, folder: Path) -> BaselineRun:
    out = folder / f"results_{density}_{'again' if kept else 'first'}"
    command = [sys.executable, "-m", "fem_lumbar.cli.main", "run", SCENARIO, "--density", density, "--out", out]
    command += ["--quiet", "--fresh", "--jobs", str(jobs), *(["--cases", cases] if cases else [])]
    log = folder / "log"
    spent = measure(command, threads, log, folder, IMPORTABLE | {"FEM_LUMBAR_CACHE": str(folder / density)})
    found = [*out.glob("*/summary.json")]
    if len(found) != 1 or spent.code != 0:
        last = " ".join(log.read_text(errors="replace").strip().splitlines()[-1:])
        return BaselineRun(
            density, kept, threads, jobs, spent, 0, 0, 0, {}, f"FAILED with exit code {spent.code}: {last}"
        )
    summary = json.loads(found[0].read_text())
    results = summary["load_cases"].values()
    return BaselineRun(
        density,
        kept,
        threads,
        jobs,
        spent,
        summary["model"]["dofs"],
        len(results),
        sum(case["factorisations"] for case in results),
        phases(summary, spent.wall_s, jobs),
    )


def phases(summary: dict, wall_s: float, jobs: int) -> dict[str, float]:
    """Seconds by phase from a summary, such that they add up to the whole process.

    ``solve`` is replaced by the phases of all load cases where the cases report theirs, divided by the number of
    cases solved at the same time; what these leave of it is named. ``total`` does not count the start of the program
    and what comes after the summary: that is named too.
    """
    timing = dict(summary["timing_s"])
    total = timing.pop("total")
    inside: dict[str, float] = defaultdict(float)
    for case in summary["load_cases"].values():
        for phase, seconds in case.get("timing_s", {}).items():
            inside[phase] += seconds / jobs
    if inside:
        inside[REST] = timing.pop("solve") - sum(inside.values())
    return {START: wall_s - total, **timing, **inside}

"""The L3-L5 baseline through the command line: whole process, phases, memory, for each mesh density and build."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.builds import HERE, Build
from benchmarks.process import Spent, first_line, measure

START = "start and output"
REST = "rest of the solve"
SECOND, SECOND_CASE = "mal_type3_L5_left", "standing"
FIRST_RESULT = rf"{SECOND_CASE}: (at full load|converged)"
"""Line on the screen with the first result of the load case."""


@dataclass(frozen=True)
class BaselineRun:
    """One run: ``kept`` says whether kernels, meshes and condensed vertebrae were there before; ``phases`` in s.

    Phases add up to the whole process. A phase that the run does not report is absent, not zero. ``counts`` are
    iterations and factorisations of each load case, ``results`` its entries in the summary. ``first_result_s`` is when
    the screen shows the first result, s; None where that was not asked for.
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
    build: str = HERE.name
    scenario: str = "baseline"
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_result_s: float | None = None
    results: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def iterations(self) -> int:
        """Of all load cases."""
        return sum(iterations for iterations, _ in self.counts.values())


@dataclass(frozen=True)
class Settings:
    """How runs are made: threads per process, load cases at the same time, load cases (all where empty), other keys."""

    threads: int
    jobs: int
    cases: str
    sets: tuple[str, ...] = ()


def measure_baseline(
    densities: Sequence[str],
    settings: Settings,
    builds: Sequence[Build],
    folder: Path,
    second: Sequence[str],
    say: Callable[[str], None],
) -> list[BaselineRun]:
    """Every density twice, with empty caches (but for the shipped meshes), then again; builds take turns.

    Parameters
    ----------
    densities : sequence of str
        Mesh densities.
    settings : Settings
        Threads, jobs and load cases.
    builds : sequence of Build
        What is run; a build that fails once is not run again at that density.
    folder : Path
        Where results and caches go.
    second : sequence of str
        Densities at which a second scenario follows, started near the baseline.
    say : callable
        Receives a line after each run.
    """
    runs: list[BaselineRun] = []
    for density in dict.fromkeys([*densities, *second]):
        failed: set[str] = set()
        for scenario, kept in (("baseline", False), ("baseline", True), (SECOND, True)):
            if scenario == SECOND and density not in second:
                continue
            for build in builds:
                if build.name in failed:
                    continue
                run = _run(build, scenario, density, kept, settings, folder / build.name.replace("/", "_"))
                runs.append(run)
                what = f"{scenario} {density:9} {'again' if kept else 'first'} {build.name}"
                say(f"{what} {run.spent.wall_s:8.1f} s {run.trouble}")
                if run.trouble:
                    failed.add(build.name)
    return runs


def _run(build: Build, scenario: str, density: str, kept: bool, settings: Settings, folder: Path) -> BaselineRun:
    out = folder / f"{scenario}_{density}_{'again' if kept else 'first'}"
    out.mkdir(parents=True)
    file = build.root / "scenarios" / f"{scenario}.yaml"
    command: list[str | Path] = [
        build.python,
        "-m",
        "fem_lumbar.cli.main",
        "run",
        file,
        "--density",
        density,
        "--out",
        out,
    ]
    command += ["--jobs", str(settings.jobs)]
    for assignment in settings.sets:
        command += ["--set", assignment]
    if scenario == SECOND:
        command += ["--cases", SECOND_CASE]
    else:
        command += ["--quiet", "--fresh", *(["--cases", settings.cases] if settings.cases else [])]
    log = out / "log"
    spent = measure(command, settings.threads, log, out, build.environment(folder / f"caches_{density}"))
    about = (density, kept, settings.threads, settings.jobs, spent)
    found = [*out.glob("*/summary.json")]
    if len(found) != 1 or spent.code != 0:
        last = " ".join(log.read_text(errors="replace").strip().splitlines()[-1:])
        trouble = f"FAILED with exit code {spent.code}: {last}"
        return BaselineRun(*about, 0, 0, 0, {}, trouble, build.name, scenario)
    summary = json.loads(found[0].read_text())
    results = summary["load_cases"]
    counts = {name: (case["iterations"], case["factorisations"]) for name, case in results.items()}
    return BaselineRun(
        *about,
        summary["model"]["dofs"],
        len(results),
        sum(factorisations for _, factorisations in counts.values()),
        phases(summary, spent.wall_s, settings.jobs),
        build=build.name,
        scenario=scenario,
        counts=counts,
        first_result_s=first_line(log, FIRST_RESULT) if scenario == SECOND else None,
        results=results,
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

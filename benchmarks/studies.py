"""What the machinery of studies costs: ``python -m benchmarks.studies instant | cluster | killed``.

Points that are solved at once or only sleep, so that all that is measured is what comes on top of solving.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from fem_lumbar.runs.executors import Serial
from fem_lumbar.runs.provenance import made_by
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.solver.events import Report
from fem_lumbar.studies import table
from fem_lumbar.studies.cluster import Cluster
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.reading import load_study
from fem_lumbar.studies.study import Study

ROOT = Path(__file__).parents[1]
STUDY = """
schema_version: 1
name: machinery
scenario: {scenario}
cases: [standing]
density: test
factors:
  modulus_MPa: {{key: mal.L5.left.fibrous_modulus_MPa, range: "20:1000 log"}}
  other_MPa: {{key: mal.L4.left.fibrous_modulus_MPa, distribution: {{kind: lognormal, median: 100, geometric_sd: 1.5}}}}
design: {{kind: latin_hypercube, points: {points}, seed: 1}}
outputs: [idp_MPa.*, rotation_deg.*.*]
"""


def pretended(scenario: Scenario, folder: Path, report: Report, sleep_s: float = 0.0) -> Mapping[str, Any]:
    """A summary with numbers that follow from the scenario; ``solved.txt`` in the store tells of each time."""
    if sleep_s:  # to sleep for no time gives the processor away on a busy machine
        time.sleep(sleep_s)
    made = made_by(scenario)
    with (folder.parents[2] / "solved.txt").open("a", encoding="utf-8") as file:
        file.write(f"{made['scenario_sha256']}\n")
    seed = int(made["scenario_sha256"][:8], 16)
    numbers = np.random.default_rng(seed).normal(size=5).tolist()
    joints = scenario.segment.joints
    case = {
        "status": "converged",
        "reason": None,
        "load_fraction": 1.0,
        "idp_MPa": dict(zip(joints, numbers)),
        "rotation_deg": {
            joint: {"flexion": numbers[2] + i, "axial_rotation": numbers[3]} for i, joint in enumerate(joints)
        },
        "numerical_floor": {"idp_MPa": dict.fromkeys(joints, abs(numbers[4]) * 1e-9)},
    }
    return {
        "status": "completed",
        "reason": None,
        "provenance": made,
        "model": {"density": scenario.mesh.density},
        "load_cases": dict.fromkeys(scenario.load_cases, case),
    }


def study_of_points(folder: Path, points: int) -> Study:
    """A study of two moduli."""
    file = folder / "machinery.yaml"
    file.write_text(STUDY.format(scenario=ROOT / "scenarios" / "baseline.yaml", points=points), encoding="utf-8")
    return load_study(file)


def run(folder: Path, points: int, workers: int, sleep_s: float, threads: bool = False) -> Iterator[Any]:
    """Results of a pretended study."""
    study = study_of_points(folder, points)
    executor = Serial() if workers == 1 else Cluster(workers, processes=not threads)
    with executor:
        solver = partial(pretended, sleep_s=sleep_s)
        yield from run_study(study, folder / "study", executor, workers=workers, solver=solver)


def instant(folder: Path, points: int, workers: int) -> None:
    """Time and memory of points that are solved at once, then of the same ones found in the store."""
    for what in ("solved", "stored before"):
        begun, seen, memory = time.perf_counter(), 0, []
        began_cpu = cpu = time.process_time()
        for _ in run(folder, points, workers, 0.0):
            seen += 1
            if seen % max(1, points // 10) == 0:
                memory.append(_memory_MB())
                cpu = _cpu_s()
        spent = time.perf_counter() - begun
        worker_MB = [f"{worker:.0f}" for worker in (one[1] for one in memory)]
        print(
            f"{seen} points {what}: {1e3 * spent / seen:.2f} ms each, {1e3 * (cpu - began_cpu) / seen:.2f} ms of "
            "processor time in all processes (start of the workers included)"
        )
        print(f"  memory of this process, MB: {', '.join(f'{one[0]:.0f}' for one in memory)}")
        print(f"  largest worker, MB: {', '.join(worker_MB)}", flush=True)


def cluster(folder: Path, workers: int, each: int, sleep_s: float) -> None:
    """Efficiency of many workers (threads of one process) whose points only sleep."""
    points, first, cpu = workers * each, None, 0.0
    begun = time.perf_counter()
    for result in run(folder, points, workers, sleep_s, threads=True):
        if first is None:
            first, cpu = time.perf_counter() - result.wall_s - result.overhead_s, time.process_time()
    spent = time.perf_counter() - (first or begun)
    cpu_ms = 1e3 * (time.process_time() - cpu) / points
    efficiency = each * sleep_s / spent
    print(f"{workers} workers, {each} points of {sleep_s:g} s each: {spent:.1f} s, efficiency {efficiency:.4f}")
    print(f"  {cpu_ms:.1f} ms of processor time a point: scheduler, workers and this process, from the first result on")


def killed(folder: Path, points: int, times: int) -> None:
    """Kill a study and all its workers at random, and compare what comes out with an undisturbed one."""
    for name in ("undisturbed", "disturbed"):
        (folder / name).mkdir()
    command = [sys.executable, "-m", "benchmarks.studies", "work", "--points", str(points), "--folder"]
    subprocess.run([*command, str(folder / "undisturbed")], cwd=ROOT, check=True)
    chance = random.Random(1)
    for _ in range(times):
        process = subprocess.Popen([*command, str(folder / "disturbed")], cwd=ROOT, start_new_session=True)
        _wait_for_work(folder / "disturbed", process, chance.uniform(0.2, 2.0))
        workers = psutil.Process(process.pid).children(recursive=True)
        if chance.random() < 0.5 and workers:
            chance.choice(workers).kill()
            time.sleep(chance.uniform(0.2, 1.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*command, str(folder / "disturbed")], cwd=ROOT, check=True)
    one, other = (table.read(folder / name / "study")[1] for name in ("undisturbed", "disturbed"))
    same = one.equals(other)
    stored = (folder / "disturbed" / "points" / "solved.txt").read_text().split()
    print(f"{times} kills: table {'the same to the last digit' if same else 'DIFFERS'}, {len(one)} rows")
    print(f"  {len(stored)} solutions begun and ended for {len(set(stored))} points: "
          f"{len(stored) - len(set(stored))} were killed between their end and being stored")  # fmt: skip


def _wait_for_work(folder: Path, process: subprocess.Popen, after_s: float) -> None:
    """Wait until a run is at work, and a little longer."""
    progress = folder / "study" / "progress.jsonl"
    before = len(progress.read_text().splitlines()) if progress.exists() else 0
    while process.poll() is None:
        if progress.exists() and len(progress.read_text().splitlines()) > before + 1:
            time.sleep(after_s)
            return
        time.sleep(0.05)


def _cpu_s() -> float:
    """Processor time of this process and its workers, s."""
    spent = time.process_time()
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:
            continue
        spent += times.user + times.system
    return spent


def _memory_MB() -> tuple[float, float]:
    own = psutil.Process()
    workers = [0.0]
    for child in own.children(recursive=True):
        try:
            workers.append(child.memory_info().rss / 1e6)
        except psutil.Error:
            continue
    return own.memory_info().rss / 1e6, max(workers)


def main() -> None:
    """Measure one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("instant", "cluster", "killed", "work"))
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--sleep", type=float, default=60.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    try:
        if options.what == "instant":
            instant(folder, options.points, options.workers)
        elif options.what == "cluster":
            cluster(folder, options.workers, options.each, options.sleep)
        elif options.what == "killed":
            killed(folder, options.points, 10)
        else:
            for _ in run(folder, options.points, options.workers, 0.2):
                pass
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

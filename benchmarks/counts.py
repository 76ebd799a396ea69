"""Iterations and factorisations of the baseline at ``test`` by load case: ``python -m benchmarks.counts [--store]``.

They do not depend on the speed of the machine, but round-off of several threads moves them by a few per cent: they are
counted on one thread. The stored table is what a test compares with.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.codes import IMPORTABLE
from benchmarks.process import THREAD_VARIABLES
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
STORED = Path(__file__).with_name("counts.yaml")
CASES = ("flexion", "extension", "lateral_bending_left", "axial_rotation_left", "compression", "standing")
"""Load cases of the baseline that are not mirror images of others."""
WATCHED = ("flexion", "extension", "axial_rotation_left")
"""Those that a test counts, on one joint: a third of the time."""
MODELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "L3-L5": (CASES, ()),
    "L4-L5": (WATCHED, ("segment.bodies=[L4, L5]",)),
}
"""Load cases and overrides of each model that is counted."""
GROWTH = 0.1
"""Share by which a count may exceed the stored one."""
ROUND_OFF = 3
"""Counts by which a single load case may exceed it in any case: the number of threads and the order of load cases make
as much of a difference. The sum has no such allowance."""
_HEAD = """\
# Iterations and factorisations of the baseline at density test on one thread, from the unloaded state.
# Rewritten by: python -m benchmarks.counts --store
"""


@dataclass(frozen=True)
class Counts:
    """Effort of one load case."""

    iterations: int
    factorisations: int


def measured(model: str) -> Iterator[tuple[str, Counts]]:
    """Solve load cases of the baseline on one of the `MODELS`."""
    cases, sets = MODELS[model]
    scenario = load_scenario(BASELINE, sets, density="test")
    simulation = Simulation(scenario, scenario_mesh(scenario))
    for name in cases:
        result = simulation.run_case(name)
        if result.status != "converged":
            raise RuntimeError(f"{name}: {result.reason}")
        yield name, Counts(result.summary["iterations"], result.summary["factorisations"])


def stored(file: Path = STORED) -> dict[str, dict[str, Counts]]:
    """The stored table, by model and load case."""
    models = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {model: {case: Counts(**one) for case, one in cases.items()} for model, cases in models.items()}


def store(counts: Mapping[str, Mapping[str, Counts]], file: Path = STORED) -> None:
    """Replace the stored table."""
    rows = []
    for model, cases in counts.items():
        rows.append(f"{model}:\n")
        for case, one in cases.items():
            rows.append(f"  {case}: {{iterations: {one.iterations}, factorisations: {one.factorisations}}}\n")
    write_text(file, _HEAD + "".join(rows))


def grown(now: Mapping[str, Counts], before: Mapping[str, Counts]) -> list[str]:
    """What has grown by more than `GROWTH`, a line each, of every load case (beyond `ROUND_OFF`) and of their sums."""
    faults = [f"{name}: not in the stored table" for name in now if name not in before]
    shared = [name for name in now if name in before]
    for what in ("iterations", "factorisations"):
        pairs = {name: (getattr(before[name], what), getattr(now[name], what)) for name in shared}
        most = {name: max((1 + GROWTH) * old, old + ROUND_OFF) for name, (old, _) in pairs.items()}
        pairs["sum"] = (sum(old for old, _ in pairs.values()), sum(new for _, new in pairs.values()))
        most["sum"] = (1 + GROWTH) * pairs["sum"][0]
        faults += [f"{name}: {new} {what}, stored {old}" for name, (old, new) in pairs.items() if new > most[name]]
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve, print beside the stored table, store if asked to; 1 when a count has grown and is not stored."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counts", description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help=f"rewrite {STORED.name}")
    options = parser.parse_args(arguments)
    one_thread = dict.fromkeys(THREAD_VARIABLES, "1")
    if not one_thread.items() <= os.environ.items():  # libraries count their threads when they are loaded
        again = [sys.executable, "-m", "benchmarks.counts", *(["--store"] if options.store else [])]
        return subprocess.run(again, env=os.environ | IMPORTABLE | one_thread, check=False).returncode
    before = stored() if STORED.is_file() else {}
    now: dict[str, dict[str, Counts]] = {model: {} for model in MODELS}
    for model, counted in now.items():
        for name, counts in measured(model):
            counted[name] = counts
            old = before.get(model, {}).get(name, Counts(0, 0))
            print(
                f"{model} {name:21} {counts.iterations:4d} iterations (stored {old.iterations}), "
                f"{counts.factorisations:4d} factorisations (stored {old.factorisations})",
                flush=True,
            )
    if options.store:
        store(now)
        return 0
    faults = [f"{model} {fault}" for model in now for fault in grown(now[model], before.get(model, {}))]
    for fault in faults:
        print(f"grown: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""How often random scenarios converge: ``python -m benchmarks.robustness [--count 40] [--seed 0] [--density test]``.

Each scenario is one load case: a moment of up to 12 N·m about one axis with a follower load of up to 1500 N, every
tissue soft, usual or stiff (all its moduli at one end of the published range), facet gaps between 0.1 and 0.7 mm.
The last lines are for comparing two commits: the effort of those that converged, and why the others did not.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.foundation.parameters import Quantity, QuantityTree
from fem_lumbar.materials.parameters import material_quantities
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.simulation import Simulation

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
LARGEST_MOMENT_NM, LARGEST_FOLLOWER_N = 12.0, 1500.0
GAPS_MM = (0.1, 0.3, 0.5, 0.7)
EFFORT = ("steps", "iterations", "factorisations")
"""What a load case takes, as named in its summary."""
TISSUES = (
    "cortical",
    "endplate",
    "cancellous",
    "posterior",
    "nucleus",
    "annulus",
    "facet_cartilage",
    "mal",
    "ligaments",
)


def ends(tree: QuantityTree | Quantity, end: int, key: str) -> Iterator[str]:
    """Settings that put every stiffness below a key at one end (0 soft, 1 stiff) of its published range."""
    if isinstance(tree, Quantity):
        if tree.unit == "MPa" and tree.range is not None:
            yield f"{key}={tree.range[end]}"
        return
    for name, below in tree.items():
        yield from ends(below, end, f"{key}.{name}")


def random_settings(random: np.random.Generator) -> tuple[str, list[str]]:
    """Load case and settings of one scenario."""
    case = str(random.choice(list(MOMENT_AXIS)))
    moment, follower = random.uniform(1.0, LARGEST_MOMENT_NM), random.uniform(0.0, LARGEST_FOLLOWER_N)
    settings = [f"load_cases.{case}.moment_Nm={moment:.2f}", f"load_cases.{case}.follower_N={follower:.0f}"]
    for joint in JOINTS:
        settings.append(f"anatomy.joints.{joint}.facet_gap_mm={random.choice(GAPS_MM)}")
    tree = material_quantities()
    for tissue in TISSUES:
        end = random.integers(3)
        if end < 2:
            settings += ends(tree[tissue], int(end), f"materials.{tissue}")
    return case, settings


def outcome(count: int, effort: Mapping[str, int], failed: Sequence[str]) -> str:
    """How many converged with what effort in all, and a line for each that did not."""
    total = ", ".join(f"{effort.get(what, 0)} {what}" for what in EFFORT)
    return "\n".join([f"{effort.get('converged', 0)} of {count} converged ({total} in all)", *failed])


def main() -> None:
    """Run the scenarios, a line each, and the count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--density", default="test")
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    effort, failed = Counter[str](), []
    for number in range(1, options.count + 1):
        case, settings = random_settings(random)
        started = time.perf_counter()
        try:
            scenario = load_scenario(BASELINE, settings, [case], options.density)
            result = Simulation(scenario, scenario_mesh(scenario)).run_case(case)
        except FemLumbarError as refused:
            print(f"{number:3d} {case:24s} refused: {refused}", flush=True)
            failed.append(f"{number} {case}: refused: {refused}")
            continue
        if result.status == "converged":
            effort.update({what: result.summary[what] for what in EFFORT} | {"converged": 1})
        loads = " ".join(setting.split(".")[-1] for setting in settings[:4])
        end = "converged" if result.status == "converged" else f"stopped at {result.load_fraction:.2f}: {result.reason}"
        if result.status != "converged":
            failed.append(f"{number} {case}: {end}")
        took = ", ".join(f"{result.summary[what]} {what}" for what in EFFORT if what in result.summary)
        print(f"{number:3d} {case:24s} {loads}: {end} ({took}, {time.perf_counter() - started:.0f} s)", flush=True)
    print(outcome(options.count, effort, failed))


if __name__ == "__main__":
    main()

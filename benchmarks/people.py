"""How often random people get a valid mesh of a scenario: ``python -m benchmarks.people FILE ... [--people 100]``.

Every person has sizes and measures drawn about the mean (fem_lumbar/anatomy/population.py, seeds 0 on) in place of
those of the scenario; ossification, transition, clefts and degeneration stay. Nothing is solved. Reasons are counted.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections import Counter
from pathlib import Path

from fem_lumbar.anatomy.population import random_anatomy
from fem_lumbar.foundation.errors import FemLumbarError
from fem_lumbar.measures.mesh_validity import validity_checks
from fem_lumbar.meshing.cache import CACHE_VARIABLE
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario

KEPT = ("lumbosacral", "posterior_cleft")
"""Keys of the anatomy that a person keeps of the scenario."""


def person(scenario: Scenario, seed: int) -> Scenario:
    """The scenario in a random person."""
    kept = {key: getattr(scenario.anatomy, key) for key in KEPT}
    return scenario.model_copy(update={"anatomy": random_anatomy(seed).model_copy(update=kept)})


def reason(scenario: Scenario) -> str | None:
    """Why the mesh of a scenario is not valid, in words without numbers; None when it is."""
    try:
        mesh = scenario_mesh(scenario)
    except FemLumbarError as refused:
        return re.sub(r"[-+]?\d[\d.]*(?![\w-])", "…", str(refused).splitlines()[0])
    failed = [check.name for check in validity_checks(mesh) if not check.passed]
    return f"fails: {', '.join(failed)}" if failed else None


def main() -> None:
    """Mesh the scenarios in random people, a line each, and count the reasons why not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--density", default="test")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:  # hundreds of meshes that nobody needs again
        os.environ[CACHE_VARIABLE] = folder
        for file in options.files:
            scenario = load_scenario(file, [], None, options.density)
            found = [reason(person(scenario, seed)) for seed in range(options.people)]
            print(f"{file.stem}: {found.count(None)} of {options.people} valid ({options.density})", flush=True)
            for why, count in Counter(why for why in found if why).most_common():
                print(f"  {count} x {why}", flush=True)


if __name__ == "__main__":
    main()

"""A spine with a fourth body, made by other data alone; run as a program of its own, which prints what it finds.

The body is called S1, is of a new kind, and has the measures of L5; the joint above it those of L4-L5.
"""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from pathlib import Path

import fem_lumbar.foundation.parameters as parameters

_read = parameters.read_data


def with_sacrum(path: Path) -> dict:
    """A data file of the package as it is with a sacrum."""
    data = deepcopy(_read(path))
    if path.parts[-3:-1] != ("anatomy", "data"):
        return data
    if path.name == "spine.yaml":
        data["bodies"]["S1"] = {"kind": "sacrum"}
        data["sacrum"]["name"] = "S2"  # what is below the template now
        processes = ["transverse", "spinous", "lamina"]
        builder = "tests.meshing.dummy_sacrum.sacrum_solids"
        like_a_vertebra = {key: data["kinds"]["vertebra"][key] for key in ("endplates", "supports")}
        own = {"builder": builder, "facets": ["superior"], "processes": processes, "arches": False}
        data["kinds"]["sacrum"] = {**own, **like_a_vertebra}
    elif path.name == "vertebrae.yaml":
        data["S1"] = data["L5"]
    elif path.name == "joints.yaml":
        data["L5-S1"] = data["L4-L5"]
    elif path.name == "free_facets.yaml":
        del data["L5_inferior"]
    elif path.name == "smooth.yaml":
        del data["free_facets"]["L5_inferior"]
    elif path.name == "fascicle_bodies.yaml":
        data["sacrum_to_S1_mm"] = {**data["sacrum_to_L5_mm"], "value": [-98.0, 0.0, 39.0]}
    return data


parameters.read_data = with_sacrum  # before anything else of the package is imported


def main() -> None:
    """Mesh the spine, load its two lowermost bodies, and print what regions there are and what came out."""
    from fem_lumbar.meshing.cache import segment_mesh
    from fem_lumbar.scenario.loader import load_scenario
    from fem_lumbar.simulation.simulation import Simulation

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    sets = ["anatomy.source=parametric", "segment.bodies=[L5, S1]", "solver.vertebrae=rigid"]
    scenario = load_scenario(Path(sys.argv[1]), sets, ["flexion", "standing"], "test")
    mesh = segment_mesh(scenario.anatomy, scenario.mesh, say)
    simulation = Simulation(scenario, mesh)
    results = {name: simulation.run_case(name) for name in scenario.load_cases}
    told = {
        "regions": mesh.region_names,
        "patches": list(mesh.patches),
        "kept": simulation.mesh.region_names,
        "unmatched_mm": float(abs(mesh.points[mesh.mirror] * [1, -1, 1] - mesh.points).max()),
        "cases": {name: result.summary for name, result in results.items()},
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()

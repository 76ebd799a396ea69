"""Unit loads on the MALs of a library: solved once for its mesh and tissue, and stored beside its results."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from fem_lumbar.anatomy import DENSITIES, MeshSettings
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.measures.insertion_stiffness import Stiffness, insertion_stiffnesses
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.runs.provenance import is_current, provenance
from fem_lumbar.scenario.model import Scenario

FILE = "unit_loads.json"


@dataclass(frozen=True)
class UnitLoads:
    """Responses to unit loads on the mesh of a scenario, and on the next coarser one for the discretisation error.

    Attributes
    ----------
    scenario, density : str
    here : tuple of Stiffness
    coarser : tuple of Stiffness
        Empty at the coarsest density.
    """

    scenario: str
    density: str
    here: tuple[Stiffness, ...]
    coarser: tuple[Stiffness, ...]


def stored_unit_loads(scenario: Scenario, folder: Path) -> UnitLoads | None:
    """The responses stored in a folder of results; None if they are of another scenario or program version."""
    path = folder / FILE
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    if not is_current(data.pop("provenance"), scenario):
        return None
    here, coarser = (tuple(Stiffness(**row) for row in data.pop(key)) for key in ("here", "coarser"))
    return UnitLoads(**data, here=here, coarser=coarser)


def unit_loads(scenario: Scenario, folder: Path, report: Callable[[str], None]) -> UnitLoads | None:
    """The stored responses, otherwise solved and stored; None for a scenario without posterior elements (no MALs)."""
    if not scenario.structures.posterior_elements:
        return None
    kept = stored_unit_loads(scenario, folder)
    if kept is not None:
        return kept
    place = DENSITIES.index(scenario.mesh.density)
    mesh = scenario_mesh(scenario, report)
    here, coarser = insertion_stiffnesses(scenario, mesh, report), []
    if place > 0:
        less = scenario.model_copy(update={"mesh": MeshSettings(density=DENSITIES[place - 1])})
        coarse = scenario_mesh(less, report)
        coarser = insertion_stiffnesses(less, coarse, report)
    found = UnitLoads(scenario.name, scenario.mesh.density, tuple(here), tuple(coarser))
    folder.mkdir(parents=True, exist_ok=True)
    made = {"provenance": provenance(scenario, mesh), **asdict(found)}
    write_text(folder / FILE, json.dumps(made, indent=1) + "\n")
    return found

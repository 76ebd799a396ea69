"""Contraction study of a library: solved once for its mesh and tissue, and stored beside its results."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.questions.contraction.study import ContractionStudy, Report, contraction_study
from fem_lumbar.runs.provenance import is_current, provenance
from fem_lumbar.scenario.model import Scenario

FILE = "contraction.json"


def stored_contraction(scenario: Scenario, folder: Path) -> ContractionStudy | None:
    """The study stored in a folder of results; None if it is of another scenario or of another program version."""
    path = folder / FILE
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    if not is_current(data.get("provenance", {}), scenario):
        return None
    return TypeAdapter(ContractionStudy).validate_python(data)


def kept_contraction(scenario: Scenario, folder: Path, report: Report) -> ContractionStudy | None:
    """The stored study, otherwise solved and stored; None for a scenario without posterior elements, hence no MALs."""
    if not scenario.structures.posterior_elements:
        return None
    kept = stored_contraction(scenario, folder)
    if kept is not None:
        return kept
    found = contraction_study(scenario, report)
    folder.mkdir(parents=True, exist_ok=True)
    made = {"provenance": provenance(scenario, scenario_mesh(scenario, report)), **found.plain()}
    write_text(folder / FILE, json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    return found

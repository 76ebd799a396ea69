"""Search for the files of a person's surfaces, relative to the scenario that names them."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.scenario.document import Document
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.problems import KeyPath, Problem, ScenarioError, nearest_names
from fem_lumbar.scenario.spelling import shown


def with_surfaces_found(path: Path, document: Document, scenario: Scenario) -> Scenario:
    """The scenario with the paths and hashes of its surface files.

    Parameters
    ----------
    path : Path
        Scenario file, for messages.
    document : Document
        Gives the file in which each name is written: names are relative to that file.
    scenario : Scenario

    Raises
    ------
    ScenarioError
        When a file is missing, or does not have the hash given in the scenario.
    """
    surfaces = scenario.anatomy.surfaces
    if scenario.anatomy.source != "surfaces":
        return scenario
    problems, paths = [], {}
    for key, name in surfaces.given.items():
        place: KeyPath = ("anatomy", "surfaces", key)
        origin = document.origin(place)
        file = (Path(origin.file).parent if origin.file else Path()) / Path(name).expanduser()
        if is_file(file):
            paths[key] = file.resolve()
            continue
        near = nearest_names(file.name, names_beside(file))
        problems.append(Problem(origin, place, f"no such file: {shown(name)}", "a path relative to this file", near))
    if problems:
        raise ScenarioError(path, problems)
    found = surfaces.found_at(paths)
    for key, known in surfaces.sha256.items():
        if found.sha256.get(key) != known:
            place = ("anatomy", "surfaces", "sha256", key)
            message = f"{surfaces.given.get(key, key)} is not the file with this hash"
            problems.append(Problem(document.origin(place), place, message, "the same file, or no sha256"))
    if problems:
        raise ScenarioError(path, problems)
    return scenario.model_copy(update={"anatomy": scenario.anatomy.model_copy(update={"surfaces": found})})

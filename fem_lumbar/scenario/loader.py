"""Scenario files to a :class:`Scenario`: ``extends``, overrides, defaults, validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fem_lumbar.errors import InputError
from fem_lumbar.scenario.document import Document, read_document
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.overrides import override, parse_override
from fem_lumbar.scenario.problems import Origin, Problem, ScenarioError, listed, nearest_names
from fem_lumbar.scenario.surface_files import with_surfaces_found
from fem_lumbar.scenario.validation import validated

_OF_ONE_FILE = ("extends", "name", "description")
"""Keys a file does not hand on to those that extend it."""


def load_scenario(
    path: Path, sets: Sequence[str] = (), cases: Sequence[str] | None = None, density: str | None = None
) -> Scenario:
    """Read, complete and check a scenario.

    Parameters
    ----------
    path : Path
        Scenario file.
    sets : sequence of str
        Overrides ``key.path=value``, later ones win.
    cases : sequence of str, optional
        Load cases to keep (default: all).
    density : str, optional
        Mesh density in place of the file's.

    Raises
    ------
    ScenarioError
        With every problem found: file and line, key path, what was given, what is allowed, the nearest name.
    """
    path = Path(path)
    document = _read_extended(path, ())
    for text in sets:
        document = document.merge(parse_override(text))
    if density is not None:
        document = document.merge(override(("mesh", "density"), density, Origin(option=f"--density {density}")))
    document.data.setdefault("name", path.stem)
    scenario = with_surfaces_found(path, document, validated(path, document))
    return scenario if cases is None else with_cases(scenario, cases)


def with_cases(scenario: Scenario, cases: Sequence[str]) -> Scenario:
    """The scenario with only the named load cases, in its own order."""
    for name in cases:
        if name not in scenario.load_cases:
            origin = Origin(option=f"--cases {','.join(cases)}")
            names = list(scenario.load_cases)
            problem = Problem(origin, (), f"no load case '{name}'", listed(names), nearest_names(name, names))
            raise ScenarioError(Path(scenario.name), [problem])
    if not cases:
        raise InputError("--cases: name at least one load case")
    kept = {name: case for name, case in scenario.load_cases.items() if name in cases}
    return scenario.model_copy(update={"load_cases": kept})


def _read_extended(path: Path, above: tuple[Path, ...]) -> Document:
    """A file laid over the one it extends, and so on down."""
    document = read_document(path)
    parent = document.data.get("extends")
    if parent is None:
        return document
    origin = document.origin(("extends",))
    if not isinstance(parent, str):
        problem = Problem(origin, ("extends",), "must be the name of one scenario file", "e.g. baseline.yaml")
        raise ScenarioError(path, [problem])
    chain = (*above, path)
    below = path.parent / parent
    if any(below.resolve() == one.resolve() for one in chain):
        shown = " -> ".join(one.name for one in (*chain, below))
        raise ScenarioError(path, [Problem(origin, ("extends",), f"circular: {shown}")])
    if not below.is_file():
        near = nearest_names(below.name, [one.name for one in below.parent.glob("*.yaml") if one != path])
        problem = Problem(origin, ("extends",), f"no such file: {below}", "a path relative to this file", near)
        raise ScenarioError(path, [problem])
    base = _read_extended(below, chain)
    for key in _OF_ONE_FILE:
        base.data.pop(key, None)
    return base.merge(document)

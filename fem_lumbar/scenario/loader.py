"""Loading of scenario files: ``extends``, overrides, defaults, validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.document import Document, describe, read_document
from fem_lumbar.scenario.inheritance import CASES, laid_over
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.names import is_file, names_beside
from fem_lumbar.scenario.overrides import override, parse_override, split_key
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, ScenarioError, listed, nearest_names
from fem_lumbar.scenario.spelling import shown
from fem_lumbar.scenario.surface_files import with_surfaces_found
from fem_lumbar.scenario.validation import validated

_OF_ONE_FILE = ("extends", "name", "description")
"""Keys of a file that are not inherited by files that extend it."""


def load_scenario(
    path: Path,
    sets: Sequence[str] = (),
    cases: Sequence[str] | None = None,
    density: str | None = None,
    over: Path | None = None,
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
        Mesh density that replaces that of the file.
    over : Path, optional
        File whose values are merged over those of the scenario, such as a fitted parameter set.

    Raises
    ------
    ScenarioError
        With every problem found: file and line, key path, what was given, what is allowed, the nearest name. Also for
        an unknown load case in ``cases``.
    InputError
        When ``cases`` is empty.
    """
    path = Path(path)
    document = with_options(path, sets, density, over)
    scenario = with_surfaces_found(path, document, validated(path, document))
    return scenario if cases is None else with_cases(scenario, cases)


def where_cases_are_given(path: Path, sets: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """Files and options that give the values of each load case of a scenario, lowest first."""
    document = with_options(Path(path), sets)
    places: dict[str, dict[str, None]] = {}
    for key, origin in document.origins.items():
        if len(key) > 2 and key[0] == CASES:
            name = origin.option or (origin.file.name if origin.file else str(origin))
            places.setdefault(key[1], {})[name] = None
    return {case: tuple(names) for case, names in places.items()}


def with_options(
    path: Path, sets: Sequence[str] = (), density: str | None = None, over: Path | None = None
) -> Document:
    """A scenario file merged with those it extends and with the options of the command line."""
    document = read_extended(path)
    if over is not None:
        document = _laid_over(document, _to_be_extended(over))
    for text in sets:
        document = _laid_over(document, parse_override(text))
    if density is not None:
        document = document.merge(override(("mesh", "density"), density, Origin(option=f"--density {density}")))
    document.data.setdefault("name", path.stem)
    return document


def laid_over_values(document: Document, key: str, value: Any, option: str) -> Document:
    """A document with a value set at a dotted key path; ``option`` names its origin in messages."""
    return _laid_over(document, override(split_key(key), value, Origin(option=option)))


def with_cases(scenario: Scenario, cases: Sequence[str]) -> Scenario:
    """The scenario with only the named load cases, in the order of the scenario.

    Raises
    ------
    ScenarioError
        When it has no load case of a name.
    InputError
        When no name is given.
    """
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


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with other values at dotted key paths, checked like a file.

    Raises
    ------
    ScenarioError
        A key that does not exist, or a value that is not accepted.
    """
    document = Document(scenario.resolved())
    for key, value in values.items():
        document = laid_over_values(document, key, value, f"{key}={value}")
    return validated(Path(scenario.name), document)


def read_extended(path: Path, above: tuple[Path, ...] = ()) -> Document:
    """A file merged over those it extends, later ones over earlier ones, recursively.

    ``above`` are the files that extend this one, to detect circles.
    """
    document = read_document(path)
    chain = (*above, path)
    merged = Document({})
    for key, parent in _parents(path, document):
        merged = _laid_over(merged, _to_be_extended(_existing(path, parent, document.origin(key), key, chain), chain))
    return _laid_over(merged, document)


def _to_be_extended(path: Path, above: tuple[Path, ...] = ()) -> Document:
    """A file merged with those it extends, without the keys that are not inherited."""
    document = read_extended(path, above)
    for own in _OF_ONE_FILE:
        document.data.pop(own, None)
    return document


def _laid_over(below: Document, above: Document) -> Document:
    """Two documents merged, including the record of a fitted set.

    A parameter set above replaces the one below; a value that is changed above no longer belongs to the set below.
    """
    told = below.data.get("parameter_set")
    if "parameter_set" in above.data:
        below.data.pop("parameter_set", None)
    elif isinstance(told, dict) and isinstance(told.get("keys"), list | tuple):
        kept = [key for key in told["keys"] if not _is_changed(str(key), below.data, above.data)]
        below.data["parameter_set"] = {**told, "keys": kept}
    return laid_over(below, above)


def _is_changed(key: str, below: Any, above: Any) -> bool:
    """Whether a value (dotted key path) is given above and differs from that below."""
    for part in split_key(key):
        if not isinstance(above, dict) or part not in above:
            return above is None
        above, below = above[part], below.get(part) if isinstance(below, dict) else None
    return above != below


def _parents(path: Path, document: Document) -> list[tuple[KeyPath, str]]:
    """Key path and name of each file that a document extends."""
    given = document.data.get("extends")
    if given is None:
        return []
    if isinstance(given, str):
        return [(("extends",), given)]
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        return [(("extends", str(i)), one) for i, one in enumerate(given)]
    problem = Problem(
        document.origin(("extends",)),
        ("extends",),
        f"got {describe(given)}, not the name of a scenario file or a list of names",
        "e.g. baseline.yaml or [baseline.yaml, my_set.yaml]",
    )
    raise ScenarioError(path, [problem])


def _existing(path: Path, parent: str, origin: Origin, key: KeyPath, chain: tuple[Path, ...]) -> Path:
    """The file named ``parent`` relative to ``path``; ScenarioError when it is missing or extends itself."""
    below = path.parent / parent
    if not is_file(below):
        near = nearest_names(
            below.name, [name for name in names_beside(below) if name.endswith(".yaml") and name != path.name]
        )
        message = f"no such file: {shown(parent)}"
        raise ScenarioError(path, [Problem(origin, key, message, "a path relative to this file", near)])
    if any(below.resolve() == one.resolve() for one in chain):
        circle = " -> ".join(one.name for one in (*chain, below))
        raise ScenarioError(path, [Problem(origin, key, f"circular: {circle}")])
    return below

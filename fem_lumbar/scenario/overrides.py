"""Values given on the command line: ``--set key.path=value``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fem_lumbar.anatomy.spine import LEVELS
from fem_lumbar.anatomy.trunk_muscles import muscle_lines
from fem_lumbar.scenario.document import Document, parse_yaml
from fem_lumbar.scenario.inheritance import CASES, EXTENDS
from fem_lumbar.scenario.problems import KeyPath, Origin, Problem, ScenarioError


def parse_override(text: str, option: str = "--set") -> Document:
    """A ``key.path=value`` as a document to merge; the value is YAML (number, text, ``[list]``, ``{map}``).

    Raises
    ------
    ScenarioError
        No ``=``, an empty key, or a value that is not YAML.
    """
    origin = Origin(option=f"{option} {text}")
    name, equals, value_text = text.partition("=")
    key = split_key(name.strip())
    if not equals or not key:
        problem = Problem(origin, (), "not of the form key.path=value", f"e.g. mal.{LEVELS[-1]}.left.state=type_III")
        raise ScenarioError(Path(option), [problem])
    value, origins, problems = parse_yaml(value_text, origin)
    if problems:
        raise ScenarioError(Path(option), [Problem(origin, key, p.message, p.allowed) for p in problems])
    return override(key, value, origin, origins)


def override(key: KeyPath, value: Any, origin: Origin, origins: dict[KeyPath, Origin] | None = None) -> Document:
    """A document with one value at one key path.

    A value inside a load case changes that case, which must exist; a whole load case replaces it.

    Raises
    ------
    ScenarioError
        No key, or one that cannot be set outside a file (``extends``).
    """
    if not key:
        example = f"parts with a dot between them, e.g. mal.{LEVELS[-1]}.left.state"
        raise ScenarioError(_named(origin), [Problem(origin, (), "no key path", example)])
    if key[0] == EXTENDS:
        told = "what a scenario extends is read from its file and cannot be set"
        raise ScenarioError(_named(origin), [Problem(origin, key, told)])
    data: Any = value
    for part in reversed(key):
        data = {part: data}
    if len(key) > 2 and key[0] == CASES:
        data[CASES][key[1]] = {EXTENDS: key[1], **data[CASES][key[1]]}
    places = {key[:i]: origin for i in range(1, len(key) + 1)}
    places.update({(*key, *below): where for below, where in (origins or {}).items()})
    return Document(data, places)


def _named(origin: Origin) -> Path:
    """Name of the source of a problem that is not in a file."""
    return Path((origin.option or "values").split(" ")[0])


def split_key(text: str) -> KeyPath:
    """Parts of a key path; a fascicle name keeps its dot: ``muscles.fascicles.multifidus.m1s.left``.

    Empty when a part is empty.
    """
    fascicle = re.match(r"^(muscles\.fascicles)\.(.+)$", text)
    if fascicle:
        rest = fascicle[2]
        for name in sorted(muscle_lines(), key=len, reverse=True):
            if rest == name or rest.startswith(name + "."):
                below = tuple(part for part in rest[len(name) + 1 :].split(".") if part)
                return ("muscles", "fascicles", name, *below)
    parts = tuple(part.strip() for part in text.split("."))
    return parts if all(parts) else ()

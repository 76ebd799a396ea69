"""Explanation of scenario keys and outputs, from the schema, the data of values and the list of outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.runs.outputs import sections
from fem_lumbar.scenario.bounds import ANY, scenario_quantities
from fem_lumbar.scenario.defaults import completed
from fem_lumbar.scenario.inheritance import CASES
from fem_lumbar.scenario.problems import listed, nearest_names
from fem_lumbar.scenario.schema import scenario_schema

MOST = 6
"""Number of explanations shown for a name that occurs several times."""

_BETWEEN = re.compile(r"(?<!\.)\.(?!\.)")
_FREE = "<name>"


@dataclass(frozen=True)
class Explanation:
    """Explanation of a key or an output.

    Attributes
    ----------
    path : str
        Its path; ``<name>`` is a placeholder for any name.
    kind : str
        Kind of entry.
    what : str
        Its description.
    facts : tuple of (str, str)
        Unit, default, allowed values, usual range, source …, as available.
    """

    path: str
    kind: str
    what: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the path."""
        return tuple(_BETWEEN.split(self.path))


def explanations(name: str) -> list[Explanation]:
    """All explanations of a name, shortest path first.

    Parameters
    ----------
    name : str
        A path, its end, or one name in it: ``materials.nucleus.c10_MPa``, ``c10_MPa``, ``rotation_deg``.

    Raises
    ------
    InputError
        When nothing has that name; the message lists similar names.
    """
    wanted = tuple(_BETWEEN.split(name))
    every = [*scenario_keys(), *outputs()]
    found = [one for one in every if _ends(one.parts, wanted) or _is_of_a_case(one.parts, wanted)]
    found = found or [one for one in every if _holds(one.parts, wanted)]
    if not found:
        names = names_to_explain()
        near = nearest_names(name, names) or nearest_names(wanted[-1], names)
        told = [f"'{name}' is no key of a scenario and no output"] + ([f"    did you mean {near}?"] if near else [])
        raise InputError("\n".join([*told, "    keys: scenarios/scenario.schema.json; outputs: docs/outputs.md"]))
    exact = [one for one in found if len(one.parts) == len(wanted) > 1]
    return exact or sorted(found, key=lambda one: (len(one.parts), one.path))


@cache
def names_to_explain() -> tuple[str, ...]:
    """All paths, and all names in them, for completion."""
    every = [*scenario_keys(), *outputs()]
    names = [part for one in every for part in one.parts if not part.startswith("<")]
    return tuple(dict.fromkeys([one.path for one in every] + names))


@cache
def scenario_keys() -> tuple[Explanation, ...]:
    """All keys of a scenario."""
    schema = scenario_schema()
    defaults = completed({"schema_version": 1, "name": ""})
    return tuple(_keys(schema, schema["$defs"], scenario_quantities("default"), defaults, ()))


@cache
def outputs() -> tuple[Explanation, ...]:
    """All outputs: entries of the summary and columns of the curves."""
    found = []
    for section in sections():
        kind = "column of curves.csv" if section.columns else "output (summary.json)"
        for path, one in section.keys.items():
            facts = (("unit", one.unit), ("sign", one.sign))
            found.append(Explanation(path, kind, one.what, tuple((k, v) for k, v in facts if v)))
    return tuple(found)


def _keys(
    node: dict[str, Any], definitions: dict[str, Any], tree: Any, defaults: Any, above: tuple[str, ...]
) -> Iterator[Explanation]:
    """Keys in a node of the schema."""
    node = _resolved(node, definitions)
    for name, below in node.get("properties", {}).items():
        quantity = tree.get(name, tree.get(ANY)) if isinstance(tree, dict) else None
        default = defaults.get(name) if isinstance(defaults, dict) else None
        yield _key(below, definitions, quantity, default, (*above, name))
        yield from _keys(below, definitions, quantity, default, (*above, name))
    free = node.get("additionalProperties")
    if isinstance(free, dict):
        quantity = tree.get(ANY) if isinstance(tree, dict) else None
        yield from _keys(free, definitions, quantity, None, (*above, _FREE))


def _resolved(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A node with references resolved and without the alternative null."""
    while True:
        choices = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
        if "$ref" in node:
            found = definitions[node["$ref"].rsplit("/", 1)[-1]]
            node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
        elif len(choices) == 1:
            node = {**choices[0], **{key: value for key, value in node.items() if key != "anyOf"}}
        else:
            return node


def _key(
    node: dict[str, Any], definitions: dict[str, Any], quantity: Any, default: Any, path: tuple[str, ...]
) -> Explanation:
    node = _resolved(node, definitions)
    if default is None:
        default = quantity.value if isinstance(quantity, Quantity) else node.get("default")
    facts = {"unit": node.get("unit"), "default": _shown(default), "allowed": _allowed(node)}
    if isinstance(quantity, Quantity):
        facts["usual"] = None if quantity.range is None else f"{quantity.range[0]:g} to {quantity.range[1]:g}"
        facts["source"] = f"{quantity.source} ({quantity.confidence})" if quantity.source else None
        facts["note"] = quantity.note
    if node.get("properties"):
        facts |= {"allowed": None, "keys below": listed(node["properties"], most=30)}
    what = re.sub(r"; usual [^;]*$", "", node.get("description", "")).replace("``", "")
    if facts.get("note") and str(facts["note"]) in what:
        facts["note"] = None
    return Explanation(".".join(path), "key of a scenario", what, tuple((k, str(v)) for k, v in facts.items() if v))


def _allowed(node: dict[str, Any]) -> str | None:
    """Allowed values as text."""
    if "enum" in node:
        return ", ".join(map(str, node["enum"]))
    bounds = [
        f"{word} {node[key]:g}"
        for key, word in (
            ("exclusiveMinimum", "more than"), ("minimum", "at least"), ("exclusiveMaximum", "less than"),
            ("maximum", "at most"),
        )
        if key in node
    ]  # fmt: skip
    kind = node.get("type") or " or ".join(str(one.get("type", "one of several")) for one in node.get("anyOf", ()))
    return f"{kind}, {' and '.join(bounds)}" if bounds else str(kind or "") or None


def _shown(default: Any) -> str | None:
    if default is None or isinstance(default, dict):
        return None
    if isinstance(default, list):
        return f"[{', '.join(map(str, default))}]"
    return {True: "true", False: "false"}.get(default, str(default)) if isinstance(default, bool) else str(default)


def _ends(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path ends with the given names, apart from placeholders after them."""
    parts = list(parts)
    while parts and parts[-1].startswith("<"):
        parts.pop()
    return len(parts) >= len(wanted) and _are(parts[len(parts) - len(wanted) :], wanted)


def _is_of_a_case(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether names begin a path in a load case, as in ``load_cases.<case>.rotation_deg.<joint>.flexion``."""
    below = parts[2 : 2 + len(wanted)]
    return parts[0] == CASES and len(below) == len(wanted) and _are(below, wanted)


def _holds(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    places = range(len(parts) - len(wanted) + 1)
    return any(_are(parts[place : place + len(wanted)], wanted) for place in places)


def _are(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether names match those of a path: placeholders match any name, but not as the last one."""
    return parts[-1] == wanted[-1] and all(
        part == name or part.startswith("<") for part, name in zip(parts, wanted, strict=True)
    )

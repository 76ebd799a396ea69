"""JSON Schema of scenario files, for editors that check YAML while it is typed.

Types, choices and descriptions come from the typed model, limits and usual ranges from the quantities at each key path.
A record of the model that occurs at several key paths with different limits has a definition for each.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.parameters import Quantity, QuantityTree, read_data
from fem_lumbar.scenario.bounds import ANY, scenario_quantities
from fem_lumbar.scenario.inheritance import CASES, EXTENDS
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath

FILE_NAME = "scenario.schema.json"
"""Name under which the schema is shipped beside the scenarios."""

_REF = "#/$defs/"


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file.

    A file may omit everything that has a default or comes from the file it extends, so only ``schema_version`` is
    required.
    """
    model = _without_required(Scenario.model_json_schema(by_alias=True))
    definitions = model.pop("$defs")
    definitions["LoadCase"]["properties"] = {EXTENDS: _extends_case(), **definitions["LoadCase"]["properties"]}
    case = model["properties"][CASES]
    case["additionalProperties"] = {"anyOf": [case["additionalProperties"], {"type": "null"}]}
    placed = _Placed(definitions)
    schema = placed.node(model, scenario_quantities("default"), ())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "fem-lumbar scenario"
    schema["properties"] = {EXTENDS: _extends_file(), **schema["properties"]}
    schema["required"] = ["schema_version"]
    schema["$defs"] = dict(sorted(placed.definitions.items()))
    return schema


class _Placed:
    """Definitions of a schema by key path, with descriptions, limits and usual ranges."""

    def __init__(self, of_model: dict[str, Any]) -> None:
        self._of_model = of_model
        self.definitions: dict[str, Any] = {}

    def node(self, node: Any, tree: QuantityTree | Quantity | None, key: KeyPath) -> Any:
        """A node of the schema, completed for a key path."""
        if "$ref" in node:
            name = self._defined(node["$ref"].removeprefix(_REF), tree, key)
            return {**node, "$ref": _REF + name}
        node = dict(node)
        for part in ("anyOf", "prefixItems"):
            if part in node:
                node[part] = [self.node(item, tree, key) for item in node[part]]
        if "items" in node:
            node["items"] = self.node(node["items"], tree, key)
        if node.get("type") in ("number", "integer") and isinstance(tree, Quantity) and tree.limits is not None:
            node = _within(node, *tree.limits)
        names = _names(node, tree)
        if names and node.get("additionalProperties"):
            below = node.pop("additionalProperties")
            node.pop("propertyNames", None)
            node["properties"] = {name: dict(below) for name in names}
            node["additionalProperties"] = False
        if "properties" in node:
            node["properties"] = {
                name: _told(self.node(item, _below(tree, name), (*key, name)), _below(tree, name), (*key, name))
                for name, item in node["properties"].items()
            }
        elif isinstance(node.get("additionalProperties"), dict):
            node["additionalProperties"] = self.node(node["additionalProperties"], _below(tree, ANY), (*key, ANY))
        return node

    def _defined(self, name: str, tree: QuantityTree | Quantity | None, key: KeyPath) -> str:
        """Name of the definition of a record at a key path: its own, or a numbered one if it differs."""
        wanted = self.node(self._of_model[name], tree, key)
        for number in range(1, len(self.definitions) + 2):
            candidate = name if number == 1 else f"{name}-{number}"
            if self.definitions.setdefault(candidate, wanted) == wanted:
                return candidate
        raise AssertionError("a free number always exists")


@cache
def _key_words() -> dict[str, str]:
    return read_data(Path(str(files("fem_lumbar.scenario") / "data" / "key_words.yaml")))


def _words(key: KeyPath) -> str | None:
    """Description of a key: by two names of its path, or by its last name; None if there is none."""
    words = _key_words()
    near = [name for name in key[:-1] if f"{name}.{key[-1]}" in words]
    return words.get(f"{near[-1]}.{key[-1]}" if near else key[-1])


def _told(node: dict[str, Any], quantity: Any, key: KeyPath) -> dict[str, Any]:
    """A property with its description, unit and usual range."""
    text = node.get("description") or _words(key)
    if not isinstance(quantity, Quantity):
        return node if text is None else {**node, "description": text}
    if "description" not in node and quantity.note:
        text = f"{text}: {quantity.note}" if text else quantity.note
    told: dict[str, Any] = {"unit": quantity.unit}
    if quantity.range is not None:
        low, high = quantity.range
        unit = "" if quantity.unit == "-" else f" {quantity.unit}"
        text = f"{text}; usual {low:g} to {high:g}{unit}"
        told["x-usual-range"] = list(quantity.range)
    return {**node, **told} if text is None else {**node, **told, "description": text}


def _within(node: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    """A number node with limits combined with its own bounds, each bound only once."""
    node = dict(node)
    if low > node.get("exclusiveMinimum", -float("inf")):
        node.pop("exclusiveMinimum", None)
        node["minimum"] = max(low, node.get("minimum", low))
    if high < node.get("exclusiveMaximum", float("inf")):
        node.pop("exclusiveMaximum", None)
        node["maximum"] = min(high, node.get("maximum", high))
    return node


def _names(node: dict[str, Any], tree: Any) -> list[str]:
    """Known names of a map whose keys are free in the model."""
    named = node.get("propertyNames", {}).get("enum")
    if named:
        return list(named)
    return [name for name in tree if name != ANY] if isinstance(tree, dict) and ANY not in tree else []


def _below(tree: Any, name: str) -> Any:
    return tree.get(name, tree.get(ANY)) if isinstance(tree, dict) else None


def _extends_file() -> dict[str, Any]:
    return {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "description": "file to extend, relative to this one, or several, later ones overriding earlier ones; "
        "maps merge, lists replace, and a load case defined again replaces the inherited one",
    }


def _extends_case() -> dict[str, Any]:
    return {
        "type": "string",
        "description": "load case to extend, of this file or inherited; its own name means the inherited one. Without "
        "this key the case replaces an inherited one of the same name",
    }


def _without_required(node: Any) -> Any:
    """A schema without required properties (a property itself may be named so) and without titles made from keys."""
    if isinstance(node, list):
        return [_without_required(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_required(value)
        for key, value in node.items()
        if not (key == "required" and isinstance(value, list)) and not (key == "title" and isinstance(value, str))
    }

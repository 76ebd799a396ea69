"""The JSON Schema of ``summary.json``, generated from its types and from the definitions of the outputs.

``python -m fem_lumbar.runs.summary_schema > fem_lumbar/runs/data/summary.schema.json`` after a change of either.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from fem_lumbar.runs.outputs import definition
from fem_lumbar.runs.summary import Summary

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OWN = ("Summary", "LoadCase")
"""Types that keep their description; for the others the definitions of the outputs are more informative."""


class _Generator(GenerateJsonSchema):
    """Maps whose keys follow a pattern take no other key, and properties have no titles."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return found | {"additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def generated_schema() -> dict[str, Any]:
    """The schema as plain data: the types, with the definition of each number."""
    raw = TypeAdapter(Summary).json_schema(schema_generator=_Generator)
    types = raw.pop("$defs")
    defs: dict[str, Any] = {}
    head = {"$schema": _DIALECT, "title": "fem-lumbar summary.json"}
    return {**head, **_described(raw, (), types, defs), "$defs": defs}


def schema_text() -> str:
    """The schema file of the package as text."""
    return json.dumps(generated_schema(), indent=1, ensure_ascii=False) + "\n"


def _described(node: dict[str, Any], path: tuple[str, ...], types: dict[str, Any], defs: dict[str, Any]) -> Any:
    """A schema with its references resolved and descriptions set; load cases are kept apart, under ``defs``."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        if name != "LoadCase":
            return _described(types[name], path, types, defs)
        if name not in defs:
            defs[name] = _described(types[name], path, types, defs)
        return node
    found = {key: value for key, value in node.items() if key != "title"}
    if node.get("title") not in _OWN:
        found.pop("description", None)
        if path and (told := definition(path)) is not None and "properties" not in found:
            found = {"description": _words(told.what, told.unit, told.sign)} | found
    for key, below in node.items():
        if key == "properties":
            found[key] = {name: _described(one, (*path, name), types, defs) for name, one in below.items()}
        elif key == "patternProperties":
            found[key] = {pattern: _described(one, (*path, "<key>"), types, defs) for pattern, one in below.items()}
        elif key == "additionalProperties" and isinstance(below, dict):
            found[key] = _described(below, (*path, "<key>"), types, defs)
        elif key in ("anyOf", "oneOf"):
            found[key] = [_described(one, (), types, defs) for one in below]
        elif key == "items":
            found[key] = _described(below, () if "number" in below.get("type", "") else (*path, "0"), types, defs)
    return found


def _words(what: str, unit: str, sign: str) -> str:
    return "; ".join(filter(None, (what, unit if unit != "-" else "", sign)))


if __name__ == "__main__":
    sys.stdout.write(schema_text())

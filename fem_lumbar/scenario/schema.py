"""JSON Schema of scenario files, for editors that check YAML while it is typed."""

from __future__ import annotations

from typing import Any

from fem_lumbar.scenario.model import Scenario


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file.

    A file may leave out whatever has a default or comes from the file it extends, so only ``schema_version`` is
    required.
    """
    schema = _without_required(Scenario.model_json_schema(by_alias=True))
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "fem-lumbar scenario"
    extends = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "description": "file to start from, relative to this one, or several laid over one another in order; "
        "maps merge, lists replace",
    }
    schema["properties"] = {"extends": extends, **schema["properties"]}
    schema["required"] = ["schema_version"]
    return schema


def _without_required(node: Any) -> Any:
    """A schema in which no property is required (a property may itself be named so)."""
    if isinstance(node, list):
        return [_without_required(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_required(value)
        for key, value in node.items()
        if not (key == "required" and isinstance(value, list))
    }

"""Evidence for and against the entrapment hypothesis and on lesions of the nerve, as shown in reports."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Group = Literal[
    "hypothesis",
    "for",
    "against",
    "lesion_for",
    "lesion_against",
    "lesion_muscle",
    "adaptation_for",
    "adaptation_against",
]


def evidence(group: Group) -> list[str]:
    """Statements of one group, each with its source and confidence."""
    return [f"{item['statement']} ({item['source']}; {item['confidence']})" for item in _stated()[group]]


@cache
def _stated() -> dict[str, list[dict[str, str]]]:
    text = files("fem_lumbar.documents").joinpath("data/evidence.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)

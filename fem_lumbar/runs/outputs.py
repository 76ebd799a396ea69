"""Definitions of all outputs: unit, sign and meaning of each key of the summary and each column of the curves."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.parameters import StrictModel, read_data

_CASE = ("load_cases", "<case>")
_ANY_BELOW = "<...>"
_HEAD = """# Outputs

Generated from `fem_lumbar/runs/data/outputs.yaml` by `python -m fem_lumbar.runs.outputs`; do not edit.

Every number of `summary.json` and every column of `curves.csv`. Axes: x anterior, y left, z cranial; origin at the
centre of the inferior endplate of {lowest}. Lengths in mm, forces in N, pressures in MPa, moments in N·m or N·mm as
stated in the key. `<name>` stands for any one key (`<joint>`: {joints}; `<side>`: `left`, `right`; `<component>`:
`flexion`, `lateral_bending`, `axial_rotation`), `<...>` for any keys below, `[]` for the items of a list. Columns
of a sweep table have the names of the summary without `load_cases.<case>`.
""".format(lowest=LEVELS[-1], joints=", ".join(f"`{joint}`" for joint in JOINTS))


class Definition(StrictModel):
    """Definition of an output.

    Attributes
    ----------
    what : str
        Text of the definition.
    unit : str
        Unit; empty for text, counts and flags.
    sign : str
        Meaning of the sign; empty if there is none.
    """

    what: str
    unit: str = ""
    sign: str = ""


class Section(StrictModel):
    """A group of outputs by path; ``columns``: they are columns of ``curves.csv``."""

    title: str
    text: str = ""
    columns: bool = False
    keys: dict[str, Definition]


@cache
def sections() -> tuple[Section, ...]:
    """All sections in reading order."""
    data = read_data(Path(str(resources.files("fem_lumbar.runs") / "data" / "outputs.yaml")))
    return tuple(
        Section(**(one | {"keys": {path: _definition(entry) for path, entry in one["keys"].items()}}))
        for one in data["sections"]
    )


def definition(path: Sequence[str]) -> Definition | None:
    """Definition of the summary entry at a path of keys (list indices as numbers); None if there is none."""
    if path and path[-1].isdigit() and (of_list := definition(path[:-1])) is not None:
        return of_list
    return next((found for pattern, found in _patterns() if _fits(pattern, tuple(path))), None)


def column_definition(column: str) -> Definition | None:
    """Definition of a column of ``curves.csv`` or of the table of a sweep; None if there is none."""
    for section in sections():
        if section.columns and column in section.keys:
            return section.keys[column]
    return next((found for pattern, found in _patterns() if _column_pattern(pattern).fullmatch(column)), None)


def outputs_page() -> str:
    """The page of all outputs, Markdown."""
    parts = [_HEAD]
    for section in sections():
        parts.append(f"## {section.title}\n")
        if section.text:
            parts.append(f"{section.text}\n")
        short = all(path.startswith(".".join(_CASE) + ".") for path in section.keys)
        if short:
            parts.append("Below `load_cases.<case>`:\n")
        rows = [
            (f"`{path.removeprefix('.'.join(_CASE) + '.') if short else path}`", one.unit, one.sign, one.what)
            for path, one in section.keys.items()
        ]
        lines = ["| key | unit | sign | meaning |", "| --- | --- | --- | --- |"]
        parts.append("\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n")
    return "\n".join(parts)


def entries(node: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all entries of a summary that are neither mappings nor lists."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield from entries(item, (*above, str(key)))
    elif isinstance(node, list):
        for place, item in enumerate(node):
            yield from entries(item, (*above, str(place)))
    else:
        yield above


def _definition(entry: dict[str, Any]) -> Definition:
    return Definition(what=entry["is"], unit=entry.get("unit", ""), sign=entry.get("sign", ""))


@cache
def _patterns() -> tuple[tuple[tuple[str, ...], Definition], ...]:
    return tuple(
        (tuple(re.split(r"(?<!\.)\.(?!\.)", path)), one)
        for section in sections()
        if not section.columns
        for path, one in section.keys.items()
    )


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if pattern[-1] == _ANY_BELOW:
        pattern, path = pattern[:-1], path[: len(pattern) - 1] if len(path) >= len(pattern) else ()
    return len(pattern) == len(path) and all(
        key.isdigit() if part == "[]" else part.startswith("<") or part == key
        for part, key in zip(pattern, path, strict=True)
    )


@cache
def _column_pattern(pattern: tuple[str, ...]) -> re.Pattern[str]:
    """Pattern of the columns for a path in a load case; keys may contain dots."""
    if pattern[:2] != _CASE:
        return re.compile(r"(?!)")
    parts = [".+" if part.startswith("<") else r"\d+" if part == "[]" else re.escape(part) for part in pattern[2:]]
    return re.compile(r"\.".join(parts) + r"(\.\d+)?")


if __name__ == "__main__":
    sys.stdout.write(outputs_page())

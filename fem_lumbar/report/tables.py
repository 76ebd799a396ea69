"""Tables and paragraphs that can be shown on a terminal and written as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text


@dataclass
class Table:
    """Rows of text under a title; numbers are formatted by :func:`number` before."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""


@dataclass
class Paragraph:
    """Text under an optional title; lines that start with ``- `` are a list."""

    text: str
    title: str = ""


_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?")
Document = list[Table | Paragraph]


def number(value: Any, digits: int = 3) -> str:
    """A number with so many significant digits; — for a missing one."""
    if value is None:
        return "—"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, list | tuple):
        return "(" + ", ".join(number(item, digits) for item in value) + ")"
    text = f"{value + 0.0:.{digits}g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e6 else text


def to_markdown(title: str, document: Document) -> str:
    """The document as Markdown."""
    parts = [f"# {title}"]
    for part in document:
        if part.title:
            parts.append(f"## {part.title}")
        if isinstance(part, Paragraph):
            parts.append(part.text)
            continue
        rule = ["---:" if right else "---" for right in _right_aligned(part)]
        lines = [_row(part.columns), _row(rule)]
        parts.append("\n".join([*lines, *map(_row, part.rows)]))
        if part.note:
            parts.append(part.note)
    return "\n\n".join(parts) + "\n"


def print_document(title: str, document: Document, console: Console) -> None:
    """Show the document on a terminal."""
    console.print(Text(title, style="bold"))
    for part in document:
        console.print()
        if isinstance(part, Paragraph):
            if part.title:
                console.print(Text(part.title, style="bold"))
            console.print(Text(part.text))
            continue
        table = RichTable(title=part.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for column, right in zip(part.columns, _right_aligned(part), strict=True):
            table.add_column(column, justify="right" if right else "left", no_wrap=right, overflow="fold")
        for row in part.rows:
            table.add_row(*map(Text, row))
        console.print(table)
        if part.note:
            console.print(Text(part.note, style="dim"))


def _right_aligned(table: Table) -> list[bool]:
    """Whether each column holds nothing but numbers and missing values."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return [all(cell == "—" or _NUMBER.fullmatch(cell) for cell in cells) for cells in columns]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

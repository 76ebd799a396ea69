"""Tables and paragraphs for the terminal and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text


@dataclass
class Table:
    """Rows of text under a title; numbers are formatted beforehand by :func:`number`."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""


@dataclass
class Paragraph:
    """Text with an optional title; lines that start with ``- `` are a list."""

    text: str
    title: str = ""

    @classmethod
    def bulleted(cls, lines: Iterable[str], title: str = "") -> Paragraph:
        """A list with one line per item."""
        return cls("\n".join(f"- {line}" for line in lines), title)


_FOLDED = 16
"""Smallest width to which text is wrapped before the table is split."""
_MARGIN, _BETWEEN = 2, 3
"""Character cells around a table and between its columns."""
_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?")
Document = list[Table | Paragraph]


def number(value: Any, digits: int = 3) -> str:
    """A number with the given significant digits; — for a missing one."""
    if value is None:
        return "—"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, list | tuple):
        return "(" + ", ".join(number(item, digits) for item in value) + ")"
    text = f"{value + 0.0:.{digits}g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e6 else text


def signed(value: float, decimals: int) -> str:
    """A change with its sign; values that round to zero become +0."""
    return f"{round(value, decimals) + 0.0:+.{decimals}f}"


def to_markdown(title: str, document: Document) -> str:
    """The document as Markdown."""
    parts = [f"# {title}"]
    for part in document:
        if part.title:
            parts.append(f"## {part.title}")
        if isinstance(part, Paragraph):
            parts.append(part.text)
            continue
        rule = ["---:" if right else "---" for right in right_aligned(part)]
        lines = [_row(part.columns), _row(rule)]
        parts.append("\n".join([*lines, *map(_row, part.rows)]))
        if part.note:
            parts.append(part.note)
    return "\n\n".join(parts) + "\n"


def print_document(title: str, document: Document, console: Console) -> None:
    """Print the document on a terminal."""
    console.print(Text(title, style="bold"))
    for part in document:
        console.print()
        if isinstance(part, Paragraph):
            if part.title:
                console.print(Text(part.title, style="bold"))
            console.print(Text(part.text))
            continue
        _print_table(part, console)
        if part.note:
            console.print(Text(part.note, style="dim"))


def _print_table(table: Table, console: Console) -> None:
    """Print all columns: text is wrapped if space is short, then the table is split into blocks of columns.

    Every block begins with the first column, which names the rows.
    """
    right = right_aligned(table)
    for count, block in enumerate(_blocks(table, right, console.width)):
        title = table.title if count == 0 else f"{table.title} (further columns)"
        shown = RichTable(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for i in block:
            shown.add_column(
                table.columns[i], justify="right" if right[i] else "left", no_wrap=right[i], overflow="fold"
            )
        for row in table.rows:
            shown.add_row(*(Text(row[i], overflow="fold") for i in block))
        console.print(shown)


def _blocks(table: Table, right: Sequence[bool], width: int) -> list[list[int]]:
    """Columns of each block that fits the width; the first column is in all of them."""
    least = [_least_width(table, i, right[i], width) for i in range(len(table.columns))]
    blocks, used = [[0]], _MARGIN + least[0]
    for i in range(1, len(least)):
        wide = least[i] + _BETWEEN
        if used + wide > width and len(blocks[-1]) > 1:
            blocks.append([0])
            used = _MARGIN + least[0]
        blocks[-1].append(i)
        used += wide
    return blocks


def _least_width(table: Table, column: int, is_number: bool, width: int) -> int:
    """Width that a column needs: numbers and headings are not wrapped, text down to a few words."""
    heading = max(map(cell_len, table.columns[column].split("\n")), default=0)
    content = max((cell_len(line) for row in table.rows for line in row[column].split("\n")), default=0)
    if is_number:
        return max(heading, content)
    return max(heading, min(content, _FOLDED, width // 3))


def right_aligned(table: Table) -> list[bool]:
    """Whether each column contains only numbers and missing values."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return [all(cell == "—" or _NUMBER.fullmatch(cell) for cell in cells) for cells in columns]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

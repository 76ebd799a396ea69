"""Parts of the self-contained HTML pages: head and style, marks, tables, embedded figures."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

from matplotlib.figure import Figure

from fem_lumbar.documents.tables import Paragraph, Table

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
th, td { text-align: left; padding: 0.2rem 0.6rem; border-bottom: 1px solid #eee; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { color: #00734f; } .failed { color: #b00020; font-weight: bold; }
.source { color: #666; } img { max-width: 100%; margin: 1rem 1rem 0 0; }
"""


def html_page(title: str, body: str) -> str:
    """A whole page that loads nothing from elsewhere."""
    name = f"fem-lumbar {escape(title.lower())}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def mark(passed: bool, yes: str = "passed", no: str = "FAILED") -> str:
    """A word in the colour of a pass or a failure."""
    return f'<span class="{"passed" if passed else "failed"}">{escape(yes if passed else no)}</span>'


def html_table(columns: Sequence[str], rows: Sequence[str]) -> str:
    """A table of rows that are HTML already."""
    header = "".join(f"<th>{escape(column)}</th>" for column in columns)
    return f"<table><thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def part_html(part: Table | Paragraph, colours: Mapping[str, str], table_heading: str = "h2") -> str:
    """A part of a document as HTML.

    Parameters
    ----------
    part : Table or Paragraph
        A paragraph that begins with ``- `` is a list of its lines.
    colours : mapping
        Words that fill a cell in bold, and their colours.
    table_heading : str
        Tag of the titles of tables; those of paragraphs are ``h2``.
    """
    if isinstance(part, Table):
        title = f"<{table_heading}>{escape(part.title)}</{table_heading}>" if part.title else ""
        rows = [f"<tr>{''.join(_cell(text, colours.get(text)) for text in row)}</tr>" for row in part.rows]
        note = f'<p class="source">{escape(part.note)}</p>' if part.note else ""
        return f'{title}<div style="overflow-x: auto">{html_table(part.columns, rows)}</div>{note}'
    title = f"<h2>{escape(part.title)}</h2>" if part.title else ""
    if part.text.startswith("- "):
        items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in part.text.splitlines())
        return f"{title}<ul>{items}</ul>"
    return title + "".join(f"<p>{escape(text)}</p>" for text in part.text.split("\n\n"))


def _cell(text: str, colour: str | None) -> str:
    return f'<td style="color: {colour}; font-weight: bold">{text}</td>' if colour else f"<td>{escape(text)}</td>"


def embedded(figure: Figure, title: str) -> str:
    """A figure as an image inside the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", dpi=120, metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{data}">'

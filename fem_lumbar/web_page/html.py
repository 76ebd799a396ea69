"""HTML parts of pages: marks, tables, embedded figures."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure


def mark(passed: bool, yes: str = "passed", no: str = "FAILED") -> str:
    """A word in the colour of a passed or failed check."""
    return f'<span class="{"passed" if passed else "failed"}">{escape(yes if passed else no)}</span>'


def html_table(columns: Sequence[str], rows: Sequence[str]) -> str:
    """A table from rows of HTML."""
    header = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    table = f"<table><thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="wide" role="region" tabindex="0" aria-label="table">{table}</div>'


def embedded(figure: Figure, title: str) -> str:
    """A figure as an image embedded in the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", dpi=120, metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{data}">'

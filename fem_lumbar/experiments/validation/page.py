"""The validation as a self-contained HTML page with figures, which are also stored as PNG."""

from __future__ import annotations

import platform
from html import escape
from pathlib import Path

from fem_lumbar import __version__
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.tables import Paragraph
from fem_lumbar.experiments.validation.figures import validation_figures
from fem_lumbar.experiments.validation.text import (
    COLUMNS,
    cells,
    count_line,
    fitted_line,
    group_note,
    validation_document,
)
from fem_lumbar.experiments.validation.verdicts import Finding, GroupVerdict, Validation
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.runs.run import FIGURES
from fem_lumbar.web_page.html import embedded, html_table, mark
from fem_lumbar.web_page.page import plain_page

PAGE = "validation.html"
_DPI = 150
_NUMBERS = ("published", "band", "ours", "mesh error", "off %")


def write_validation(found: Validation, folder: Path) -> Path:
    """Write ``validation.html`` and ``figures/*.png`` into a folder; returns the page."""
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    figures = validation_figures(found)
    for name, figure in figures.items():
        write_figure(figure, folder / FIGURES / f"{name}.png", _DPI)
    images = "".join(embedded(figure, name.replace("_", " ")) for name, figure in figures.items())
    return write_text(folder / PAGE, validation_page(found, images))


def validation_page(found: Validation, images: str) -> str:
    """The whole page as HTML without external resources."""
    state = mark(found.passed, "the declared set passes", "the declared set FAILS")
    contents = "".join(
        f'<li><a href="#{verdict.name}">{escape(verdict.group.title)}</a> {_state(verdict)}</li>'
        for verdict in found.groups
    )
    head = (
        f"<p>{state}: {escape(count_line(found))}; {escape(fitted_line(found))}. fem-lumbar {escape(__version__)}, "
        f"Python {platform.python_version()}, {platform.machine()}.</p>"
    )
    paragraphs = [part for part in validation_document(found) if isinstance(part, Paragraph)]
    first, *rest = map(_paragraph, paragraphs)
    groups = "".join(map(_group, found.groups))
    body = f"{head}{first}<ol>{contents}</ol><h2>Figures</h2>{images}{groups}{''.join(rest)}"
    return plain_page("Validation", body)


def _state(verdict: GroupVerdict) -> str:
    if verdict.unanswered:
        return mark(False, no="NOT ANSWERED")
    return mark(verdict.passed) if verdict.scored else '<span class="source">shown only</span>'


def _group(verdict: GroupVerdict) -> str:
    rows = [_row(finding) for finding in verdict.findings]
    why = "".join(f'<p class="failed">{escape(text)}</p>' for text in verdict.failures)
    note = f'<p class="source">{escape(group_note(verdict))}</p>'
    return f'<h2 id="{verdict.name}">{escape(verdict.group.title)}</h2>{why}{html_table(COLUMNS, rows)}{note}'


def _row(finding: Finding) -> str:
    tags = []
    for column, text in zip(COLUMNS, cells(finding), strict=True):
        if column == "verdict":
            judged = mark(bool(finding.inside), text, text) if finding.target.scored else escape(text)
            tags.append(f"<td>{judged}</td>")
        else:
            style = ' class="number"' if column in _NUMBERS else ' class="source"' if column == "source" else ""
            tags.append(f"<td{style}>{escape(text)}</td>")
    return f"<tr>{''.join(tags)}</tr>"


def _paragraph(part: Paragraph) -> str:
    title = f"<h2>{escape(part.title)}</h2>" if part.title else ""
    if not part.text.startswith("- "):
        return f"{title}<p>{escape(part.text)}</p>"
    items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in part.text.splitlines())
    return f"{title}<ul>{items}</ul>"

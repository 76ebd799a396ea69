"""The page of a library: one self-contained HTML file, the same as Markdown, and its figure."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fem_lumbar.comparison.effects import Answer
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.html import embedded, html_page, html_table
from fem_lumbar.documents.tables import Document, Paragraph, Table, to_markdown
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.questions.mal.figure import effects_figure
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.text import library_document
from fem_lumbar.questions.mal.verdicts import LibraryRuns, find

_DPI = 150
_COLOURS = {
    Answer.SUPPORTED.value: "#00734f",
    Answer.NOT_RESOLVED.value: "#7a5c00",
    Answer.NOT_TESTED.value: "#005a9c",
    Answer.CONTRADICTED.value: "#b00020",
    Answer.NOT_COMPUTED.value: "#666666",
}


def write_page(library: LibraryRuns, folder: Path, question: Question) -> tuple[Path, Document]:
    """Write page, text and figure of effects into a folder (``mal.html``, …); returns the page and what it says."""
    drawn = f"{question.page}_effects.png"
    findings = find(question, library)
    document = library_document(question, library, findings)
    figure = effects_figure(findings, question)
    write_figure(figure, folder / drawn, _DPI)
    picture = Paragraph(f"![effects]({drawn})", "All effects on one scale")
    write_text(folder / f"{question.page}.md", to_markdown(question.title, [*document[:3], picture, *document[3:]]))
    image = f"<h2>All effects on one scale</h2>{embedded(figure, 'effects')}"
    body = "".join([*map(_html, document[:3]), image, *map(_html, document[3:])])
    return write_text(folder / f"{question.page}.html", html_page(question.title, body)), document


def _html(part: Table | Paragraph) -> str:
    title = f"<h2>{escape(part.title)}</h2>" if part.title else ""
    if isinstance(part, Table):
        rows = [f"<tr>{''.join(map(_cell, row))}</tr>" for row in part.rows]
        note = f'<p class="source">{escape(part.note)}</p>' if part.note else ""
        return f'{title}<div style="overflow-x: auto">{html_table(part.columns, rows)}</div>{note}'
    if part.text.startswith("- "):
        items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in part.text.splitlines())
        return f"{title}<ul>{items}</ul>"
    return title + "".join(f"<p>{escape(text)}</p>" for text in part.text.split("\n\n"))


def _cell(text: str) -> str:
    colour = _COLOURS.get(text)
    return f'<td style="color: {colour}; font-weight: bold">{text}</td>' if colour else f"<td>{escape(text)}</td>"

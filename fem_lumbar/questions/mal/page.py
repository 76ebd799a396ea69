"""The page of a library: one self-contained HTML file, the same as Markdown, and its figure."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.comparison.effects import Answer
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.html import embedded, html_page, part_html
from fem_lumbar.documents.tables import Document, Paragraph, to_markdown
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
    parts = [part_html(part, _COLOURS) for part in document]
    body = "".join([*parts[:3], image, *parts[3:]])
    return write_text(folder / f"{question.page}.html", html_page(question.title, body)), document

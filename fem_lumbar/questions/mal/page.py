"""The page of a library: one self-contained HTML file, the same text as Markdown, and its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fem_lumbar import __version__
from fem_lumbar.documents.figure_files import write_figure
from fem_lumbar.documents.tables import Document, Paragraph, to_markdown
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.questions.mal.chart import effects_chart
from fem_lumbar.questions.mal.figure import effects_figure
from fem_lumbar.questions.mal.question import Question
from fem_lumbar.questions.mal.text import LibraryText, library_text
from fem_lumbar.questions.mal.verdicts import Finding, LibraryRuns, find
from fem_lumbar.web_page.page import Folded, Mark, Page, page_text

_DPI = 150


def write_page(library: LibraryRuns, folder: Path, question: Question) -> tuple[Path, Document]:
    """Write page, text and figure into a folder (``mal.html``, …); returns the page and its first parts."""
    drawn = f"{question.page}_effects.png"
    findings = find(question, library)
    told = library_text(question, library, findings)
    first = [*told.asked, *told.answer]
    write_figure(effects_figure(findings, question), folder / drawn, _DPI)
    picture = Paragraph(f"![effects]({drawn})", "All effects on one scale")
    rest = told.document[len(first) :]
    write_text(folder / f"{question.page}.md", to_markdown(question.title, [*first, picture, *rest]))
    page = page_text(library_page(library, question, findings, told))
    return write_text(folder / f"{question.page}.html", page), first


def library_page(
    library: LibraryRuns, question: Question, findings: Mapping[str, Sequence[Finding]], told: LibraryText
) -> Page:
    """The page of a library."""
    done, wanted = len(library.runs), len(library.entries)
    chart = effects_chart(findings, question)
    methods: Document = [*told.methods]
    return Page(
        title=question.title,
        marks=[Mark(f"{done} of {wanted} scenarios have results", done == wanted and not library.failed)],
        made=f"fem-lumbar {__version__}",
        asked=told.asked,
        answer=told.answer,
        charts=[chart] if chart else [],
        results=[Folded(part.title, [part]) for part in [*told.results, *told.evidence]],
        methods=methods,
        assumptions=told.assumptions,
        not_established=told.limits,
    )

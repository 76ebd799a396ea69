"""The page of a comparison of runs with a first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.documents.comparison_several import main_numbers, several_title, side_by_side
from fem_lumbar.documents.comparison_text import (
    case_table,
    changes_table,
    claim,
    compare_runs,
    comparison_title,
    overview_table,
    resolved_table,
    sides_table,
)
from fem_lumbar.documents.explanation_text import explanation_document
from fem_lumbar.documents.style import case_label, load_label
from fem_lumbar.documents.tables import Document, Paragraph, Table
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.report_page.comparison_charts import comparison_charts
from fem_lumbar.report_page.comparison_methods import assumptions_of, comparison_limits, comparison_methods
from fem_lumbar.report_page.run_page import METHODS_NOTE, check_finished, made, run_page, status_of
from fem_lumbar.report_page.stills import stills
from fem_lumbar.runs.run import Run
from fem_lumbar.web_page.page import Folded, Page, Space, page_text
from fem_lumbar.web_page.scene import scene

COMPARISON_PAGE = "comparison.html"


def comparison_page(runs: Sequence[Run], comparisons: Sequence[Comparison]) -> Page:
    """The page of a comparison.

    Parameters
    ----------
    runs : sequence of Run
        The first run, followed by those compared with it.
    comparisons : sequence of Comparison
        Comparisons of each other run with the first one, in their order.

    Raises
    ------
    InputError
        When no load case of a run was finished.
    """
    for run in runs:
        check_finished(run)
    names = [comparisons[0].name_a, *(one.name_b for one in comparisons)]
    named = dict(zip(names, runs, strict=True))
    return Page(
        title=several_title(comparisons),
        marks=[status_of(name, run) for name, run in named.items()],
        made=made(runs[0]),
        asked=_asked(named, comparisons),
        answer=_answer(comparisons),
        charts=comparison_charts(named, comparisons),
        space=_space(named),
        results=_results(comparisons),
        methods=comparison_methods(named, comparisons),
        methods_note=METHODS_NOTE,
        assumptions=assumptions_of(named),
        not_established=comparison_limits(named, comparisons),
    )


def page_of(runs: Sequence[Run]) -> Page:
    """The page of one run, or of two runs with the differences of the second from the first."""
    return run_page(runs[0]) if len(runs) == 1 else comparison_page(runs, [compare_runs(runs[0], runs[1])])


def write_comparison_page(runs: Sequence[Run], comparisons: Sequence[Comparison], path: Path) -> Path:
    """Write the page of a comparison; returns its path."""
    return write_text(path, page_text(comparison_page(runs, comparisons)))


def _asked(named: Mapping[str, Run], comparisons: Sequence[Comparison]) -> Document:
    """Each run, the differences of the scenarios, and the loads."""
    described = [f"- {name}: {run.resolved.get('description') or 'no description'}" for name, run in named.items()]
    document: Document = [Paragraph("\n".join(described))]
    for one in comparisons:
        changes = changes_table(one)
        if len(comparisons) > 1:
            changes.title += f": {comparison_title(one)}"
        document.append(changes if changes.rows else Paragraph("Nothing.", changes.title))
    loads = Table("Loads", ("load case", "load", *named))
    for case in dict.fromkeys(case for run in named.values() for case in run.cases):
        entries = [run.cases.get(case) for run in named.values()]
        load = next(load_label(entry) for entry in entries if entry is not None)
        loads.rows.append((case_label(case), load, *("—" if one is None else one["status"] for one in entries)))
    return [*document, loads]


def _answer(comparisons: Sequence[Comparison]) -> Document:
    """The claim, and the numbers with the largest changes."""
    claims = Paragraph.bulleted(claim(one) for one in comparisons)
    if len(comparisons) == 1:
        return [claims, _filled(overview_table(comparisons[0]))]
    return [claims, _filled(side_by_side(comparisons, main_numbers(comparisons)))]


def _filled(table: Table) -> Table | Paragraph:
    return table if table.rows else Paragraph("No number of the two can be compared.", table.title)


def _space(named: Mapping[str, Run]) -> Space:
    """The scene of the first two runs with fields; more would be too large for a page."""
    shown = dict([(name, run) for name, run in named.items() if run.cases_with_fields][:2])
    if not shown:
        return Space(None)
    left = [name for name in named if name not in shown]
    told = f" Not shown: {', '.join(left)}; compare two runs to see them side by side." if left else ""
    head, blocks = scene(shown)
    if len(shown) == 2:
        how = "one beside the other, or the second minus the first where both are on one mesh"
        told = f"{' and '.join(shown)}: choose the run, both {how}.{told}"
    return Space(head, blocks, told.strip(), stills(shown, blocks))


def _results(comparisons: Sequence[Comparison]) -> list[Folded]:
    """All numbers with their errors, for each comparison."""
    if len(comparisons) == 1:
        return _of_one(comparisons[0])
    return [Folded(comparison_title(one), inner=_of_one(one)) for one in comparisons]


def _of_one(one: Comparison) -> list[Folded]:
    answers: Document = [resolved_table(one), sides_table(one), *explanation_document(one)]
    every = [case_table(one, case) for case in dict.fromkeys(item.case for item in one.differences)]
    return [
        Folded(part.title, [part], printed=printed)
        for tables, printed in ((answers, True), (every, False))  # all numbers fill twenty printed pages
        for part in tables
        if not isinstance(part, Table) or part.rows
    ]

"""Report of a study: a self-contained HTML file, the same as Markdown, and a table of all indices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from fem_lumbar import __version__
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.foundation.atomic_files import write_table, write_text
from fem_lumbar.studies.answers.charts import output_charts
from fem_lumbar.studies.answers.gather import Answers
from fem_lumbar.studies.answers.limits import assumed, not_established
from fem_lumbar.studies.answers.study_charts import study_charts
from fem_lumbar.studies.answers.text import (
    NOT_RESOLVED,
    answer_document,
    asked_document,
    failures_document,
    methods_document,
    output_document,
    planned_points,
    study_document,
    study_title,
)
from fem_lumbar.studies.words import counted
from fem_lumbar.web_page.page import Folded, Mark, Page, page_text

PAGE, TEXT, INDICES = "report.html", "report.md", "indices.csv"
_COLUMNS = (
    "load_case", "output", "unit", "factor", "q2", "first", "first_low", "first_high", "total", "total_low",
    "total_high", "own", "effect", "effect_low", "effect_high", "mu_star", "mu", "sigma", "floor", "mesh_error",
    "error_of_effect", "resolved",
)  # fmt: skip


def write_report(
    found: Answers, folder: Path, tell: Callable[[int, int], None] = lambda done, all_of_them: None
) -> list[Path]:
    """Write page, text and table of indices into the folder of a study; returns their paths.

    Parameters
    ----------
    found : Answers
    folder : Path
    tell : callable
        Receives the number of outputs with figures done, and of all outputs.
    """
    return [
        write_text(folder / PAGE, page_text(study_page(found, tell))),
        write_text(folder / TEXT, to_markdown(study_title(found), study_document(found))),
        write_table(folder / INDICES, _COLUMNS, index_rows(found)),
    ]


def study_page(found: Answers, tell: Callable[[int, int], None] = lambda done, all_of_them: None) -> Page:
    """The page of a study (arguments: see :func:`write_report`)."""
    bad, planned = found.failures, planned_points(found)
    there = len(found.points.number)
    return Page(
        title=study_title(found),
        marks=[
            Mark(f"{there - bad.failed} of {planned} points done", there - bad.failed == planned),
            *([Mark(f"{bad.failed} failed", False)] if bad.failed else []),
        ],
        made=f"{found.manifest.density} mesh, fem-lumbar {found.manifest.versions.get('fem-lumbar', __version__)}",
        asked=asked_document(found),
        answer=answer_document(found),
        charts=study_charts(found),
        results=[Folded("Failures", failures_document(found), opened=bool(bad.failed)), *_outputs(found, tell)],
        methods=methods_document(found),
        assumptions=assumed(found),
        not_established=not_established(found),
    )


def _outputs(found: Answers, tell: Callable[[int, int], None]) -> list[Folded]:
    """A folded section per load case, with a subsection of tables and charts per output."""
    cases: list[Folded] = []
    done = 0
    for case, several in groupby(found.outputs, key=lambda one: one.case):
        inner = []
        for one in several:
            charts = output_charts(one, found, f"output{done}")
            document = output_document(one, found)
            inner.append(Folded(one.output.name, document, charts, opened=done == 0, printed=False))
            done += 1
            tell(done, len(found.outputs))
        title = f"{case_label(case)}: {counted(len(inner), 'output')}"
        cases.append(Folded(title, inner=inner, opened=not cases, printed=False))
    return cases


def index_rows(found: Answers) -> Iterable[dict[str, Any]]:
    """Rows of ``indices.csv`` by output and factor; cells are empty for effects that are not resolved."""
    for one in found.outputs:
        for i, factor in enumerate(found.points.factors):
            row: dict[str, Any] = {
                "load_case": one.case,
                "output": one.output.name,
                "unit": one.output.unit,
                "factor": factor.name,
                "q2": "" if one.surrogate is None else one.surrogate.q2,
                "floor": one.errors.floor,
                "mesh_error": one.errors.mesh_error,
            }
            if one.indices is not None:
                row["resolved"] = one.judge_index(i).value
                if row["resolved"] != NOT_RESOLVED:
                    parts = one.indices
                    row |= {"first": parts.first[i], "total": parts.total[i], "own": parts.own[i]}
                    row |= dict(zip(("first_low", "first_high"), parts.first_interval[i]))
                    row |= dict(zip(("total_low", "total_high"), parts.total_interval[i]))
            if i in one.swings and one.judge_swing(i).value != NOT_RESOLVED:
                effect = one.swings[i]
                row |= {"effect": effect.largest, "error_of_effect": one.errors.of_difference(effect.largest)}
                row |= dict(zip(("effect_low", "effect_high"), effect.interval or ()))
                row.setdefault("resolved", one.judge_swing(i).value)
            if i in one.elementary and one.judge_elementary(i).value != NOT_RESOLVED:
                effects = one.elementary[i]
                row |= {"mu_star": effects.mu_star, "mu": effects.mu, "sigma": effects.sigma}
                row.setdefault("resolved", one.judge_elementary(i).value)
            row.setdefault("resolved", NOT_RESOLVED)
            yield {name: "" if value is None else value for name, value in row.items()}

"""The report of a study: one self-contained HTML file, the same as Markdown, and all indices as a table."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fem_lumbar.documents.html import html_page, part_html
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Paragraph, Table, to_markdown
from fem_lumbar.foundation.atomic_files import write_table, write_text
from fem_lumbar.studies.answers.figures import failure_figure, output_figure
from fem_lumbar.studies.answers.gather import Answers
from fem_lumbar.studies.answers.group_text import NOT_VISIBLE, VISIBLE
from fem_lumbar.studies.answers.text import (
    NOT_RESOLVED,
    output_document,
    study_document,
    study_title,
)

PAGE, TEXT, INDICES = "report.html", "report.md", "indices.csv"
_DPI = 80
_COLOURS = {VISIBLE: "#00734f", NOT_VISIBLE: "#7a5c00", NOT_RESOLVED: "#7a5c00"}
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
        Told how many of how many figures are drawn.
    """
    head = study_document(found)
    bad = failure_figure(found.failures, found)
    picture = "" if bad is None else _image(bad, "failed and done points")
    body = [*map(_html, head), picture, *_details(found, tell)]
    return [
        write_text(folder / PAGE, html_page(study_title(found), "".join(body))),
        write_text(folder / TEXT, to_markdown(study_title(found), head)),
        write_table(folder / INDICES, _COLUMNS, index_rows(found)),
    ]


def index_rows(found: Answers) -> Iterable[dict[str, Any]]:
    """Rows of ``indices.csv``: every output and factor; a cell is empty where it is not resolved."""
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


def _details(found: Answers, tell: Callable[[int, int], None]) -> Iterable[str]:
    """A folded part for each load case, with tables and figure of every output."""
    drawn = 0
    yield "<h2>Every output</h2>"
    for case, several in groupby(found.outputs, key=lambda one: one.case):
        yield f"<details><summary><b>{escape(case_label(case))}</b></summary>"
        for one in several:
            yield f"<h3>{escape(one.output.name)}</h3>"
            yield from map(_html, output_document(one, found))
            if np.ptp(one.data) > 0.0 and (one.swings or one.elementary):
                yield _image(output_figure(one, found), one.output.name)
            drawn += 1
            tell(drawn, len(found.outputs))
        yield "</details>"


def _image(figure: Figure, title: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(title)}" src="data:image/png;base64,{data}">'


def _html(part: Table | Paragraph) -> str:
    return part_html(part, _COLOURS, "h3")

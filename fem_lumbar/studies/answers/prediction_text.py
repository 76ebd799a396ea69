"""Text on predictions of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.studies.answers.predict import Prediction, Question
from fem_lumbar.studies.answers.resolution import Resolution
from fem_lumbar.studies.answers.surrogate import RESOLVED_Q2

OUTSIDE, REMOTE, WITHIN = "outside the data", "far from all points", "within the data"


def prediction_document(
    asked: Question, found: Sequence[Prediction], units: Mapping[str, str], silent: Sequence[tuple[str, str]] = ()
) -> Document:
    """Factor values, whether they are within the data, predictions, and load cases and outputs without one."""
    given = ", ".join(f"{name} = {value}" for name, value in asked.given.items()) or "nothing set"
    parts: Document = [Paragraph(f"At {given}.")]
    if asked.middle:
        others = ", ".join(f"{name} = {value}" for name, value in asked.middle.items())
        parts.append(Paragraph(f"Not set, so in the middle of the study: {others}."))
    if asked.outside:
        title = "OUTSIDE THE DATA: these answers are guesses, and their errors do not hold"
        parts.append(Paragraph.bulleted(asked.outside, title))
    if silent:
        lines = [f"{output}, {case_label(case)}" for case, output in silent]
        parts.append(Paragraph.bulleted(lines, "No answer: it does not vary, or fewer than six points have it"))
    rows: list[Sequence[str]] = [_row(one, asked, units) for one in found]
    note = (
        "±: half of the 95 % interval of prediction, from points left out of the fit. "
        f"No value where Q² is below {RESOLVED_Q2:g}. '{REMOTE}': within each range, but farther from all points of "
        "the study than any of them from the others."
    )
    columns = ["load case", "output", "unit", "value", "±", "Q²", "where"]
    return [*parts, Table("Answers of the surrogates", columns, rows, note)]


def _row(one: Prediction, asked: Question, units: Mapping[str, str]) -> list[str]:
    shown = [number(one.value, 4), number(one.half_width, 2)] if one.resolved else [Resolution.NOT_RESOLVED.value, "—"]
    where = OUTSIDE if asked.outside else REMOTE if one.remote else WITHIN
    return [case_label(one.case), one.output, units[one.output], *shown, f"{one.q2:.3f}", where]

"""Text on derivatives of results as an uncertainty budget: the largest contributions, and the total uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.sensitivity.budget import Budget
from fem_lumbar.sensitivity.table import Derivatives

_SHOWN = 3
_HOW = (
    "First order: derivative of the result times the standard deviation of each unknown, which is taken as uniform "
    "over its published range (width / √12) and independent of the others; squares are summed. ?: more than half of "
    "the result, where no linear forecast holds: the ranges leave it unknown. *: a contact opens or closes, or a "
    "ligament slackens or tightens within the range; there the forecast is a hint only. Discretisation error and "
    "numerical floor are not in it: the report of a run has them."
)


def sensitivity_title(table: Derivatives) -> str:
    """Heading."""
    return f"Sensitivity: {table.scenario} ({table.density} mesh), {len(table.parameters)} parameters"


def sensitivity_document(table: Derivatives, found: Sequence[Budget]) -> Document:
    """Table of main results with their uncertainty and its contributions, and what is left out."""
    columns = ("load case", "result", "value", "unit", "± SD", *(f"unknown {k + 1}: share" for k in range(_SHOWN)))
    shown = Table("Uncertainty from published ranges", columns, note=_HOW)
    for one in found:
        if not one.contributions:
            continue
        parts = [
            f"{part.parameter.key}: {one.share(part):.0%}{'*' if part.kink else ''}"
            for part in one.contributions[:_SHOWN]
        ]
        cells = (
            case_label(one.case),
            one.quantity,
            number(one.value),
            one.unit,
            number(one.standard_deviation, 2) + ("?" if one.is_beyond_linear else ""),
        )
        shown.rows.append((*cells, *parts, *[""] * (_SHOWN - len(parts))))
    document: Document = [shown]
    if not shown.rows:
        document = [Paragraph("None of these parameters has a published range and an effect on a main result.")]
    if table.left_out:
        lines = "\n".join(f"- {name}: {why}" for name, why in table.left_out.items())
        document.append(Paragraph(lines, "Left out"))
    return document

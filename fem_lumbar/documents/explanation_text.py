"""Contributions to the differences between two runs, as a table and as data."""

from __future__ import annotations

from typing import Any

from fem_lumbar.comparison.differences import Comparison
from fem_lumbar.comparison.explanation import Explained, Explanation
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.quantities import label, unit

_SHOWN = 3
_HOW = (
    "First order: derivative in the first run times the difference of the number, ± error of the derivative, 1 % of "
    "the part at least; *: a contact opens or closes, or a ligament slackens or tightens on the way. The remainder is "
    "what the parts leave: curvature, numbers acting together, and all that has no derivative. A difference that is "
    "not resolved claims nothing, nor do its parts."
)


def explanation_document(comparison: Comparison) -> Document:
    """A table of the main results, and what is not covered; empty without derivatives."""
    found = comparison.explanation
    if found is None:
        return []
    table = Table(
        f"What the differences are made of: {comparison.name_b} against {comparison.name_a}",
        ("case", "quantity", "difference", "unit", "verdict", *_columns(), "others", "remainder"),
        note=_HOW,
    )
    table.rows += [_row(one) for one in found.results]
    document: Document = [table] if table.rows else []
    if found.not_covered:
        lines = "\n".join(f"- {name}: {why}" for name, why in found.not_covered.items())
        document.append(Paragraph(lines, "Differences without a first-order part"))
    return document


def explanation_data(found: Explanation | None) -> dict[str, Any] | None:
    """The same as plain data; None without derivatives."""
    if found is None:
        return None
    return {
        "not_covered": found.not_covered,
        "results": [
            {
                "case": one.difference.case,
                "quantity": ".".join(one.difference.path),
                "unit": unit(one.difference.path),
                "difference": one.difference.delta,
                "verdict": one.difference.verdict.value,
                "parts": [
                    {"key": part.key, "change": part.change, "error": part.error, "kink": part.kink}
                    for part in one.forecast.parts
                ],
                "remainder": one.remainder,
            }
            for one in found.results
        ],
    }


def _columns() -> tuple[str, ...]:
    return tuple(f"part {place + 1}" for place in range(_SHOWN))


def _row(one: Explained) -> tuple[str, ...]:
    """A difference with its largest contributions."""
    parts = sorted((part for part in one.forecast.parts if part.change != 0.0), key=lambda part: -abs(part.change))
    shown = [
        f"{part.key}: {number(part.change)} ± {number(part.error, 1)}{'*' if part.kink else ''}"
        for part in parts[:_SHOWN]
    ]
    others = sum(part.change for part in parts[_SHOWN:])
    difference = one.difference
    return (
        case_label(difference.case),
        label(difference.path),
        number(difference.delta),
        unit(difference.path),
        difference.words,
        *shown,
        *[""] * (_SHOWN - len(shown)),
        number(others) if len(parts) > _SHOWN else "",
        number(one.remainder),
    )

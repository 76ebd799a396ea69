"""Uncertainty of the main results of a run: mesh, numerical floor, and published ranges of parameters."""

from __future__ import annotations

from fem_lumbar.comparison.asymmetry import asymmetry_floor
from fem_lumbar.documents.marks import MarkedNumbers
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Paragraph, Table, number
from fem_lumbar.measures.quantities import kind
from fem_lumbar.runs.run import Run
from fem_lumbar.runs.stored_sensitivity import is_of
from fem_lumbar.runs.values import Value
from fem_lumbar.sensitivity.budget import Budget, budgets
from fem_lumbar.sensitivity.files import read_sensitivity

TITLE = "Uncertainty of the main results"
_SHOWN = 3
_HOW = (
    "Each ± in the unit of the result. Mesh: stored discretisation error under this load; —: not known. Floor: "
    "algebraic error, or left/right difference of a symmetric scenario if that is more. Ranges: standard deviation "
    "from the published ranges of the {count} numbers that were derived, each uniform over its range and independent "
    "of the others, to first order (docs/sensitivity.md); ?: more than half of the result, which no linear forecast "
    "reaches: the ranges leave it unknown. Unknowns: their share of that variance; *: a contact or ligament changes "
    "sides within the range."
)


def uncertainty(run: Run) -> Table | Paragraph | None:
    """Errors and uncertainty budget of the main results, or the command that computes them; None without results."""
    if not run.converged:
        return None
    table = read_sensitivity(run.folder)
    if table is None:
        return Paragraph("Not computed: fem-lumbar sensitivity RUN, with the folder of this run as RUN, does.", TITLE)
    if not is_of(table, run):
        text = "The stored sensitivity is of other results than those of this run: repeat fem-lumbar sensitivity RUN."
        return Paragraph(text, TITLE)
    marked, floors = MarkedNumbers.of(run), asymmetry_floor(run.summary, run.resolved)
    columns = ("load case", "result", "value", "unit", "± mesh", "± floor", "± ranges", *_unknowns())
    shown = Table(TITLE, columns, note=_HOW.format(count=sum(one.is_unknown for one in table.parameters)))
    values = {(one.case, one.quantity): one for one in run.values}
    for one in budgets(table):
        if one.contributions:
            value = values[one.case, one.quantity]
            shown.rows.append(_row(value, one, marked, floors.get(one.case, {}).get(kind(value.path))))
    left = ", ".join(case_label(name) for name in run.converged if name not in table.cases)
    if left:
        shown.note += f" Load cases without: {left}."
    return shown if shown.rows else Paragraph("None of the derived numbers has a published range and an effect.", TITLE)


def _unknowns() -> tuple[str, ...]:
    return tuple(f"unknown {place + 1}" for place in range(_SHOWN))


def _row(value: Value, one: Budget, marked: MarkedNumbers, aside: float | None) -> tuple[str, ...]:
    applied = marked.run.cases[one.case]["applied"]
    mesh = marked.bars.error(one.case, applied, marked.density, value.path, value.value)
    floor = max((size for size in (value.floor, aside) if size is not None), default=None)
    parts = [
        f"{part.parameter.key}: {one.share(part):.0%}{'*' if part.kink else ''}" for part in one.contributions[:_SHOWN]
    ]
    return (
        case_label(one.case),
        one.quantity,
        number(value.value),
        one.unit,
        number(mesh, 2),
        number(floor, 2),
        number(one.standard_deviation, 2) + ("?" if one.is_beyond_linear else ""),
        *parts,
        *[""] * (_SHOWN - len(parts)),
    )

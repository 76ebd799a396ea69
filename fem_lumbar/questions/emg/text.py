"""Tables of predicted EMG changes and of the persons needed to detect them."""

from __future__ import annotations

import math

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Table, number
from fem_lumbar.questions.emg.parameters import designs, power_wanted, significance
from fem_lumbar.questions.emg.power import visible_effect
from fem_lumbar.questions.emg.study import Change, EmgStudy, Expectation

FEASIBLE = 1000
"""Number of persons above which an effect is called not visible; large studies of this kind have some hundred."""
_PERSONS = (10, 20, 50, 100, 200, FEASIBLE)


def emg_title(study: EmgStudy) -> str:
    """Heading of the document."""
    return f"Expected electromyography against {study.reference} ({study.density} mesh)"


def emg_document(study: EmgStudy) -> Document:
    """All tables of a study."""
    return [ratio_table(study), visible_table()]


def ratio_table(study: EmgStudy) -> Table:
    """One row per run, task, muscle and level."""
    names = [design.name for design in designs()]
    table = Table(
        "Left over right, change against the reference, persons needed",
        (
            "run, task", "muscle", "level", "activation\nleft, %", "right, %", "left/right\nof amplitude", "change, %",
            *(f"persons,\n{name}" for name in names), "verdict", "left/right\nnormalised", "change, %",
            f"persons,\n{names[0]}",
        ),
        note="Amplitude: sum over the fascicles that end at the level or run past it of activation times active "
        "cross-section. Normalised: over that of the maximal contraction of the same muscle and side. Persons: "
        f"two-sided paired t-test at {significance():g}, power {power_wanted():g}, on the logarithm of left over "
        "right. " + " ".join(f"{design.name}: {design.text}." for design in designs())
        + f" Not visible: more than {FEASIBLE} persons in every design. A dash: a side is silent, or no change, or "
        f"more than ten million persons. Reference: left and right differ by at most {study.floor:.1e} of the "
        "amplitude; the mesh error of a change is not known.",
    )  # fmt: skip
    for one in study.found:
        table.rows.append(_cells(one))
    return table


def _cells(one: Expectation) -> tuple[str, ...]:
    signal, amplitude, normalised = one.signal, one.changes["amplitude"], one.changes["normalised"]
    left, right = signal.normalised
    return (
        f"{one.run}, {case_label(one.case)}", signal.muscle, signal.level, number(100 * left), number(100 * right),
        _ratio(amplitude.here), _percent(amplitude), *map(_count, amplitude.persons.values()), verdict(amplitude),
        _ratio(normalised.here), _percent(normalised), _count(next(iter(normalised.persons.values()))),
    )  # fmt: skip


def verdict(change: Change) -> str:
    """Designs that detect a change with a feasible number of persons."""
    if change.size is None:
        return "silent"
    seen = [name for name, persons in change.persons.items() if persons is not None and persons <= FEASIBLE]
    return ", ".join(seen) if seen else "not visible"


def visible_table() -> Table:
    """Smallest detectable change of the left/right ratio by number of persons, for each design with its range."""
    table = Table(
        "Least visible change of left over right, %",
        ("persons", *(design.name for design in designs())),
        note="At the value of the data file; in brackets at both ends of its range (fem_lumbar/questions/emg/data).",
    )
    for persons in _PERSONS:
        effect = visible_effect(persons, power_wanted(), significance())
        cells = []
        for design in designs():
            least, low, high = (
                number(100 * math.expm1(effect * spread), 2) for spread in (design.spread, design.low, design.high)
            )
            cells.append(f"{least} ({low} to {high})")
        table.rows.append((str(persons), *cells))
    return table


def _ratio(logarithm: float | None) -> str:
    return number(None if logarithm is None else math.exp(logarithm), 4)


def _percent(change: Change) -> str:
    return number(None if change.size is None else 100 * math.expm1(change.size), 2)


def _count(persons: int | None) -> str:
    return "—" if persons is None else str(persons)

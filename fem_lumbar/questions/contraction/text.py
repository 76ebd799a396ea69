"""Tables and sentences on MALs from rest to maximal contraction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from fem_lumbar.comparison.differences import RESOLVED_AT
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.measures.insertion_stiffness import FEET
from fem_lumbar.measures.mal import angle_deg
from fem_lumbar.questions.contraction.study import MAXIMAL, MEANING, ContractionStudy
from fem_lumbar.questions.contraction.vertebra import LONGISSIMUS, MULTIFIDUS, Contraction

ALIKE = 1e-6
"""Relative difference up to which both sides are treated as mirror images."""
FIBROUS, COMPLETE = "fibrous", "type_III"
_PER_MILLE = 1e3

QUANTITIES: dict[str, Callable[[Contraction], float | None]] = {
    "force through the MAL (N)": lambda one: one.on_mal_N,
    "multifidus through the MAL (N)": lambda one: one.muscles[MULTIFIDUS].on_mal_N,
    "longissimus through the MAL (N)": lambda one: one.muscles[LONGISSIMUS].on_mal_N,
    "resultant pull on the MAL (N)": lambda one: one.pull_N,
    "displacement of the insertion (mm)": lambda one: one.insertion_displacement_mm,
    "of it relative to the feet (mm)": lambda one: one.give_way_mm,
    "direction of multifidus, change by load (°)": lambda one: one.muscles[MULTIFIDUS].direction_change_deg,
    "bone strain, mammillary foot (‰)": lambda one: _PER_MILLE * one.bone_strain("mammillary"),
    "bone strain, accessory foot (‰)": lambda one: _PER_MILLE * one.bone_strain("accessory"),
    "energy in the MAL (N·mm)": lambda one: one.energy_Nmm,
}


def contraction_title(study: ContractionStudy) -> str:
    """Heading of the document."""
    return f"From rest to maximal contraction: {study.scenario} ({study.density} mesh)"


def contraction_document(study: ContractionStudy) -> Document:
    """All tables of a study."""
    return [range_table(study), Paragraph(mirror_sentence(study)), effect_table(study), hinge_table(study)]


def contraction_parts(study: ContractionStudy | None) -> Document:
    """Part of a library's page: each state at maximal contraction, effect of ossification, effect of assumptions."""
    if study is None:
        title = "From rest to maximal contraction"
        return [Paragraph("Not solved; run fem-lumbar report on the folder without --no-run.", title)]
    at_most = replace(study, here=tuple(one for one in study.here if one.activation == MAXIMAL))
    return [range_table(at_most), Paragraph(mirror_sentence(study)), effect_table(study), hinge_table(study)]


def shown_sides(study: ContractionStudy) -> tuple[str, ...]:
    """Only the left side if the right one is its mirror image."""
    return SIDES[:1] if mirror_difference(study.here) <= ALIKE else tuple(SIDES)


def mirror_difference(rows: Iterable[Contraction]) -> float:
    """Largest relative difference between left and right of the quantities of :data:`QUANTITIES`."""
    by_side: dict[tuple[str, str, float], dict[str, Contraction]] = {}
    for one in rows:
        by_side.setdefault((one.level, one.state, one.activation), {})[one.side] = one
    largest = 0.0
    for pair in by_side.values():
        for of in QUANTITIES.values():
            left, right = (of(pair[side]) or 0.0 for side in SIDES)
            if size := max(abs(left), abs(right)):
                largest = max(largest, abs(left - right) / size)
    return largest


def mirror_sentence(study: ContractionStudy) -> str:
    """Sentence on the deviation from mirror symmetry, and from a response proportional to activation."""
    worst = max((_departure(study, one), one.level, one.state) for one in study.here if one.on_mal_N > 0.0)
    return (
        f"Right and left differ by at most {mirror_difference(study.here):.1e} of a value. Force through the MAL at "
        "maximal contraction differs from its value at the lowest activation times the ratio of activations by at most "
        f"{number(100 * worst[0], 2)} % ({worst[1]}, {case_label(worst[2])}). Sum of forces on an arch: off by at most "
        f"{max(one.imbalance_N for one in study.here):.1e} N."
    )


def _departure(study: ContractionStudy, one: Contraction) -> float:
    same = [other for other in study.here if (other.level, other.side, other.state) == (one.level, one.side, one.state)]
    low, high = same[0], same[-1]
    return abs(high.on_mal_N / (low.on_mal_N * high.activation / low.activation) - 1.0)


def range_table(study: ContractionStudy) -> Table:
    """One row per activation, level and state."""
    table = Table(
        "Force, displacement, direction, bone strain and energy",
        (
            "level, side, state, activation", "multifidus through\nthe MAL, N", "share",
            "longissimus through\nthe MAL, N", "share", "insertion\nmoves, mm", "against\nits feet, mm",
            "direction of multifidus\nby load, °", "against\nfibrous, °", "bone strain, ‰\nmammillary", "accessory",
            "energy in the\nMAL, N·mm",
        ),
        note=f"{MEANING} Insertion: dorsal face of the arch, without an arch the mammillary attachment, against the "
        "held endplate. Direction of multifidus: resultant of all that its mammillary fascicles pull with, arch and "
        "process together, against the same tensions along the unloaded lines; and against that of the fibrous state. "
        "A share that the arch gives up enters bone along the same line (docs/muscles.md), so only the step to absent "
        "can turn the pull by itself. Bone strain: the larger of tension and compression, 95th percentile by volume "
        "within 5 mm of the foot.",
    )  # fmt: skip
    fibrous = {(one.level, one.side, one.activation): one for one in study.here if one.state == FIBROUS}
    sides = shown_sides(study)
    for one in study.here:
        if one.side in sides:
            table.rows.append(_cells(one, fibrous[one.level, one.side, one.activation]))
    return table


def _cells(one: Contraction, fibrous: Contraction) -> Sequence[str]:
    multifidus, longissimus = one.muscles[MULTIFIDUS], one.muscles[LONGISSIMUS]
    turned = angle_deg(np.array(multifidus.vector_N), np.array(fibrous.muscles[MULTIFIDUS].vector_N))
    return (
        f"{one.level} {one.side} {case_label(one.state)} {one.activation:g}",
        number(multifidus.on_mal_N), number(multifidus.share), number(longissimus.on_mal_N), number(longissimus.share),
        number(one.insertion_displacement_mm), number(one.give_way_mm), number(multifidus.direction_change_deg, 2),
        number(turned, 2), *(number(_PER_MILLE * one.bone_strain(foot)) for foot in FEET), number(one.energy_Nmm),
    )  # fmt: skip


def effect_table(study: ContractionStudy) -> Table:
    """Effect of complete ossification at maximal contraction, with the discretisation error."""
    coarser = study.coarser_density
    told = "not known: there is no coarser mesh" if coarser is None else f"change here less that on the {coarser} mesh"
    table = Table(
        "Complete ossification (type III) against the fibrous MAL, maximal contraction",
        ("level, side", "quantity", "fibrous", "type III", "change", "± error", "%", "verdict"),
        note=f"Error: {told}; a change is resolved beyond {RESOLVED_AT:g} times its error.",
    )
    here, before = (_at_maximum(rows) for rows in (study.here, study.coarser))
    for level, side in dict.fromkeys((one.level, one.side) for one in study.here):
        if side not in shown_sides(study):
            continue
        for name, of in QUANTITIES.items():
            low, high = (of(here[level, side, state]) for state in (FIBROUS, COMPLETE))
            if low is None or high is None:
                continue
            error = None
            if before:
                first, second = (of(before[level, side, state]) for state in (FIBROUS, COMPLETE))
                error = abs((high - low) - ((second or 0.0) - (first or 0.0)))
            table.rows.append((f"{level} {side}", name, *_change(low, high, error)))
    return table


def _change(low: float, high: float, error: float | None) -> Sequence[str]:
    change = high - low
    verdict = "error not known"
    if error is not None:
        verdict = "resolved" if abs(change) > RESOLVED_AT * error else "not resolved"
    relative = number(100 * change / low, 3) if low else "—"
    shown = "not known" if error is None else number(error, 2)
    return number(low), number(high), number(change), shown, relative, verdict


def _at_maximum(rows: Iterable[Contraction]) -> dict[tuple[str, str, str], Contraction]:
    return {(one.level, one.side, one.state): one for one in rows if one.activation == MAXIMAL}


def hinge_table(study: ContractionStudy) -> Table:
    """Force through the MAL and bone strain at the ends of the range of every assumption."""
    table = Table(
        "What the answer depends on: maximal contraction at the ends of the range of each assumption",
        (
            "level, side, state", "assumption", "value", "unit", "through the\nMAL, N", "as the scenario\nhas it",
            "bone strain, ‰\nmammillary", "as it is", "against its\nfeet, mm", "as it is",
        ),
        note=f"On the {study.coarser_density or study.density} mesh. Each assumption alone, over the range of its data "
        "file; fascia: both strips together, and the one to the MAL alone.",
    )  # fmt: skip
    default = _at_maximum(study.at_default)
    sides = shown_sides(study)
    for one in study.hinges:
        if one.found.side in sides:
            found, usual = one.found, default[one.found.level, one.found.side, one.found.state]
            table.rows.append(
                (
                    f"{found.level} {found.side} {case_label(found.state)}", one.assumption, f"{one.value:g}", one.unit,
                    number(found.on_mal_N), number(usual.on_mal_N),
                    number(_PER_MILLE * found.bone_strain("mammillary")),
                    number(_PER_MILLE * usual.bone_strain("mammillary")),
                    number(found.give_way_mm), number(usual.give_way_mm),
                )
            )  # fmt: skip
    return table

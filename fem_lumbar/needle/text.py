"""Results of placements as tables and paragraphs, with the evidence for and against and the assumptions."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.muscles import branch_under_mal, medial_branches
from fem_lumbar.documents.evidence import evidence
from fem_lumbar.documents.tables import Document, Paragraph, Table
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.needle.aim import DESCRIPTION
from fem_lumbar.needle.chance import Chance
from fem_lumbar.needle.parameters import needle_quantities, needle_values
from fem_lumbar.needle.study import FIBROUS, NeedleDifference, NeedleRow, NeedleStudy
from fem_lumbar.needle.verdict import USUAL, claim, told
from fem_lumbar.nerve.course import PARTS, Course, course_quantities

_PARTS = {"neck": "before", "tunnel": "under", "lamina": "behind"}
_HALVES = {"middle_half": (0.25, 0.75), "posterior_half": (0.5, 1.0)}


def needle_title(study: NeedleStudy) -> str:
    """Heading of a study."""
    asked = study.question
    return (
        f"Radiofrequency lesions of the medial branch: {study.name}, {', '.join(asked.lesions)}, "
        f"{asked.count} placements, seed {asked.seed}, nerve of {2 * asked.nerve_radius_mm:g} mm (assumed)"
    )


def needle_document(study: NeedleStudy) -> Document:
    """Tables and paragraphs."""
    document: Document = [Paragraph.bulleted(answer(study), "In short")]
    document += [_courses(study), _coverage(study), _chances(study), _differences(study)]
    approaches = [f"{_name(one)}: {DESCRIPTION[one]}" for one in study.question.approaches]
    document.append(Paragraph.bulleted(approaches, "Approaches"))
    if study.absent:
        places = ", ".join(" ".join(place) for place in study.absent)
        document.append(Paragraph(f"{places}: no ligament in the mesh, so no course.", "No tunnel"))
    document.append(Paragraph.bulleted(evidence("lesion_for"), "Evidence for a failure under bone"))
    document.append(Paragraph.bulleted(evidence("lesion_against"), "Evidence against it"))
    document.append(Paragraph.bulleted(assumptions(), "Assumptions"))
    document.append(Paragraph.bulleted(what_follows(study), "What a lesion does to muscle"))
    return document


def answer(study: NeedleStudy) -> list[str]:
    """Conclusions on the claim that lesions fail where the ligament has ossified, one line each."""
    own = [one for one in study.differences if (one.level, one.side) not in study.mirrored]
    usual = [one for one in own if one.approach in USUAL]
    lines = []
    if usual:
        under_bone = [row for row in study.rows if row.approach in USUAL and row.state != FIBROUS]
        chances = [row.interrupted.value for row in under_bone if row.judged] or [float("nan")]
        lines = [
            f"Claim: lesions fail where the ligament has ossified. At the taught target ({DESCRIPTION[USUAL[0]]}): "
            f"{claim(usual)}.",
            f"There, ossified against fibrous: {told(usual)}. Under bone the nerve is still interrupted in "
            f"{100 * min(chances):.0f} to {100 * max(chances):.0f} % of the placements.",
        ]
    for approach in study.question.approaches:
        if approach not in USUAL:
            lines.append(f"{_name(approach)}: {told(one for one in own if one.approach == approach)}.")
    return lines


def assumptions() -> list[str]:
    """Assumed and literature values, and simplifications, one line each."""
    lines = [
        f"{group}.{key} {_shown(one)}: {one.source} ({one.confidence})"
        for group in ("heat", "placement", "interruption", "judgement")
        for key, one in needle_quantities()[group].items()
    ]
    lines += [
        f"course.{key} {_shown(one)}: {one.source} ({one.confidence})"
        for key, one in course_quantities()["bone"].items()
    ]
    return [
        *lines,
        "One undivided nerve on one bone shape. In cadavers the nerve was undivided in 46 % at the front quarter of "
        "the neck and in 3 % at its middle (Tran et al. 2024, by slides): a lesion further back must take all its "
        "branches, so that the probabilities are upper estimates.",
        "The size of a lesion is that in homogeneous tissue: bone, blood and fluid around the tip are left out. "
        "'small' is the effective radius beyond the electrode, 'ex vivo' what is measured in meat: the ends of a band.",
        "Ossified means a complete bony roof. 're-aimed': needles meant for the neck are corrected until they lie as "
        "without it, and the nerve under it stays whole. 'heat passes': the roof stops needles that nobody corrects. "
        "'heat stopped': it does, and the nerve under it stays whole too. Partial bridges were not computed.",
        "Interrupted is not relieved: relief also depends on whether the joint was the source.",
        "The interval is that of counting placements alone.",
    ]


def what_follows(study: NeedleStudy) -> list[str]:
    """The lost branch, the scenario key that models its loss, and evidence on muscle after lesions."""
    lines = []
    for level, side in dict.fromkeys((row.level, row.side) for row in study.rows):
        branch = branch_under_mal(level)
        supplied = ", ".join(name.removeprefix("multifidus.") for name in medial_branches()[branch])
        lines.append(
            f"{level} {side}: branch of {branch}, multifidus {supplied}; muscles.denervated.{branch}.{side}: 1.0"
        )
    return [
        *lines,
        "--scenario-out FILE writes that scenario; fem-lumbar run gives its facet load.",
        *evidence("lesion_muscle"),
    ]


def _courses(study: NeedleStudy) -> Table:
    table = Table(
        "Course of the branch on the vertebra",
        ("level", "side", "branch of", "neck\nmm", "tunnel\nmm", "lamina\nmm", "half of neck", "lateral\n°",
         "published", "caudal\n°", "published"),
        note="Direction of the nerve on two halves of the neck, from behind and from the side, beside published angles "
        "of needles laid along it (range of the means of levels; Tran et al. 2023). It is not fitted to them.",
    )  # fmt: skip
    for course in study.courses:
        lengths = (f"{course.lengths_mm[name]:.1f}" for name in PARTS)
        place = (course.level, course.side, branch_under_mal(course.level), *lengths)
        for half, ends in _HALVES.items():
            known = needle_values()["aims"][half]
            lateral, caudal = course_angles(course, *ends)
            found = (f"{lateral:.0f}", _range(known["lateral_deg"]), f"{caudal:.0f}", _range(known["caudal_deg"]))
            table.rows.append((*place, half.split("_")[0], *found))
    return table


def course_angles(course: Course, begin: float, end: float) -> tuple[float, float]:
    """Angles (°) of a needle along the course between two fractions of the neck, as they are read from photographs.

    Lateral: from the parasagittal plane, in the posterior view; caudal: from the endplates, in the lateral view.
    """
    x, y, z = course.points[course.on_neck(end)] - course.points[course.on_neck(begin)]
    return float(np.degrees(np.arctan2(y, -z))), float(np.degrees(np.arctan2(-z, -x)))


def _coverage(study: NeedleStudy) -> Table:
    columns = ["level", "side", "approach", "cannula", "size"]
    states = [_states(study)[0], _states(study)[-1]]
    for state in states:
        columns += [f"{state}:\n{name} mm" for name in _PARTS.values()] + ["% of\ncourse"]
    table = Table(
        "Nerve in the lesion with its whole cross-section, mean of the placements", columns, note=_recalled(study)
    )
    for place in _places(study):
        rows = {row.state: row for row in study.rows if _place(row) == place}
        cells: list[str] = []
        for state in states:
            cells += [f"{rows[state].covered_mm[name]:.1f}" for name in PARTS] + [f"{rows[state].share_percent:.0f}"]
        table.rows.append((*_heads(study, rows[FIBROUS]), *cells))
    return table


def _chances(study: NeedleStudy) -> Table:
    table = Table(
        f"Probability that at least {study.question.length_mm:g} mm are interrupted, %, with 95 % interval of counting",
        ("level", "side", "approach", "cannula", "size", *_states(study), "held back by\nbone %"),
        note="Held back: placements in which bone on the way in stops a needle short, with the roof if it stops any.",
    )
    for place in _places(study):
        rows = {row.state: row for row in study.rows if _place(row) == place}
        chances = (_percent(rows[state].interrupted) for state in _states(study))
        stopped = max(rows.values(), key=lambda row: row.held_back_percent)
        table.rows.append((*_heads(study, rows[FIBROUS]), *chances, f"{stopped.held_back_percent:.0f}"))
    return table


def _differences(study: NeedleStudy) -> Table:
    least = 100.0 * needle_values()["judgement"]["least_difference"]
    table = Table(
        "Ossified minus fibrous, percentage points, for the same placements",
        (
            "level",
            "side",
            "approach",
            "cannula",
            "size",
            *_states(study)[1:],
            "mesh\n±",
            "verdict from the first to the last",
        ),
        note=f"Interval of counting, and the largest change with the mesh; the verdict allows for both. {least:g} "
        "points are taken for the least that matters: 'no effect' is within that, 'fails more often' beyond it, 'near "
        "what matters' across it without 0. 'Fails either way': hardly ever interrupts the nerve.",
    )
    for place in _places(study):
        own = [one for one in study.differences if _place(one) == place]
        verdicts = " … ".join(dict.fromkeys(one.verdict for one in own))
        cells = [_percent(one.difference, sign=True) for one in own]
        cells.append(f"{100.0 * max(one.mesh_error for one in own):.1f}")
        table.rows.append((*_heads(study, own[0]), *cells, verdicts if own[0].judged else "recalled size: shown only"))
    return table


def _states(study: NeedleStudy) -> list[str]:
    return list(dict.fromkeys(row.state for row in study.rows))


def _place(row: NeedleRow | NeedleDifference) -> tuple[str, ...]:
    return row.level, row.side, row.approach, row.cannula, row.size


def _places(study: NeedleStudy) -> list[tuple[str, ...]]:
    """Every place with its approach and lesion; mirrored sides are left out."""
    return [one for one in dict.fromkeys(map(_place, study.rows)) if one[:2] not in study.mirrored]


def _heads(study: NeedleStudy, row: NeedleRow | NeedleDifference) -> tuple[str, ...]:
    alike = any(level == row.level for level, _ in study.mirrored)
    return row.level, "both" if alike else row.side, _name(row.approach), row.cannula, row.size.replace("_", " ")


def _recalled(study: NeedleStudy) -> str:
    names = dict.fromkeys(row.cannula for row in study.rows if not row.judged)
    return f"Sizes of {', '.join(names)} are recalled, not read: shown, never judged." if names else ""


def _name(approach: str) -> str:
    return approach.replace("_", " ")


def _range(ends: list[float]) -> str:
    return f"{ends[0]:g} to {ends[1]:g}"


def _percent(chance: Chance, sign: bool = False) -> str:
    form = "+.1f" if sign else ".1f"
    value, low, high = (f"{round(100.0 * one, 1) + 0.0:{form}}" for one in (chance.value, chance.low, chance.high))
    return f"{value} ({low} to {high})"


def _shown(one: Quantity) -> str:
    unit = "" if one.unit == "1" else f" {one.unit}"
    around = "" if one.range is None else f", range {one.range[0]:g} to {one.range[1]:g}"
    return f"{one.value:g}{unit}{around}"

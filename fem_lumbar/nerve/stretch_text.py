"""Table of the courses of medial branches and their lengths under load, with the assumptions."""

from __future__ import annotations

from fem_lumbar.documents.tables import Document, Paragraph, Table
from fem_lumbar.nerve.course import course_quantities
from fem_lumbar.nerve.stretch import NO_ORIGIN, StretchRow
from fem_lumbar.nerve.study import NerveStudy

_VERDICTS = {"venular_flow": "venular flow slowed", "no_flow": "flow stopped"}


def stretch_parts(study: NerveStudy) -> Document:
    """Table of lengths, its assumptions, and the courses that were not found."""
    parts: Document = []
    if study.stretch:
        parts += [
            _table(study.stretch),
            Paragraph.bulleted(_assumptions(), "About the course"),
        ]
    if study.no_course:
        parts.append(Paragraph.bulleted(study.no_course, "Course not known"))
    return parts


def _table(rows: list[StretchRow]) -> Table:
    columns = ["level", "side", "branch of", "load case", "on its vertebra\nmm", "change\nmm"]
    columns += ["foramen to tunnel\nmm", "change\nmm", "held in it\n%", "sliding\n%", "verdict"]
    limits = (
        f"{_VERDICTS[name]} from {one.value:g} %" for name, one in course_quantities()["stretch_thresholds"].items()
    )
    table = Table("Course of the branch and its length", columns)
    table.note = (
        "Change against the unloaded length. From the foramen to the tunnel the branch crosses the joint, as a "
        "straight line without slack; held in the tunnel it takes all of that change there, sliding through it along "
        "its whole course. The verdict is on the former. Thresholds of elongation (recalled): "
        f"{', '.join(limits)}. —: {NO_ORIGIN}."
    )
    for row in rows:
        across = (row.across_mm, row.across_change_mm, row.across_percent, row.sliding_percent)
        cells = (
            "—" if value is None else form.format(value + 0.0)
            for value, form in zip(across, ("{:.1f}", "{:+.2f}", "{:+.1f}", "{:+.1f}"))
        )
        own = (f"{row.own_mm:.1f}", f"{round(row.own_change_mm, 3) + 0.0:+.3f}")
        table.rows.append((row.level, row.side, row.branch, row.case, *own, *cells, _verdict(row)))
    return table


def _verdict(row: StretchRow) -> str:
    if row.across_change_mm == 0.0:
        return ""
    kind, _, threshold = row.verdict.partition(" ")
    return f"{kind}: {_VERDICTS[threshold]}" if threshold in _VERDICTS else row.verdict


def _assumptions() -> list[str]:
    tree = course_quantities()
    lines = []
    for group in ("bone", "origin", "stretch_thresholds"):
        for key, one in tree[group].items():
            around = "" if one.range is None else f", range {one.range[0]:g} to {one.range[1]:g}"
            lines.append(f"{key} {one.value:g}{'' if one.unit == '1' else f' {one.unit}'}{around}: {one.source}")
    return [
        *lines,
        "Between landmarks the course is the shortest way along the bone; it goes with its vertebra, and its origin "
        "with the vertebra above. A nerve has slack, which is not known: a stretch above 0 need not strain it.",
    ]

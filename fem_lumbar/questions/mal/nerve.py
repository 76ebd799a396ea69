"""The nerve in the tunnels of a library of runs: clearance, and pressure compared with published thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.nerve.study import NOT_TOUCHED, SPURS_MM, NerveRow, nerve_of_run
from fem_lumbar.questions.mal.verdicts import LibraryRuns

_WORST_STATE = "type_III"


def nerve_parts(library: LibraryRuns) -> Document:
    """Table of the tunnels under completely ossified MALs and of a symmetric twin, with a sentence on them."""
    rows = list(_rows(library))
    if not rows:
        return []
    table = Table(
        "The nerve in its tunnel",
        (
            "scenario",
            "tunnel",
            "state",
            "case",
            "added spur (mm)",
            "area (mm²)",
            "change (%)",
            "clearance (mm)",
            "change (mm)",
            "nerve fills (%)",
            "free all around (mm)",
            "pressure",
        ),
        note="Smallest section over the width of the ligament; changes against the same tunnel unloaded. Spurs are "
        "added to the unloaded tunnels of the symmetric twin. The size of the nerve is an assumption; fem-lumbar nerve "
        "gives the distance of each tunnel from every threshold.",
    )
    for scenario, row in rows:
        sizes = (row.area_mm2, row.area_change_percent, row.clearance_mm, row.clearance_change_mm)
        room = (number(row.nerve_percent), number(row.free_mm))
        place = (f"{row.level} {row.side}", case_label(row.state), case_label(row.case), number(row.added_spur_mm))
        table.rows.append((scenario, *place, *map(number, sizes), *room, row.verdict))
    as_they_are = [(name, row) for name, row in rows if row.added_spur_mm == 0.0]
    with_spurs = [(name, row) for name, row in rows if row.added_spur_mm != 0.0]
    text = [_told(as_they_are, "the tunnels without added spurs")]
    if with_spurs:
        text.append(_told(with_spurs, "the tunnels of the symmetric twin with an added spur"))
    text.append("A nerve that is not touched is under no contact pressure and reaches no threshold.")
    return [table, Paragraph.bulleted(text)]


def _told(rows: Sequence[tuple[str, NerveRow]], what: str) -> str:
    """Sentence on the number of tunnel states with a touched nerve, and on the smallest clearance."""
    touched = [
        f"{name} {row.level} {row.side} {case_label(row.case)}"
        + (f", spur {number(row.added_spur_mm)} mm" if row.added_spur_mm else "")
        for name, row in rows
        if row.verdict != NOT_TOUCHED
    ]
    named = f" ({'; '.join(touched)})" if touched else ""
    least = min(row.free_mm for _, row in rows)
    return (
        f"In {what} the nerve is touched in {len(touched)} of {len(rows)} states{named}; the smallest distance from "
        f"the walls is {number(least)} mm."
    )


def _rows(library: LibraryRuns) -> Iterator[tuple[str, NerveRow]]:
    """Rows of the tunnels with a completely ossified MAL, and of the left side of the first symmetric twin."""
    first = next((entry.name for entry in library.entries if entry.against is None), None)
    for entry in library.entries:
        run = library.runs.get(entry.name)
        if run is None or not set(library.common_cases) <= run.converged.keys() & set(run.cases_with_fields):
            continue
        states = run.resolved.get("mal", {})
        bony = {
            (level, side) for level, sides in states.items() for side in sides if sides[side]["state"] == _WORST_STATE
        }
        is_twin = entry.name == first
        if not (bony or is_twin) or not any(
            PartName(name).details[1:] == ("mammillary_end",) for name in run.mesh.surfaces
        ):
            continue  # no completely ossified MAL, or no tunnels in the model
        spurs_mm = SPURS_MM if is_twin else ()
        for row in nerve_of_run(run, cases=library.common_cases, margins=False, spurs_mm=spurs_mm).rows:
            if (row.level, row.side) in bony or (is_twin and row.side == "left"):
                yield entry.name, row

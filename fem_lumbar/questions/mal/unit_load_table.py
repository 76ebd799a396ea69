"""Text on unit loads on the MALs: stiffness of insertion and bridge relative to bone, distribution of the load."""

from __future__ import annotations

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.insertion_stiffness import ABSENT, Stiffness
from fem_lumbar.questions.mal.unit_loads import UnitLoads


def unit_load_parts(loads: UnitLoads | None) -> Document:
    """Table of the left MALs, of which the right ones are mirror images, and a sentence for each level."""
    title = "Unit loads on a single vertebra"
    if loads is None:
        return [Paragraph("Not solved; run fem-lumbar report on the folder without --no-run.", title)]
    rows = [one for one in loads.here if one.side == "left"]
    bone = {one.level: one.bridge_N_per_mm for one in rows if one.state == ABSENT}
    before = {(one.level, one.state): one for one in loads.coarser if one.side == "left"}
    table = Table(
        title,
        (
            "level",
            "state",
            "insertion (N/mm)",
            "bridge (N/mm)",
            "of which arch",
            "over bone",
            "to the mammillary process",
            "coarser mesh",
        ),
        note=f"Scenario {loads.scenario} at {loads.density}, left side, linear elastic about the unloaded state, "
        "inferior endplate fixed. Insertion: 1 N on the dorsal surface of the arch along multifidus. Bridge: 1 N "
        "pulling the feet apart along the chord; absent is the bone between them alone. To the mammillary process: "
        "fraction of the pull along multifidus transmitted to it; the rest goes to the accessory process. Last "
        "column: the same on the next coarser mesh.",
    )
    for one in rows:
        arch = one.bridge_N_per_mm - bone[one.level] if one.state != ABSENT else None
        cells = [number(one.insertion_N_per_mm, 3), number(one.bridge_N_per_mm, 4), number(arch, 3)]
        cells += [number(None if arch is None else arch / bone[one.level], 2), number(one.share_mammillary, 2)]
        other = before.get((one.level, one.state))
        cells.append(number(other and other.share_mammillary, 2))
        table.rows.append((one.level, case_label(one.state), *cells))
    return [table, Paragraph.bulleted(bridge_sentences(rows))]


def bridge_sentences(rows: list[Stiffness]) -> list[str]:
    """Stiffness of the bridge relative to that of the bone between its feet, one line per level."""
    by_state = {(one.level, one.state): one for one in rows}
    lines = []
    for level in dict.fromkeys(one.level for one in rows):
        bone = by_state[level, ABSENT].bridge_N_per_mm
        added = {state: by_state[level, state].bridge_N_per_mm - bone for state in ("fibrous", "type_III")}
        lines.append(
            f"{level}: the stiffness of the bone between the feet is {number(bone, 3)} N/mm; the fibrous MAL adds "
            f"{number(added['fibrous'], 2)} N/mm ({number(100 * added['fibrous'] / bone, 2)} %), a type III MAL "
            f"{number(added['type_III'], 3)} N/mm ({number(100 * added['type_III'] / bone, 2)} %)."
        )
    return lines

"""Results of a nerve study as tables and paragraphs, with the evidence against entrapment."""

from __future__ import annotations

from fem_lumbar.anatomy.muscles import branch_under_mal, medial_branches
from fem_lumbar.anatomy.spine import ARCH_LEVELS
from fem_lumbar.documents.evidence import evidence
from fem_lumbar.documents.tables import Document, Paragraph, Table, number, signed
from fem_lumbar.nerve.parameters import nerve_quantities, thresholds_kPa
from fem_lumbar.nerve.press import Pressures
from fem_lumbar.nerve.risk_text import openings_table, risk_table
from fem_lumbar.nerve.stretch_text import stretch_parts
from fem_lumbar.nerve.study import NOT_TOUCHED, TOO_TIGHT, UNLOADED, NerveRow, NerveStudy

_NAMES = {
    "venular_flow": "venular flow disturbed",
    "ischaemia": "ischaemia",
    "conduction_block": "conduction blocked within 30 to 90 min",
    "contact_mean": "mean contact pressure",
    "nerve_mean": "mean pressure in the nerve",
}


def nerve_title(study: NerveStudy) -> str:
    """Heading of a study."""
    return f"Medial branch in its tunnel: {study.name}, nerve of {study.tissue.diameter_mm:g} mm (assumed)"


def nerve_document(study: NerveStudy) -> Document:
    """Tables and paragraphs."""
    document: Document = [Paragraph(conclusion(study), "In short")]
    document.append(_room(study, [row for row in study.rows if row.added_spur_mm == 0.0], "Tunnel and nerve"))
    spurs = [row for row in study.rows if row.added_spur_mm > 0.0]
    if spurs:
        document.append(_room(study, spurs, "The same with a bony spur added under the ligament, unloaded"))
    if study.margins:
        document.append(_margins(study))
    if study.openings:
        document.append(openings_table(study.openings, _NAMES))
    document += risk_table(study)
    document += stretch_parts(study)
    if study.absent:
        places = ", ".join(" ".join(place) for place in study.absent)
        document.append(Paragraph(f"{places}: the ligament is absent, so there is no tunnel.", "No tunnel"))
    if study.not_closed:
        document.append(Paragraph.bulleted(study.not_closed, "Left out"))
    document.append(Paragraph.bulleted(which_nerves(), "Which nerve"))
    document.append(Paragraph.bulleted(assumptions(), "Assumptions"))
    document.append(Paragraph("\n".join(evidence_against()), "Evidence against entrapment"))
    return document


def conclusion(study: NerveStudy) -> str:
    """One paragraph: whether a nerve is in contact or compressed, and the smallest margin to the thresholds."""
    rows = [row for row in study.rows if row.added_spur_mm == 0.0]
    if not rows:
        return "No tunnel is closed all around." if study.not_closed else "No ligament, no tunnel."
    tight = min(rows, key=lambda row: row.free_mm)
    touched = [row for row in rows if row.verdict != NOT_TOUCHED]
    states = "in every state computed" if {row.case for row in rows} != {UNLOADED} else "unloaded"
    if not touched:
        text = f"The walls do not touch the nerve, {states}: the contact pressure is 0. "
        text += f"The smallest gap is at {_place(tight)}: {tight.free_mm:.2f} mm all around. "
    else:
        worst = max(touched, key=lambda row: float("inf") if row.pressures is None else row.pressures.contact_mean)
        text = f"The nerve is touched in {len(touched)} of {len(rows)} rows. The worst is {_place(worst)}: "
        text += "too tight to compute. " if worst.pressures is None else f"{_pressed(worst, worst.pressures)}. "
    if study.margins:
        first = next(iter(thresholds_kPa()))
        near = [m for m in study.margins if m.threshold == first and m.measure == "contact_mean"]
        spurs = [(margin.spur_mm, margin) for margin in near if margin.spur_mm is not None]
        if spurs:
            spur, least = min(spurs, key=lambda pair: pair[0])
            text += f"A spur {spur:.1f} mm thicker would press with {least.pressure_kPa:g} kPa "
            text += f"({least.level} {least.side}, the most critical). "
    if study.openings:
        press = study.openings[0]
        text += f"An opening of {press.clearances_mm[-1]:.1f} mm would press the largest nerve assumed "
        text += f"({press.diameters_mm[-1]:g} mm) with {press.pressure_kPa:g} kPa, one of "
        text += f"{press.clearance_at(0.5):.1f} mm half of the nerves. "
    largest = max((row for row in rows if row.case != UNLOADED), key=lambda r: abs(r.clearance_change_mm), default=None)
    if largest is not None:
        text += f"Load changes the clearance by at most {abs(largest.clearance_change_mm):.2g} mm ({_place(largest)})."
    return text.strip()


def which_nerves() -> list[str]:
    """The branch in the tunnel of each level and the fascicles that it supplies, one line each."""
    lines = []
    for level in ARCH_LEVELS:
        branch = branch_under_mal(level)
        supplied = ", ".join(name.removeprefix("multifidus.") for name in medial_branches()[branch])
        lines.append(f"{level}: medial branch of the {branch} dorsal ramus, to multifidus {supplied}")
    return [
        *lines,
        "A medial branch crosses the root of the transverse process of the vertebra below its own and supplies the "
        "multifidus fascicles from the spinous process of its own level (Bogduk, Wilson & Tynan 1982, J Anat "
        "134:383-397). To model its loss, use muscles.denervated in a scenario.",
    ]


def assumptions() -> list[str]:
    """Assumptions and literature values, one line each."""
    lines = []
    tree = nerve_quantities()
    for key, quantity in (*tree["nerve"].items(), *tree["thresholds"].items()):
        if quantity.confidence == "numerical":
            continue
        around = "" if quantity.range is None else f", range {quantity.range[0]:g} to {quantity.range[1]:g}"
        unit = "" if quantity.unit == "-" else f" {quantity.unit}"
        kind = "ASSUMPTION" if quantity.confidence == "own-estimate" else quantity.confidence
        lines.append(f"{key} {quantity.value:g}{unit}{around}: {quantity.source} ({kind})")
    return [
        *lines,
        "The nerve is round and free of tension and lies where the clearance is largest (elsewhere it would be touched "
        "earlier); once touched it cannot move along its course (plane strain), so its pressure is an upper estimate.",
        "Walls are rigid and frictionless, the ligament included. Fat is not modelled: it would transmit a pressure "
        "before the walls touch, which is not computed.",
        "The thresholds were measured on larger nerves (rabbits, the median nerve of volunteers), compressed uniformly "
        "for hours at most; what years of less do is not known.",
        f"Beside the nerve runs a vascular pedicle ({nerve_quantities()['published']['vessels_beside_it'].source}); it "
        "is not modelled, so there is less room than printed.",
        "The assumed diameter was chosen to fill about 3 % of a tunnel of this size; that fraction is not a result.",
    ]


def evidence_against() -> list[str]:
    """Arguments against entrapment, from the literature and from this model, one line each; part of every report."""
    return [f"- {statement}" for statement in evidence("against")]


def _room(study: NerveStudy, rows: list[NerveRow], title: str) -> Table:
    spurs = any(row.added_spur_mm for row in rows)
    columns = ["level", "side", "ramus", "ligament", "spur added\nmm" if spurs else "load case"]
    columns += ["area\nmm²", "change\n%", "clearance\nmm", "change\nmm", "tunnel /\nnerve area", "free\nmm"]
    columns += ["contact\nmean kPa", "95 %\nkPa", "in nerve\nmean kPa", "95 %\nkPa", "verdict"]
    limits = ", ".join(f"{_NAMES[name]} from {value:g} kPa" for name, value in thresholds_kPa().items())
    table = Table(title, columns)
    table.note = (
        "Ramus: dorsal ramus whose medial branch runs in the tunnel. "
        "Area and clearance (diameter of the largest circle that fits) of the narrowest cross-sections; changes "
        "against the unloaded tunnel without added spur; free: distance between nerve and walls, negative where the "
        f"nerve does not fit. Pressures + in compression. Thresholds: {limits}. The verdict uses mean contact pressure."
    )
    for row in rows:
        pressures = row.pressures
        cells = ["—"] * 4
        if pressures is not None:
            found = (pressures.contact_mean, pressures.contact_p95, pressures.nerve_mean, pressures.nerve_p95)
            cells = [f"{value:.2f}" for value in found]
        table.rows.append(
            (
                row.level,
                row.side,
                branch_under_mal(row.level),
                row.state,
                f"{row.added_spur_mm:g}" if spurs else row.case,
                f"{row.area_mm2:.1f}",
                signed(row.area_change_percent, 2),
                f"{row.clearance_mm:.2f}",
                signed(row.clearance_change_mm, 3),
                number(row.area_ratio),
                f"{row.free_mm:.2f}",
                *cells,
                verdict_text(row),
            )
        )
    return table


def verdict_text(row: NerveRow) -> str:
    """The verdict of a row in words."""
    if row.verdict in (NOT_TOUCHED, TOO_TIGHT):
        return row.verdict
    return f"reaches: {_NAMES[row.verdict]}" if row.verdict in _NAMES else "touched, below the thresholds"


def _margins(study: NerveStudy) -> Table:
    columns = (
        "level",
        "side",
        "pressure reached",
        "kPa",
        "as",
        "all walls inward\nmm",
        "or added spur\nmm",
        "note",
    )
    table = Table("Narrowing of the unloaded tunnels to each threshold", columns, note="Negative: already exceeded.")
    for margin in study.margins:
        cells = ("—" if value is None else f"{value:.2f}" for value in (margin.walls_mm, margin.spur_mm))
        notes = "; ".join(note for note in dict.fromkeys((margin.walls_note, margin.spur_note)) if note)
        names = (_NAMES[margin.threshold], f"{margin.pressure_kPa:g}", _NAMES[margin.measure])
        table.rows.append((margin.level, margin.side, *names, *cells, notes))
    return table


def _place(row: NerveRow) -> str:
    return f"{row.level} {row.side}, {row.case}"


def _pressed(row: NerveRow, pressures: Pressures) -> str:
    return f"mean contact pressure {pressures.contact_mean:.2g} kPa, {verdict_text(row)}"

"""Tables of the branches most at risk and of the critical size of openings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fem_lumbar.documents.tables import Table, number
from fem_lumbar.nerve.opening import CriticalOpening
from fem_lumbar.nerve.study import UNLOADED, NerveStudy

_CHANCES = (0.05, 0.5)


def openings_table(openings: Sequence[CriticalOpening], names: Mapping[str, str]) -> Table:
    """Table of critical clearances for three nerve diameters, and for fractions of all nerves."""
    first = openings[0]
    columns = ["pressure reached", "kPa", *(f"nerve of\n{one:g} mm" for one in first.diameters_mm)]
    columns += [*(f"{100 * chance:g} % of\nnerves at" for chance in _CHANCES), "nerves pressed\nas it is"]
    low, mode, high = first.diameters_mm
    table = Table("How small an opening must be: clearance, mm", columns)
    table.note = (
        "Diameter of the largest circle that fits at which the mean contact pressure is reached, all walls of the "
        f"narrowest tunnel brought in ({first.present_mm:.2f} mm as it is). Diameters of nerves are not known: here "
        f"they are spread as a triangle from {low:g} to {high:g} mm with its peak at {mode:g} mm (ASSUMPTION)."
    )
    for one in openings:
        found = [*one.clearances_mm, *(one.clearance_at(chance) for chance in _CHANCES)]
        as_it_is = f"{100 * one.chance(one.present_mm):.0f} %"
        cells = (names[one.threshold], f"{one.pressure_kPa:g}", *(f"{value:.2f}" for value in found), as_it_is)
        table.rows.append(cells)
    return table


def risk_table(study: NerveStudy) -> list[Table]:
    """Tables of the tightest tunnel and the most stretched branch of each load case; empty without load cases."""
    cases = dict.fromkeys(row.case for row in study.rows if row.case != UNLOADED)
    if not cases:
        return []
    columns = [
        "load case",
        "least free\nmm",
        "where",
        "contact\nmean kPa",
        "longest branch\nheld, %",
        "sliding, %",
        "where",
    ]
    table = Table("Where it is most at risk", columns)
    table.note = (
        "Load cases by elongation. Free: distance between nerve and walls all around, in the tightest tunnel; "
        "elongation of a branch that is held in the tunnel, and of one that slides through it."
    )
    ranked = []
    for case in cases:
        tight = min((row for row in study.rows if row.case == case), key=lambda row: row.free_mm)
        known = [row for row in study.stretch if row.case == case and row.across_percent is not None]
        longest = max(known, key=lambda row: row.across_percent or 0.0, default=None)
        cells = [case, f"{tight.free_mm:.2f}", f"{tight.level} {tight.side}"]
        cells.append("too tight" if tight.pressures is None else number(tight.pressures.contact_mean, 2))
        if longest is None or longest.across_percent is None or longest.sliding_percent is None:
            ranked.append((-float("inf"), (*cells, "—", "—", "—")))
            continue
        told = (f"{longest.across_percent:+.1f}", f"{longest.sliding_percent:+.1f}", f"{longest.level} {longest.side}")
        ranked.append((longest.across_percent, (*cells, *told)))
    table.rows = [cells for _, cells in sorted(ranked, key=lambda one: -one[0])]
    return [table]

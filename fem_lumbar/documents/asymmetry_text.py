"""Tables of the asymmetry of one run: average asymmetry factors and coupled rotations."""

from __future__ import annotations

from fem_lumbar.comparison.asymmetry import (
    COUPLED,
    asymmetry_floor,
    average_asymmetry_factors,
    coupled_rotations_deg,
    side_pairs,
)
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.measures.quantities import label
from fem_lumbar.runs.run import Run


def facet_asymmetry_table(run: Run) -> Table:
    """Left and right facet joints in every load case: force at full load, mean over the load, contact location."""
    table = Table(
        "Facets, left against right",
        ("case", "joint", "left − right (N)", "index", "average asymmetry factor", "shift of contact (mm)"),
        note="Index (left − right)/(left + right) at full load. Average asymmetry factor: mean over the load of "
        "|left − right|/((left + right)/2), 0 … 2; load stepping changes it by about 1e-6. Shift: lateral "
        "position of the contact on the left minus the mirror image of that on the right.",
    )
    pairs = {(pair.case, pair.path): pair for pair in side_pairs(run.summary)}
    for found in average_asymmetry_factors(run.summary, run.curves):
        _, joint, _ = found.quantity.split(".")
        force = pairs.get((found.case, ("facet_force_N", joint, "left")))
        place = pairs.get((found.case, ("facet", joint, "left", "centre_mm", "1")))
        if force is not None and force.index is not None:
            shift = None if place is None else place.difference
            cells = (number(force.difference), number(force.index), number(found.factor), number(shift))
            table.rows.append((case_label(found.case), joint, *cells))
    return table


def coupled_table(run: Run) -> Table:
    """Coupled rotations in mirror-symmetric loads."""
    floors = asymmetry_floor(run.summary, run.resolved)
    known = [floor[("rotation_deg",)] for floor in floors.values() if ("rotation_deg",) in floor]
    note = "In a symmetric segment these are zero, or numerical error."
    if known:
        note += f" This scenario is symmetric: its asymmetry floor is {number(max(known), 2)}°."
    table = Table(
        "Coupled rotations in symmetric loads (°)", ("case", "joint", *(label((part,)) for part in COUPLED)), note=note
    )
    found: dict[tuple[str, str], dict[str, float]] = {}
    for (case, (_, joint, component)), value in coupled_rotations_deg(run.summary).items():
        found.setdefault((case, joint), {})[component] = value
    for (case, joint), parts in found.items():
        table.rows.append((case_label(case), joint, *(number(parts[part]) for part in COUPLED)))
    return table

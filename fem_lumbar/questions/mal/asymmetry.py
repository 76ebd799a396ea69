"""Left-right asymmetry in a library of runs, beside the asymmetry floor of the symmetric twin."""

from __future__ import annotations

from fem_lumbar.comparison.asymmetry import average_asymmetry_factors, coupled_rotations_deg, side_pairs
from fem_lumbar.comparison.mirror_check import mirror_difference
from fem_lumbar.documents.disc_forces import disc_forces
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.measures.quantities import label, mirrored_case, unit
from fem_lumbar.questions.mal.library import mirror_pairs
from fem_lumbar.questions.mal.verdicts import LibraryRuns
from fem_lumbar.runs.run import Run


def asymmetry_table(library: LibraryRuns) -> Table:
    """Asymmetry of every scenario in a mirror-symmetric load case; the symmetric twin shows the numerical floor.

    A run in which the case failed has no row.
    """
    there = {case: [run for run in library.runs.values() if case in run.converged] for case in library.common_cases}
    cases = [case for case, runs in there.items() if all(mirrored_case(case, run.converged) == case for run in runs)]
    if not cases:
        return Table("Left against right", ("scenario",))
    joints = list(there[cases[0]][0].cases[cases[0]]["facet_force_N"])
    columns = [f"{what} {joint}" for what in _COLUMNS for joint in joints]
    table = Table(
        "Left against right under symmetric loads",
        ("scenario", "case", *columns),
        note="L − R and index (L − R)/(L + R) of the facet forces; AAF: average asymmetry factor, mean over load of "
        "|L − R|/((L + R)/2), after the idea of Du et al. 2016 (BMC Musculoskelet Disord 17:126; the formula is this "
        "program's own). Coupled bending (+ right) and rotation (+ left) of a joint. Facet "
        "shift: lateral position of the contact on the left minus its mirror image on the right. Disc shift: lateral "
        "centre of the axial stress of the disc (+ left), averaged over its volume. The rows of the symmetric twins "
        "show the numerical floor of each column.",
    )
    for run in library.runs.values():
        for case in cases:
            if run in there[case]:
                table.rows.append((run.name, case_label(case), *_cells(run, case, joints)))
    return table


_COLUMNS = (
    "facet L − R (N)",
    "index",
    "AAF",
    "coupled bending (°)",
    "coupled rotation (°)",
    "facet shift (mm)",
    "disc shift (mm)",
)


def _cells(run: Run, case: str, joints: list[str]) -> list[str]:
    pairs = {pair.path: pair for pair in side_pairs(run.summary) if pair.case == case}
    factors = {
        one.quantity: one.factor for one in average_asymmetry_factors(run.summary, run.curves) if one.case == case
    }
    coupled = {path: value for (of, path), value in coupled_rotations_deg(run.summary).items() if of == case}
    discs = disc_forces(run, case) if case in run.cases_with_fields else {}
    forces = [pairs.get(("facet_force_N", joint, "left")) for joint in joints]
    shifts = [pairs.get(("facet", joint, "left", "centre_mm", "1")) for joint in joints]
    columns = [
        [None if pair is None else pair.difference for pair in forces],
        [None if pair is None else pair.index for pair in forces],
        [factors.get(f"facet_force_N.{joint}.left") for joint in joints],
        [coupled.get(("rotation_deg", joint, "lateral_bending")) for joint in joints],
        [coupled.get(("rotation_deg", joint, "axial_rotation")) for joint in joints],
        [None if pair is None else pair.difference for pair in shifts],
        [discs[joint].lateral_mm if joint in discs else None for joint in joints],
    ]
    return [number(value) for column in columns for value in column]


def mirror_table(library: LibraryRuns) -> Table:
    """Deviation of right-sided scenarios from the mirror images of left-sided ones."""
    table = Table(
        "Mirror check: the right side against the mirror image of the left side",
        ("scenario", "mirror image", "largest difference (%)", "where", "case", "value", "image", "unit"),
        note="Both are computed independently, from different starting points, so this measures the numerical error of "
        "asymmetric scenarios. Relative to the value or, near zero, to the largest of its kind; infinite (inf) where "
        "only one of the two runs has the number.",
    )
    present = [entry for entry in library.entries if entry.name in library.runs]
    for one, other in mirror_pairs(present):
        found = mirror_difference(library.runs[one.name].summary, library.runs[other.name].summary)
        if found is not None:
            cells = (number(100 * found.relative, 2), label(found.path), case_label(found.case))
            values = (number(found.value, 8), number(found.image, 8), unit(found.path))
            table.rows.append((one.name, other.name, *cells, *values))
    return table

"""Tables of the readings of a person's own bone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table
from fem_lumbar.imaging.own_reading import OwnArch, OwnReading
from fem_lumbar.imaging.parameters import reading_values
from fem_lumbar.imaging.reading import FIBROUS, FORAMEN, NO_OPENING, Row
from fem_lumbar.imaging.repeatability import TOLD_APART, Repeatability
from fem_lumbar.imaging.text import TITLES, listed, sizes, spreads

_MEANINGS = {
    FIBROUS: "no bone over the groove: a fibrous ligament, or none",
    "type_I": "a notch as of type I",
    "type_II": "a notch as of type II",
    FORAMEN: "a foramen (type III)",
    NO_OPENING: "bone wherever an opening was looked for",
}
_WITHIN_MM = reading_values()["opening_within_mm"]
_ASSUMPTIONS = f"""\
- Bone is what the files enclose. A bridge that segmentation or smoothing of the surface has lost is not found again,
  and one it has added is taken for bone.
- Scans are computed from that bone, without noise, with voxels along the axes of the model. Labels keep the blur of
  their own scan, and coarser voxels add to it: the reading may change a little earlier than it would in a new scan.
- The planes are those of the tunnel in the fitted anatomy; openings are looked for within {_WITHIN_MM:g} mm of its own.
- The types of notch are told by what each covers in the fitted anatomy. The error of the fit is an own estimate."""


def own_title(found: OwnReading) -> str:
    """Heading of the tables."""
    return f"The person's own bone at the {found.side} mamillo-accessory ligament of {found.level}"


def own_document(found: OwnReading, fitted: Repeatability) -> Document:
    """The answer, the readings, and their assumptions.

    Parameters
    ----------
    found : OwnReading
    fitted : Repeatability
        Readings of the fitted anatomy: whether another type would be read the same.
    """
    return [
        Paragraph(f"{_answer(found)} {_others(found, fitted)}", "Answer"),
        _table(found, fitted),
        Paragraph(_ASSUMPTIONS, "Assumptions about the person's bone"),
    ]


def own_table(arches: Sequence[OwnArch]) -> Table:
    """One line for each arch as in the files; the note says why one could not be read."""
    rows: list[Sequence[str]] = []
    for one in arches:
        if one.reading is None:
            cells = ["not read", *("–" for _ in range(3 + len(TITLES)))]
        else:
            shares = one.reading.covered, one.reading.closed
            cells = [case_label(one.reading.type), *map(_percent, shares), *sizes(one.reading)]
        rows.append([one.level, one.side, *cells])
    columns = ("at", "side", "read as", "bone over it\n% of width", "closed sections\n%", "gap (mm)", *TITLES.values())
    note = "How well this repeats, and from which voxel size on it is read otherwise: fem-lumbar image FILE."
    problems = [one.problem for one in arches if one.problem]
    resolution = max(one.resolution_mm for one in arches)
    if resolution > reading_values()["telling_voxel_mm"]:
        problems.insert(0, f"The labels have voxels of {resolution:.2g} mm: an ossified arch may not show in them.")
    return Table("Mamillo-accessory arches on the person's own bone", columns, rows, " ".join([note, *problems]))


def _answer(found: OwnReading) -> str:
    text = f"As the files have it: {_MEANINGS[found.reading.type]}."
    voxels = [row.voxel_mm for row in found.rows]
    steady = found.steady_up_to_mm
    if steady == voxels[-1]:
        text += f" It is read the same with every voxel looked at ({listed(voxels)} mm)."
    else:
        changed = next(row for row in found.rows if row.voxel_mm > (steady or 0.0))
        same = f"the same with voxels up to {steady:g} mm, and " if steady else ""
        text += f" It is read {same}as {_most(changed)} with {changed.voxel_mm:g} mm."
    if found.left_out_mm:
        finer = f"finer ones ({listed(found.left_out_mm)}) are left out"
        text += f" The labels have voxels of {found.resolution_mm:.2g} mm: {finer}."
    moved = f"moved by the error of the fit ({found.plane_shift_mm:g} mm and {found.plane_turn_deg:g}°)"
    text += f" In planes {moved} it is read the same in {_percent(found.planes.right)} %."
    return f"{text} Read the same means: in at least {TOLD_APART:.0%} of the scans."


def _others(found: OwnReading, fitted: Repeatability) -> str:
    """Sentence: the voxel size from which another type would be read the same in this anatomy."""
    own = found.reading.type
    rows = sorted(fitted.rows, key=lambda row: row.voxel_mm)
    alike = [row for row in rows if row.true_type != own and row.read_as.get(own, 0) > 0]
    if not alike:
        return "With no voxel looked at is another type of ossification read as that in this anatomy."
    first = alike[0]
    share = f"in {_percent(first.read_as[own] / sum(first.read_as.values()))} % of the scans"
    return (
        f"In this anatomy {case_label(first.true_type)} is read as {case_label(own)} as well with voxels of "
        f"{first.voxel_mm:g} mm, {share}: only finer ones exclude it."
    )


def _most(row: Row) -> str:
    """The most frequent other type that a row is read as, with its percentage."""
    others = {name: count for name, count in row.read_as.items() if name != row.true_type}
    name = max(others, key=others.__getitem__)
    return f"{case_label(name)} in {_percent(others[name] / sum(row.read_as.values()))} %"


def _table(found: OwnReading, fitted: Repeatability) -> Table:
    def told(row: Row) -> str:
        return ", ".join(f"{case_label(name)} {count}" for name, count in sorted(row.read_as.items()))

    one = found.reading
    scan = f"labels of {found.resolution_mm:.2g} mm" if found.resolution_mm else "surface"
    rows: list[Sequence[str]] = [[scan, case_label(one.type), "–", *sizes(one)]]
    rows += [[f"voxels of {row.voxel_mm:g} mm", told(row), _percent(row.right), *spreads(row)] for row in found.rows]
    rows.append(["planes moved", told(found.planes), _percent(found.planes.right), *spreads(found.planes)])
    if one.type in fitted.true:
        rows.append(["fitted anatomy", case_label(one.type), "–", *sizes(fitted.true[one.type])])
    columns = ("scan", "read as (scans)", "the same (%)", "gap (mm)", *TITLES.values())
    covered = "" if one.type == NO_OPENING else f"bone over {_percent(one.covered)} % of the width, "
    note = (
        f"As the files have it: {covered}closed in {_percent(one.closed)} % of the sections. – not that kind of opening"
    )
    return Table("What is read and measured: mean ± SD over the scans", columns, rows, note)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if np.isfinite(share) else "–"

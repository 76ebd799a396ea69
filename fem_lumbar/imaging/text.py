"""Tables of the readings of scans of an arch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.imaging.bone_grid import SPACING_MM
from fem_lumbar.imaging.reading import FORAMEN, MEASURES, Reading, Row
from fem_lumbar.imaging.repeatability import TOLD_APART, Repeatability, steady_up_to

TITLES = {
    "area_mm2": "foramen area (mm²)",
    "length_mm": "length (mm)",
    "height_mm": "height (mm)",
    "roof_mm": "bone over it (mm)",
    "groove_mm": "groove depth (mm)",
}
_ASSUMPTIONS = """\
- Bone is equally dense everywhere, and soft tissue shows nothing: an arch that is less mineralised is seen later.
- Voxels are cubes along the axes of the model; scans differ by a shift in parts of a voxel, and have no noise.
- The reader knows this anatomy and looks in the planes of its tunnel: what is told apart here is the best case.
- A foramen is bone all around in most sections. Other types are told by the part of the width of the opening that has
  bone over it: the one that covers most nearly as much in this anatomy. The gap is the part without.
- The ossified fraction of each type is that of the scenario; ossification starts at the mammillary process."""


def image_document(found: Repeatability) -> Document:
    """The answer, the confusion of types, and the spread of measures."""
    return [Paragraph(_answer(found), "Answer"), _types(found), _sizes(found), Paragraph(_ASSUMPTIONS, "Assumptions")]


def image_title(found: Repeatability, fitted: bool = False) -> str:
    """Heading of the tables; it says when the anatomy was fitted to a person."""
    of = " as fitted, in every type" if fitted else ""
    return f"Scans of the {found.side} mamillo-accessory ligament of {found.level}{of}"


def _answer(found: Repeatability) -> str:
    voxels = sorted({row.voxel_mm for row in found.rows})
    if found.coarsest_mm is None:
        text = f"Types cannot be told apart with any of the voxels looked at ({listed(voxels)} mm)."
    elif found.coarsest_mm == voxels[-1]:
        text = f"All types are told apart with every voxel looked at ({listed(voxels)} mm)."
    else:
        looked_at = f"of those looked at ({listed(voxels)} mm)"
        text = f"All types are told apart with voxels up to {found.coarsest_mm:g} mm {looked_at}."
    seen = steady_up_to([row for row in found.rows if row.true_type == FORAMEN])
    text += "" if seen is None else f" A complete foramen is seen as one with voxels up to {seen:g} mm."
    wrong = [row for row in found.rows if row.right < TOLD_APART]
    if wrong:
        row = wrong[0]
        most = max((name for name in row.read_as if name != row.true_type), key=row.read_as.__getitem__)
        mistaken = f"{case_label(row.true_type)}, for {case_label(most)}, with {row.voxel_mm:g} mm"
        text += f" The first to be mistaken is {mistaken}."
    return f"{text} Told apart means: at least {TOLD_APART:.0%} of the scans of every type are read as that type."


def _types(found: Repeatability) -> Table:
    names = [*found.fractions, *sorted({name for row in found.rows for name in row.read_as} - found.fractions.keys())]
    rows: list[Sequence[str]] = [
        [f"{row.voxel_mm:g}", case_label(row.true_type), *(_share(row.read_as, name) for name in names)]
        for row in found.rows
    ]
    columns = ("voxel (mm)", "what is there", *(f"read as {case_label(name)} (%)" for name in names))
    note = f"point spread of {found.blur:g} voxel(s) (full width at half maximum), besides the averaging over a voxel"
    return Table("Types as they are read", columns, rows, note)


def _sizes(found: Repeatability) -> Table:
    rows: list[Sequence[str]] = []
    for name, reading in found.true.items():
        rows.append([f"{SPACING_MM:g}, no blur", case_label(name), *sizes(reading)])
    for row in found.rows:
        rows.append([f"{row.voxel_mm:g}", case_label(row.true_type), *spreads(row)])
    columns = ("voxel (mm)", "what is there", "gap (mm)", *TITLES.values())
    return Table("What is measured: mean ± SD over the scans", columns, rows, "– not that kind of opening")


def sizes(reading: Reading) -> list[str]:
    """Gap and measures of one reading."""
    gap = "–" if reading.type == FORAMEN else _value(reading.gap_mm)
    return [gap, *(_value(reading.size[name]) for name in MEASURES)]


def spreads(row: Row) -> list[str]:
    """Gap and measures of many scans, mean ± standard deviation."""
    return [_spread(row.gap_mm), *(_spread(row.size[measure]) for measure in MEASURES)]


def _value(value: float) -> str:
    return number(value) if np.isfinite(value) else "–"


def _share(read_as: dict[str, int], name: str) -> str:
    return f"{100 * read_as.get(name, 0) / sum(read_as.values()):.0f}"


def _spread(values: tuple[float, float]) -> str:
    mean, deviation = values
    return f"{mean:.2f} ± {deviation:.2f}" if np.isfinite(mean) else "–"


def listed(values: Sequence[float]) -> str:
    """Numbers with commas between them."""
    return ", ".join(f"{value:g}" for value in values)

"""The page of all physical parameters: value, unit, range, limits, confidence and source, from the data files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fem_lumbar.documents.tables import number
from fem_lumbar.foundation.parameters import Quantity, read_data
from fem_lumbar.materials.parameters import material_set_names
from fem_lumbar.scenario.parameter_sets import named_set

_PACKAGE = Path(__file__).parents[1]
_FILES = {
    "Loads, ossification, muscles, solver": ("scenario/data/settings.yaml", ""),
    "Degeneration by grade": ("scenario/data/degeneration.yaml", "degeneration"),
    "Vertebrae": ("anatomy/data/vertebrae.yaml", "anatomy.levels"),
    "Joints": ("anatomy/data/joints.yaml", "anatomy.joints"),
    "Facets without a partner": ("anatomy/data/free_facets.yaml", "anatomy.free_facets"),
    "Mamillo-accessory ligaments": ("anatomy/data/mal.yaml", "anatomy.mal"),
    "Lumbosacral transition": ("anatomy/data/lumbosacral.yaml", "anatomy.lumbosacral"),
    "Clefts of the arch": ("anatomy/data/posterior_cleft.yaml", "anatomy.posterior_cleft.<vertebra>"),
    "Mesh sizes": ("anatomy/data/mesh_sizes.yaml", ""),
    "Sacrum (not a scenario key)": ("anatomy/data/sacrum.yaml", ""),
    "Size of people (not a scenario key)": ("anatomy/data/population.yaml", ""),
    "Bodies that fascicles come from (not a scenario key)": ("anatomy/data/fascicle_bodies.yaml", ""),
    "Sites of ligaments (not a scenario key)": ("anatomy/data/attachments.yaml", ""),
    "Cartilage on endplates (not a scenario key)": ("anatomy/data/cartilage_endplates.yaml", ""),
    "Shape of details (not a scenario key)": ("shape/data/details.yaml", ""),
    "Shape of enlarged processes (not a scenario key)": ("shape/data/transition.yaml", ""),
    "Reading a person's own bone (not a scenario key)": ("imaging/data/reading.yaml", ""),
    "Medial branch and its tunnel (not a scenario key)": ("nerve/data/nerve.yaml", ""),
    "Course of the medial branch (not a scenario key)": ("nerve/data/course.yaml", ""),
    "Needles and lesions (not a scenario key)": ("needle/data/needle.yaml", ""),
    "Electromyography (not a scenario key)": ("questions/emg/data/emg.yaml", ""),
    "Loss and regain of muscle (not a scenario key)": ("adaptation/data/adaptation.yaml", ""),
    "Bounds of the volume check (not a scenario key)": ("measures/data/volume_limits.yaml", ""),
}
"""Data files, and the location of their values in a scenario, by title."""

_HEAD = """# Parameters

Generated from the data files by `python -m fem_lumbar.documents.parameters_page`; do not edit.

Every number of nature with its source. *Range* is what the literature spans; a run warns outside it. *Limits* are what
the model accepts; a scenario is refused outside them. *Confidence* says how the source was used: `verified` and
`measured` were read in it, `recalled-…` were not looked up again, `calibrated` were fitted
([calibration](calibration.md)), `own-estimate` has no published value, `numerical` is no property of nature. ″ means:
the source of the row above.

`fem-lumbar explain KEY` prints the same for one key, `fem-lumbar params` shows and compares the sets of tissue values.
"""
_COLUMNS = ("key", "value", "unit", "range", "limits", "confidence", "source")


def parameters_page() -> str:
    """The page of all parameters, Markdown."""
    default = named_set("default")
    parts = [_HEAD]
    parts.append(f"## Tissues\n\n{default.about}. Keys of a scenario are `materials.<key>`.\n")
    parts.append(_table(default.quantities))
    parts.append(
        "## Other sets of tissue values\n\nWhat each has of its own; the rest is that of the set it is based on.\n"
    )
    for name in material_set_names():
        one = named_set(name)
        if name != "default":
            based = f" Based on `{one.based_on}`." if one.based_on else ""
            parts.append(f"### `{name}`\n\n{one.about}.{based}\n")
            parts.append(_table({key: one.quantities[key] for key in one.own} if one.based_on else one.quantities))
    for title, (file, prefix) in _FILES.items():
        below = f", keys of a scenario below `{prefix}`" if prefix else ""
        parts.append(f"## {title}\n\n`fem_lumbar/{file}`{below}.\n")
        parts.append(_table(dict(_leaves(read_data(_PACKAGE / file)))))
    return "\n".join(parts)


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Quantity]]:
    """Quantities of a data file by dotted key; other entries are skipped."""
    for key, item in tree.items():
        if not isinstance(item, Mapping):
            continue
        if {"value", "unit"} <= item.keys():
            yield f"{above}{key}", Quantity.model_validate(item)
        else:
            yield from _leaves(item, f"{above}{key}.")


def _table(quantities: Mapping[str, Quantity]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", "| --- " * len(_COLUMNS) + "|"]
    before = ""
    for key, one in quantities.items():
        source = one.source if one.note is None else f"{one.source} ({one.note})"
        cells = (f"`{key}`", _shown(one.value), one.unit, _span(one.range), _span(one.limits), one.confidence)
        lines.append(f"| {' | '.join(map(_escaped, (*cells, '″' if source == before else source)))} |")
        before = source
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return number(value, 6)
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


def _span(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:g} to {bounds[1]:g}"


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("$", "\\$")


if __name__ == "__main__":
    sys.stdout.write(parameters_page())

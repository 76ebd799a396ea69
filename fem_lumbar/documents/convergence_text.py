"""Report of a convergence study: meshes, error bars by kind of quantity, and main numbers of each load case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from fem_lumbar.comparison.discretisation import SAFETY, SAFETY_ASSUMED, Behaviour
from fem_lumbar.comparison.discretisation_bars import mesh_facts
from fem_lumbar.comparison.mesh_convergence import TOTAL, Convergence, Series, is_image
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.quantities import label, unit

SECTIONS = {
    "rotation": ("rotation_deg",),
    "disc pressure": ("idp_MPa",),
    "facet force": ("facet_force_N",),
    "load share": ("load_share",),
    "ligament force": ("ligament_force_N",),
    "MAL": ("mal",),
    "disc bulge": ("disc_bulge_mm",),
    "facet contact": ("facet",),
}
"""Kinds of quantities, and their sections of the summary."""
_MAL_MAIN = ("tension_N", "strain_max")
_NOTE = (
    "Error: error bar of the value on that mesh, in % of the value; — if the value is near zero (see convergence.csv "
    "for the absolute error bar). Order: — if none was observed (the error bar is then the spread of the values, or "
    "assumes an order). The right side is omitted where it repeats the left."
)
_METHOD = (
    f"Error bars follow Roache's grid convergence index (1994): safety factor {SAFETY:g} with an order of 0.5 to 3 "
    f"observed on three or more meshes, {SAFETY_ASSUMED:g} with an assumed order otherwise; the spread where "
    "convergence is not monotonic. Cell size: cube root of the mean cell volume of soft tissue. An error bar is an "
    "estimate: it "
    "does not guarantee that the value on an infinitely fine mesh lies within it, and it excludes the error of the "
    "model."
)
_TEST = (
    "At density test most bone elements are linear, so that mesh does not belong to the same family as the others: if "
    "two others are available, it is not used for order and limit."
)


def convergence_title(found: Convergence) -> str:
    """Title of the report of a study."""
    return f"Discretisation error of {found.scenario}: {', '.join(found.densities)}"


def convergence_document(found: Convergence) -> Document:
    """The study as tables."""
    cases = [table for case in found.cases if (table := _case(found, case)).rows]
    if cases:
        cases[-1].note = _NOTE
    document: Document = [_meshes(found), _kinds(found), *cases]
    failed = [
        f"- {level.density}, {case_label(name)}: {entry.get('reason') or 'did not converge'}"
        for level in found.levels
        for name, entry in level.summary["load_cases"].items()
        if entry["status"] != "converged"
    ]
    if failed:
        document.append(Paragraph("\n".join(failed), "Left out"))
    odd = any(not level.in_family for level in found.levels)
    document.append(Paragraph(method(odd), "How the error bars were estimated"))
    return [part for part in document if not isinstance(part, Table) or part.rows]


def method(with_test: bool) -> str:
    """Text on the method for the error bars; ``with_test``: one mesh has mostly linear bone."""
    return f"{_METHOD} {_TEST}" if with_test else _METHOD


def main_series(found: Convergence) -> list[Series]:
    """The main numbers, by kind: not near zero, and not the mirror image of another one."""
    by_name = {(item.case, item.path): item for item in found.series}
    items = [item for item in found.series if _is_main(item) and not is_image(item, by_name)]
    return sorted(items, key=lambda item: list(SECTIONS).index(section(item)))


def section(item: Series) -> str:
    """Kind of a quantity, as in ``SECTIONS``."""
    return next(name for name, sections in SECTIONS.items() if item.path[0] in sections)


def convergence_data(found: Convergence) -> dict[str, Any]:
    """The study as plain data for a JSON file."""
    return {
        "schema_version": 1,
        "scenario": found.scenario,
        "densities": list(found.densities),
        "meshes": {level.density: mesh_facts(level) for level in found.levels},
        "quantities": [quantity_data(item) for item in found.series],
    }


def convergence_rows(found: Convergence) -> list[dict[str, Any]]:
    """The study as rows of a table, one per number and load case."""
    return [quantity_row(item, found.densities) for item in found.series]


def quantity_data(item: Series) -> dict[str, Any]:
    """A number on all meshes as plain data."""
    return {
        "case": item.case,
        "quantity": ".".join(item.path),
        "unit": unit(item.path),
        "behaviour": item.estimate.behaviour.value,
        "order": item.estimate.order,
        "limit": item.estimate.limit,
        "values": list(item.values),
        "errors": list(item.errors),
        "relative_errors": list(item.relative),
    }


def quantity_row(item: Series, densities: Sequence[str]) -> dict[str, Any]:
    """A number on all meshes as a row of a table."""
    row: dict[str, Any] = {"case": item.case, "quantity": ".".join(item.path), "unit": unit(item.path)}
    row |= {f"value_{name}": value for name, value in zip(densities, item.values, strict=True)}
    row |= {
        "behaviour": item.estimate.behaviour.value,
        "order": item.estimate.order,
        "limit": item.estimate.limit,
    }
    row |= {f"error_{name}": error for name, error in zip(densities, item.errors, strict=True)}
    return row | {f"error_%_{name}": cell for name, cell in zip(densities, _percent(item), strict=True)}


def _is_main(item: Series) -> bool:
    first, last = item.path[0], item.path[-1]
    if item.relative[-1] is None:
        return False
    if first == "facet_force_N":
        return last == TOTAL
    if first == "load_share":
        return not last.endswith("_N")
    return first in ("rotation_deg", "idp_MPa", "ligament_force_N") or (first == "mal" and last in _MAL_MAIN)


def _meshes(found: Convergence) -> Table:
    table = Table("Meshes", ("density", "cell size mm", "ratio", "cells", "unknowns", "mesh", "run"))
    ratios = [None, *(above.size_mm / below.size_mm for above, below in pairwise(found.levels))]
    for level, ratio in zip(found.levels, ratios, strict=True):
        facts = mesh_facts(level)
        counts = (f"{facts['cells']}", f"{facts['unknowns']}", facts["mesh_sha256"][:8], level.summary["status"])
        table.rows.append((level.density, number(level.size_mm), number(ratio), *counts))
    return table


def _kinds(found: Convergence) -> Table:
    """Median and largest relative bar of each kind of quantity."""
    columns = ["quantity", "numbers", "with\norder"]
    columns += [f"{name}\n{what} %" for name in found.densities for what in ("median", "largest")]
    table = Table("Error bars by kind of quantity, over all load cases", columns, note="Values near zero omitted.")
    by_name = {(item.case, item.path): item for item in found.series}
    for name, sections in SECTIONS.items():
        items = [
            item
            for item in found.series
            if item.path[0] in sections and any(_percent(item)) and not is_image(item, by_name)
        ]
        if not items:
            continue
        observed = sum(item.estimate.behaviour is Behaviour.CONVERGING for item in items)
        row = [name, str(len(items)), str(observed)]
        for i in range(len(found.levels)):
            bars = [cell for item in items if (cell := _percent(item)[i]) is not None]
            row += [number(float(np.median(bars)), 2), number(max(bars), 2)] if bars else ["—", "—"]
        table.rows.append(row)
    return table


def _case(found: Convergence, case: str) -> Table:
    columns = ["quantity", "unit", *found.densities, "order", "limit"]
    columns += [f"error\n{name} %" for name in found.densities]
    table = Table(f"{case_label(case)[:1].upper()}{case_label(case)[1:]}", [*columns, "values are"])
    for item in main_series(found):
        if item.case == case:
            table.rows.append((label(item.path), unit(item.path), *_cells(item), item.estimate.behaviour.value))
    return table


def _cells(item: Series) -> Iterator[str]:
    yield from (number(value, 4) for value in item.values)
    yield number(item.estimate.order, 2)
    yield number(item.estimate.limit, 4)
    yield from (number(value, 2) for value in _percent(item))


def _percent(item: Series) -> list[float | None]:
    return [None if value is None else 100.0 * value for value in item.relative]

"""Report of a convergence study of a pair of scenarios: discretisation errors of the differences between them."""

from __future__ import annotations

from typing import Any

from fem_lumbar.comparison.discretisation_bars import mesh_facts
from fem_lumbar.comparison.mesh_convergence import Series
from fem_lumbar.comparison.pair_convergence import PairConvergence
from fem_lumbar.documents.convergence_text import SECTIONS, method, quantity_data, quantity_row
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.quantities import kind, label, unit

_NOTE = (
    "Differences are second minus first, ± the error bar of the difference on that mesh. Of each kind of number the "
    "one that changes most on the finest mesh; all are in convergence.csv."
)


def pair_title(found: PairConvergence) -> str:
    """Title of the report of a study of a pair."""
    return (
        f"Mesh error of the differences of {found.second} from {found.first}: {', '.join(found.differences.densities)}"
    )


def pair_document(found: PairConvergence) -> Document:
    """The study as tables."""
    changes = Table("What differs in the scenarios", ("key", found.first, found.second))
    changes.rows = [(key, number(a, 6), number(b, 6)) for key, (a, b) in found.changes.items()]
    meshes = Table("Meshes", ("density", "cell size mm", "cells", "mesh"))
    for level in found.differences.levels:
        facts = mesh_facts(level)
        meshes.rows.append((level.density, number(level.size_mm), f"{facts['cells']}", facts["mesh_sha256"][:8]))
    tables = [changes, meshes, *(_case(found, case) for case in found.differences.cases)]
    tables[-1].note = _NOTE
    odd = any(not level.in_family for level in found.differences.levels)
    return [*tables, Paragraph(method(odd), "How the error bars were estimated")]


def pair_data(found: PairConvergence) -> dict[str, Any]:
    """The study as plain data for a JSON file."""
    return {
        "schema_version": 1,
        "first": found.first,
        "second": found.second,
        "changes": {key: list(values) for key, values in found.changes.items()},
        "densities": list(found.differences.densities),
        "meshes": {level.density: mesh_facts(level) for level in found.differences.levels},
        "differences": [quantity_data(item) for item in found.differences.series],
        "left_minus_right": [quantity_data(item) for item in found.sides],
    }


def pair_rows(found: PairConvergence) -> list[dict[str, Any]]:
    """The study as rows of a table, one per difference and load case."""
    densities = found.differences.densities
    numbers = [{"of": "difference"} | quantity_row(item, densities) for item in found.differences.series]
    sides = [{"of": "left minus right"} | quantity_row(item, densities) for item in found.sides]
    return numbers + sides


def _case(found: PairConvergence, case: str) -> Table:
    title = case_label(case)
    columns = ["quantity", "unit", *found.differences.densities, "differences are"]
    table = Table(f"{title[:1].upper()}{title[1:]}", columns)
    for item in _largest(found, case):
        told = [
            "—" if value is None else f"{number(value)} ± {number(error, 2)}"
            for value, error in zip(item.values, item.errors, strict=True)
        ]
        table.rows.append((label(item.path), unit(item.path), *told, item.estimate.behaviour.value))
    return table


def _largest(found: PairConvergence, case: str) -> list[Series]:
    """Of each kind of number in `SECTIONS`, the largest difference on the finest mesh."""
    sections = [name for names in SECTIONS.values() for name in names]
    largest: dict[tuple[str, ...], Series] = {}
    for item in found.differences.series:
        if item.case == case and item.path[0] in sections and any(item.values):
            key = kind(item.path)
            if key not in largest or abs(item.values[-1] or 0.0) > abs(largest[key].values[-1] or 0.0):
                largest[key] = item
    return sorted(largest.values(), key=lambda item: sections.index(item.path[0]))

"""``fem-lumbar mesh report``: measure the anatomy of a mesh beside what was asked for and beside real vertebrae."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem_lumbar.cli import options as common
from fem_lumbar.cli.progress import progress

if TYPE_CHECKING:
    from fem_lumbar.anatomy.parameters import Anatomy
    from fem_lumbar.documents.tables import Document, Table
    from fem_lumbar.imaging.own_reading import OwnArch
    from fem_lumbar.materials.records import MamilloAccessoryLigament
    from fem_lumbar.measures.mesh_validity import ValidityCheck
    from fem_lumbar.meshing.mesh import SegmentMesh
    from fem_lumbar.scenario.model import Scenario
    from fem_lumbar.specimen.anatomy_measures import Measure
    from fem_lumbar.specimen.surface_distance import SurfaceComparison
    from fem_lumbar.surfaces import Surface

DEFAULT_SCENARIO = Path("scenarios") / "baseline.yaml"
TABLES = "anatomy.md"
_MEASURED_ON = (
    "Points in the body frame of the vertebra (of the lower one for facets): x anterior, y left, z cranial, mm; their "
    "difference is a distance."
)
_NO_REFERENCE = "Surfaces of real vertebrae are compared with the mesh when their folder is given: --reference DIR."
_REFERENCE = {
    "landmarks": ("Landmarks beside those of the mean surface of 87 patients", "Deviations do not fail the report."),
    "facets": (
        "Facets beside those of real vertebrae",
        "Deviations do not fail the report: the two sources differ by more than the tolerance.",
    ),
}
"""Title and note of the comparisons with real vertebrae."""


@dataclass
class Findings:
    """Findings on a mesh: checks, measures by title of their table, comparisons by level.

    ``measurable`` is whether the mesh has all surfaces required for measures and pictures.
    """

    checks: list[ValidityCheck]
    measures: dict[str, list[Measure]] = field(default_factory=dict)
    reference: dict[str, list[Measure]] = field(default_factory=dict)
    surfaces: dict[str, SurfaceComparison] = field(default_factory=dict)
    measurable: bool = False
    fit: dict[str, dict[str, float]] = field(default_factory=dict)
    own_arches: list[OwnArch] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)


def execute(options: argparse.Namespace) -> int:
    """Print and write the tables, and draw the pictures; 1 when the mesh is not valid."""
    options.file = options.scenario or DEFAULT_SCENARIO
    scenario = common.scenario(options)
    common.tell_warnings(scenario, options)

    from fem_lumbar.meshing.of_scenario import scenario_mesh
    from fem_lumbar.runs.paths import check_writable

    references = {}
    if options.reference is not None:
        from fem_lumbar.specimen.reference_files import read_references

        references = read_references(options.reference)
    folder = options.out or common.RESULTS / f"{scenario.name}_anatomy"
    check_writable(folder)
    with progress(options.quiet) as show:
        mesh = scenario_mesh(scenario, show)
        show("measuring the anatomy")
        findings = examine(mesh, scenario.degenerated_anatomy, references)
        if findings.fit:
            from fem_lumbar.imaging.own_reading import own_arches

            findings.own_arches = own_arches(mesh, scenario.anatomy, scenario.materials.mal, show)
        title = f"Anatomy of {scenario.name} ({scenario.mesh.density} mesh)"
        paths, warnings = _pictures(mesh, findings, scenario.materials.mal, folder, title, show)
    document = _document(findings)
    paths.insert(0, _write(document, title, folder))
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.json:
        import json

        every = [*scenario.warnings, *mesh.warnings, *warnings]
        print(json.dumps(_plain(findings, scenario, paths, every), indent=1))
    else:
        from fem_lumbar.cli.tables import console
        from fem_lumbar.documents.tables import Paragraph, print_document

        files = Paragraph.bulleted((common.shown(path) for path in paths), "Files")
        print_document(f"{title}: {'valid' if findings.valid else 'NOT VALID'}", [*document, files], console())
    return 0 if findings.valid else 1


def examine(mesh: SegmentMesh, anatomy: Anatomy, references: Mapping[str, Surface] | None = None) -> Findings:
    """Check a mesh, measure it and compare it with real vertebrae; if it lacks surfaces, only check it."""
    from fem_lumbar.measures.mesh_validity import empty_surfaces, validity_checks
    from fem_lumbar.specimen.anatomy_measures import body_measures, disc_measures
    from fem_lumbar.specimen.facet_measures import facet_layers, facet_measures
    from fem_lumbar.specimen.process_measures import ligament_measures, process_measures
    from fem_lumbar.specimen.reference_measures import reference_measures
    from fem_lumbar.specimen.surface_distance import compare_with_reference

    findings = Findings(validity_checks(mesh))
    if empty_surfaces(mesh):
        return findings
    findings.measurable = True
    findings.surfaces = compare_with_reference(mesh, references or {})
    if anatomy.source == "surfaces":  # a person's bones may be outside the usual ranges
        findings.fit = mesh.meta["fit"]
        findings.measures = {"Facet joints": facet_layers(mesh, anatomy)}
        return findings
    findings.measures = {
        "Vertebral bodies": body_measures(mesh, anatomy),
        "Discs and alignment": disc_measures(mesh, anatomy),
        "Facet joints": facet_measures(mesh, anatomy),
        "Processes and pedicles": process_measures(mesh, anatomy),
        "Mamillo-accessory ligaments": ligament_measures(mesh, anatomy),
    }
    findings.reference = reference_measures(mesh, anatomy)
    return findings


def _pictures(
    mesh: SegmentMesh,
    findings: Findings,
    ligament: MamilloAccessoryLigament,
    folder: Path,
    title: str,
    show: Callable[[str], None],
) -> tuple[list[Path], list[str]]:
    """Paths of the pictures, and reasons for missing ones."""
    if not findings.measurable:
        return [], ["pictures are missing: the mesh lacks surfaces to measure on"]
    from fem_lumbar.documents.offscreen import rendering_problem

    problem = rendering_problem()
    if problem is not None:
        return [], [f"pictures are missing: {problem}"]
    from fem_lumbar.documents.anatomy_pictures import draw_anatomy

    ossified = {name: getattr(ligament, f"{name}_fraction") for name in ("type_I", "type_II", "type_III")}
    return draw_anatomy(mesh, findings.surfaces, folder, ossified, title, show), []


def _document(findings: Findings) -> Document:
    from fem_lumbar.documents.tables import Paragraph, Table, number

    checks = Table("Validity of the mesh", ("check", "value", "condition", "at", "passed"))
    for check in findings.checks:
        checks.rows.append(
            (check.name, number(check.value), check.condition, check.where, "yes" if check.passed else "NO")
        )
    document: Document = [checks]
    if findings.fit:
        document.append(_fit(findings.fit))
    if findings.own_arches:
        from fem_lumbar.imaging.own_text import own_table

        document.append(own_table(findings.own_arches))
    for heading, rows in findings.measures.items():
        document.append(_table(f"{heading}: asked for and measured", "asked", rows))
    for key, rows in findings.reference.items():
        document.append(_table(_REFERENCE[key][0], "published", rows, _REFERENCE[key][1]))
    if findings.surfaces:
        document.append(_distances(findings.surfaces))
    elif findings.measurable:
        document.append(Paragraph(_NO_REFERENCE, "Distance of the bone from real vertebrae"))
    for title, found in (("asked for", findings.measures), ("published", findings.reference)):
        if found:
            missed = [row for rows in found.values() for row in rows if not row.met]
            text = "\n".join(map(_line, missed)) or "none"
            document.append(Paragraph(text, f"Further than the tolerance from what was {title}: {len(missed)}"))
    return document


def _line(row: Measure) -> str:
    place = f"{row.place} {row.side}".strip()
    return f"- {place}: {row.quantity}, off by {_value(abs(row.difference))} {row.unit}"


def _table(title: str, wanted: str, rows: list[Measure], note: str = "") -> Table:
    from fem_lumbar.documents.tables import Table

    columns = ("at", "side", "measure", "unit", wanted, "measured", "difference", "tolerance", "within")
    table = Table(title, columns)
    for row in rows:
        values = map(_value, (row.wanted, row.measured, row.difference, row.tolerance))
        table.rows.append((row.place, row.side, row.quantity, row.unit, *values, "yes" if row.met else "NO"))
    if any(isinstance(row.wanted, tuple) for row in rows):
        note = f"{note} {_MEASURED_ON}".strip()
    table.note = note
    return table


def _distances(surfaces: dict[str, SurfaceComparison]) -> Table:
    from fem_lumbar.documents.tables import Table
    from fem_lumbar.specimen.surface_distance import LARGEST_95TH_PERCENTILE_MM, LARGEST_MEAN_MM

    columns = ("at", "direction", "mean\nmm", "95th percentile\nmm", "largest\nmm", "within")
    table = Table("Distance of the bone from the reference surfaces after rigid alignment", columns)
    for level, found in surfaces.items():
        for name, side in (("mesh to reference", found.to_reference), ("reference to mesh", found.from_reference)):
            sizes = map(_value, (side.mean, side.percentile_95, side.maximum))
            table.rows.append((level, name, *sizes, "yes" if side.acceptable else "NO"))
    table.note = (
        f"Weighted by area; within: mean <= {LARGEST_MEAN_MM:g} mm and 95th percentile <= "
        f"{LARGEST_95TH_PERCENTILE_MM:g} mm."
    )
    return table


def _fit(fit: dict[str, dict[str, float]]) -> Table:
    from fem_lumbar.documents.tables import Table

    columns = ("at", "direction", "mean\nmm", "95th percentile\nmm", "largest\nmm", "template without bone\n%")
    table = Table("Distance of the bone from the person's own surfaces", columns)
    for level, found in fit.items():
        for name, end in (("mesh to surface", ""), ("surface to mesh", "_back")):
            sizes = [_value(found[f"{size}{end}_mm"]) for size in ("mean", "p95", "largest")]
            table.rows.append((level, name, *sizes, "" if end else _value(100.0 * found["not_reached"])))
    table.note = "Facets have the curvature, gap and cartilage of the anatomy: images show neither of the last two."
    return table


def _value(value: float | tuple[float, ...]) -> str:
    """A number with two decimals, or a point with one; — if it could not be measured."""
    if isinstance(value, tuple):
        return "(" + ", ".join(f"{_positive_zero(item, 1):.1f}" for item in value) + ")"
    return "—" if value != value else f"{_positive_zero(value, 2):.2f}"


def _positive_zero(value: float, digits: int) -> float:
    return round(value, digits) + 0.0


def _write(document: Document, title: str, folder: Path) -> Path:
    from fem_lumbar.documents.tables import to_markdown
    from fem_lumbar.foundation.atomic_files import write_text

    return write_text(folder / TABLES, to_markdown(title, document))


def _plain(findings: Findings, scenario: Scenario, paths: list[Path], warnings: list[str]) -> dict[str, Any]:
    """All findings, for JSON."""
    from fem_lumbar.foundation.json_values import plain

    return {
        "scenario": scenario.name,
        "density": scenario.mesh.density,
        "valid": findings.valid,
        "checks": [asdict(check) for check in findings.checks],
        "measures": {heading: [_row(row) for row in rows] for heading, rows in findings.measures.items()},
        "reference": {key: [_row(row) for row in rows] for key, rows in findings.reference.items()},
        "surface_distance_mm": {
            level: {
                "to_reference": {**asdict(found.to_reference), "within": found.to_reference.acceptable},
                "from_reference": {**asdict(found.from_reference), "within": found.from_reference.acceptable},
            }
            for level, found in findings.surfaces.items()
        },
        **({"person_surface_distance_mm": findings.fit} if findings.fit else {}),
        **({"own_arches": plain([asdict(one) for one in findings.own_arches])} if findings.own_arches else {}),
        "files": [common.shown(path) for path in paths],
        "warnings": warnings,
    }


def _row(row: Measure) -> dict[str, Any]:
    plain = {**asdict(row), "difference": row.difference, "within": row.met}
    return {key: None if value != value else value for key, value in plain.items()}

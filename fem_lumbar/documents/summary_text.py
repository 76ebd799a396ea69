"""Report of one run: results, checks, numerical floor, assumptions and evidence, as a document of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fem_lumbar.anatomy.spine import ALL_JOINTS, BODIES, LEVELS
from fem_lumbar.comparison.asymmetry import SidePair, asymmetry_floor, side_pairs
from fem_lumbar.documents.asymmetry_text import coupled_table, facet_asymmetry_table
from fem_lumbar.documents.checks_text import checks_table, volume_table
from fem_lumbar.documents.evidence import Group, evidence
from fem_lumbar.documents.load_path_text import facet_table, ligament_tables, load_path_tables, load_share_table
from fem_lumbar.documents.style import case_label, load_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number, to_markdown
from fem_lumbar.documents.time_text import cycle_table, held_table
from fem_lumbar.documents.uncertainty_text import uncertainty
from fem_lumbar.foundation.atomic_files import write_text
from fem_lumbar.foundation.conventions import ALL_LIGAMENTS
from fem_lumbar.measures.quantities import is_symmetric, kind, label, numbers, unit
from fem_lumbar.runs.run import FIGURES, REPORT, Run
from fem_lumbar.runs.summary import AssumedValue

SIGNS = (
    "Signs: x anterior, y left, z cranial; rotations + flexion, + right bending, + left axial rotation (upper bone "
    "against lower bone); pressures + compression; facet contact forces are magnitudes, ligament forces are tensions. "
    "docs/outputs.md defines every number."
)

_REPEATED = {*BODIES, *ALL_JOINTS, *ALL_LIGAMENTS}
"""Names of places for which values are repeated."""


def run_title(run: Run) -> str:
    """Title of the report of a run."""
    return f"{run.name}: {run.status}"


def run_document(run: Run, warnings: Sequence[str] = ()) -> Document:
    """The content of the summary of a run, in reading order; tables without rows are left out.

    Parameters
    ----------
    run : Run
        The run.
    warnings : sequence of str
        Further warnings, in addition to those of the summary.
    """
    parts: list[Table | Paragraph | None] = [
        _head(run, warnings),
        _cases(run),
        _rotations(run),
        _discs(run),
        held_table(run),
        cycle_table(run),
        facet_table(run),
        *load_path_tables(run),
        load_share_table(run),
        *ligament_tables(run),
        _arches(run),
        _asymmetry(run),
        facet_asymmetry_table(run),
        coupled_table(run),
        volume_table(run),
        checks_table(run),
        _floor(run),
        uncertainty(run),
        *_assumptions(run),
        _citations(run),
        _evidence(),
        _pictures(run),
    ]
    return [part for part in parts if isinstance(part, Paragraph) or (part is not None and part.rows)]


def write_report(run: Run, warnings: Sequence[str] = ()) -> Path:
    """Write ``report.md`` into the run folder and return its path."""
    return write_text(run.folder / REPORT, to_markdown(run_title(run), run_document(run, warnings)))


def _head(run: Run, warnings: Sequence[str]) -> Paragraph:
    summary, model = run.summary, run.summary["model"]
    made = summary["provenance"]
    lines = [
        f"Mesh density {model['density']}: {model['nodes']} nodes, {model['cells']} tetrahedra, {model['dofs']} "
        f"unknowns{', mirror symmetric' if model['symmetric_mesh'] else ''}"
        f"{', made by ' + model['mesh_made_by'] if model.get('mesh_made_by') else ''}. "
        f"fem-lumbar {made['version']}, Python {made['python']}, {made['created']}. "
        f"Scenario {made['scenario_sha256'][:12]}, mesh {made['mesh_sha256'][:12]}.",
        SIGNS,
    ]
    if model.get("pushed_apart_mm"):
        lines.append(
            "With these measures posterior elements of neighbouring vertebrae would overlap; they were pushed apart "
            f"by up to {model['pushed_apart_mm']:.2f} mm."
        )
    for level, fit in model.get("surface_fit", {}).items():
        lines.append(
            f"{level}: mesh to the person's surface {fit['mean_mm']:.2f} mm on average ({fit['p95_mm']:.2f} for 95 %),"
            f" back {fit['mean_back_mm']:.2f} ({fit['p95_back_mm']:.2f}); no bone found for "
            f"{100 * fit['not_reached']:.1f} % of the template."
        )
    if run.reason:
        lines.insert(0, f"Failed: {run.reason}")
    lines += [f"Warning: {warning}" for warning in dict.fromkeys([*run.warnings, *warnings])]
    return Paragraph("\n\n".join(lines))


def _cases(run: Run) -> Table:
    table = Table("Load cases", ("case", "load", "status", "load steps", "iterations", "time (s)"))
    for case, entry in run.cases.items():
        effort = [number(entry.get(key), 4) for key in ("steps", "iterations", "wall_s")]
        status = entry["status"] if entry["status"] == "converged" else f"failed: {entry.get('reason')}"
        table.rows.append((case_label(case), load_label(entry), status, *effort))
    return table


def _rotations(run: Run) -> Table:
    table = Table(
        "Rotation of the upper against the lower bone (°)",
        ("case", "joint", "flexion (+) extension (−)", "right (+) left (−) bending", "left (+) right (−) rotation"),
    )
    for case, entry in run.converged.items():
        for joint, rotation in entry["rotation_deg"].items():
            angles = rotation["flexion"], rotation["lateral_bending"], rotation["axial_rotation"]
            table.rows.append((case_label(case), joint, *map(number, angles)))
    return table


def _discs(run: Run) -> Table:
    sides = ("anterior", "posterior", "left", "right")
    table = Table(
        "Discs: pressure in the nucleus (MPa) and bulge (mm, + outward)",
        ("case", "joint", "pressure (MPa)", *(f"bulge {side} (mm)" for side in sides)),
    )
    for case, entry in run.converged.items():
        for joint, bulge in entry["disc_bulge_mm"].items():
            pressure = number(entry["idp_MPa"].get(joint))
            table.rows.append((case_label(case), joint, pressure, *(number(bulge.get(side)) for side in sides)))
    return table


def _arches(run: Run) -> Table:
    columns = {
        "tension_N": "tension (N)",
        "strain_max": "largest principal strain (−)",
        "energy_Nmm": "energy (N·mm)",
        "insertion_displacement_mm": "muscle insertion against the ends (mm)",
        "force_mammillary_N": "force on the mammillary process (N)",
        "force_accessory_N": "force on the accessory process (N)",
        "share_mammillary": "first over the sum of both (−)",
    }
    table = Table(
        "Mamillo-accessory ligament (MAL)",
        ("case", "ligament", "state", *columns.values()),
        note="Forces on the processes are magnitudes. They come from bone strain as well as from muscle and may oppose "
        "each other, so their ratio is not the split of the muscle pull; for that use fem-lumbar mal SCENARIO.",
    )
    for case, entry in run.converged.items():
        for level in (level for level in LEVELS if level in entry["mal"]):
            for side, found in entry["mal"][level].items():
                cells = [number(found.get(key)) for key in columns]
                table.rows.append((case_label(case), f"{level} {side}", case_label(found["state"]), *cells))
    return table


def _asymmetry(run: Run) -> Table | None:
    """For each kind of number the pair with the largest left/right difference; None without any."""
    pairs = [pair for pair in side_pairs(run.summary) if pair.index is not None]
    if not pairs:
        return None
    worst: dict[tuple[str, ...], SidePair] = {}
    for pair in pairs:
        key = kind(pair.path)
        if key not in worst or abs(pair.difference) > abs(worst[key].difference):
            worst[key] = pair
    note = (
        "Index (left − right)/(|left| + |right|). In a case to one side, the right value is that of the mirrored case."
    )
    if asymmetry_floor(run.summary, run.resolved):
        note += " The scenario and the mesh are symmetric: these differences are numerical error, the asymmetry floor."
    table = Table(
        "Left against right: the largest difference of each kind",
        ("quantity", "case", "left", "right", "left − right", "unit", "index"),
        note=note,
    )
    for pair in worst.values():
        cells = (number(pair.left), number(pair.right), number(pair.difference), unit(pair.path), number(pair.index))
        table.rows.append((label(pair.path), case_label(pair.case), *cells))
    return table


def _floor(run: Run) -> Table:
    """Largest algebraic error and left/right difference of each kind of number over all load cases."""
    algebraic: dict[tuple[str, ...], float] = {}
    units: dict[tuple[str, ...], str] = {}
    for entry in run.converged.values():
        for path, value in numbers(entry.get("numerical_floor", {})).items():
            algebraic[kind(path)] = max(algebraic.get(kind(path), 0.0), abs(value))
        units.update({kind(path): unit(path) for path in numbers(entry)})
    measured: dict[tuple[str, ...], float] = {}
    for of_case in asymmetry_floor(run.summary, run.resolved).values():
        for key, value in of_case.items():
            measured[key] = max(measured.get(key, 0.0), value)
    keys = [key for key in units if key in algebraic or key in measured]
    note = (
        "To be resolved, an effect between two runs must exceed three times the combined error. Neither column "
        "includes the discretisation error: two runs on the same mesh share most of it; runs at another density show "
        "its size."
    )
    if not is_symmetric(run.resolved):
        note += " The scenario is not symmetric, so its left/right differences do not measure the error."
    table = Table("Numerical floor", ("kind of number", "algebraic error", "left/right difference", "unit"), note=note)
    for key in keys:
        cells = (number(algebraic.get(key), 2), number(measured.get(key), 2), units[key])
        table.rows.append((label(key), *cells))
    return table


def _assumptions(run: Run) -> list[Table | Paragraph]:
    parts: list[Table | Paragraph] = []
    sentences = run.summary.get("assumptions", [])
    if sentences:
        parts.append(Paragraph.bulleted(sentences, "Assumptions of the model"))
    values = _merged(run.summary.get("assumed_values", []))
    if values:
        table = Table("Assumed values: no published source", ("name", "value", "unit", "confidence", "basis"))
        for entry in values:
            cells = (number(entry["value"], 4), entry["unit"], entry["confidence"], entry.get("source", ""))
            table.rows.append((entry["name"], *cells))
        parts.append(table)
    return parts


def _citations(run: Run) -> Table:
    """Sources of the values used; values repeated over levels, joints or ligaments are combined."""
    told = run.summary.get("parameter_set")
    note = "Values without a published source are listed as assumptions."
    if told:
        origin = told["provenance"]
        items = origin.items() if isinstance(origin, dict) else ()
        made = ", ".join(f"{key} {value}" for key, value in items if isinstance(value, str))
        note += f" Parameter set {told['name']}: {made}."
    table = Table("Sources of the values used", ("source", "confidence", "values"), note=note)
    for entry in run.summary.get("citations", []):
        places: dict[str, list[str]] = {}
        for name in entry["values"]:
            parts = name.split(".")
            kept = ".".join(part for part in parts if part not in _REPEATED)
            places.setdefault(kept, []).extend(part for part in parts if part in _REPEATED)
        shown = [f"{name} ({', '.join(dict.fromkeys(where))})" if where else name for name, where in places.items()]
        table.rows.append((entry["source"], entry["confidence"], "; ".join(shown)))
    return table


def _merged(values: Sequence[AssumedValue]) -> list[AssumedValue]:
    """Assumed values, with those repeated over levels, joints or ligaments combined in one row, the MAL first."""
    rows: dict[tuple[str, str], AssumedValue] = {}
    places: dict[tuple[str, str], dict[str, list[str]]] = {}
    for entry in values:
        parts = entry["name"].split(".")
        key = (".".join(part for part in parts if part not in _REPEATED), entry.get("source", ""))
        rows.setdefault(key, {**entry, "name": key[0]})
        where = places.setdefault(key, {}).setdefault(number(entry["value"], 4), [])
        where += [part for part in parts if part in _REPEATED]
    for key, row in rows.items():
        shown = [f"{value} ({', '.join(where)})" if where else value for value, where in places[key].items()]
        row["value"] = "; ".join(shown)
    return sorted(rows.values(), key=lambda row: ".mal." not in f".{row['name']}")


def _evidence() -> Paragraph:
    titles: dict[Group, str] = {"hypothesis": "The hypothesis", "for": "For it", "against": "Against it"}
    lines = [f"- {title}: {statement}" for group, title in titles.items() for statement in evidence(group)]
    return Paragraph("\n".join(lines), "Evidence on the entrapment hypothesis")


def _pictures(run: Run) -> Paragraph | None:
    found = [*sorted((run.folder / FIGURES).glob("*.png")), *sorted(run.folder.glob("tornado_*.png"))]
    if not found:
        return None
    links = (f"![{path.name}]({path.relative_to(run.folder).as_posix()})" for path in found)
    return Paragraph("\n\n".join(links), "Pictures")

"""The methods of a run, from its stored data, in the order of Erdemir et al. 2012 (J Biomech 45:625)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fem_lumbar.anatomy.spine import LEVELS, SACRUM, SEGMENT
from fem_lumbar.comparison.discretisation_bars import density_of, stored_bars
from fem_lumbar.documents.evidence import evidence
from fem_lumbar.documents.style import case_label, load_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.measures.quantities import label
from fem_lumbar.report_page.published import PublishedBand
from fem_lumbar.runs.run import Run
from fem_lumbar.runs.stored_sensitivity import is_of
from fem_lumbar.sensitivity.files import read_sensitivity


def methods(run: Run, bands: Sequence[PublishedBand]) -> Document:
    """Model, mesh, materials, loads, solver, verification, validation and discretisation error."""
    return [
        model_of(run),
        mesh_of(run),
        materials_of(run),
        loads_of(run),
        solver_of(run),
        verification_of(run),
        *_validation(bands),
        *_discretisation(run),
        made_of(run),
    ]


def model_of(run: Run) -> Paragraph:
    """Bodies, structures, ligaments and axes of the model."""
    resolved = run.resolved
    bodies = ", ".join(resolved.get("segment", {}).get("bodies", SEGMENT))
    structures = resolved.get("structures", {})
    kept = ", ".join(structures.get("ligaments", ())) or "none"
    special = [
        f"without {name.replace('_', ' ')}"
        for name in ("posterior_elements", "facet_contact", "bone_contact", "cartilage_endplates")
        if structures.get(name) is False
    ]
    if structures.get("removed_nuclei"):
        special.append(f"nucleus removed at {', '.join(structures['removed_nuclei'])}")
    arches = Counter(
        f"{side['state'].replace('_', ' ')}" for sides in resolved.get("mal", {}).values() for side in sides.values()
    )
    states = ", ".join(f"{count} {state}" for state, count in arches.items()) or "none"
    source = resolved.get("anatomy", {}).get("source", "parametric")
    text = (
        f"Static, non-linear finite element model of {bodies}; anatomy: {source} template. Ligaments: {kept}"
        f"{'; ' + '; '.join(special) if special else ''}. Mamillo-accessory ligaments: {states}. "
        f"Axes: x anterior, y left, z cranial; origin at the centre of the inferior endplate of {LEVELS[-1]}."
    )
    return Paragraph(text, "Model")


def mesh_of(run: Run) -> Table:
    """The mesh, and its number of tetrahedra by region."""
    model, regions = run.summary["model"], run.mesh.region_names
    counts = Counter(regions[tag] for tag in run.mesh.region.tolist())
    mirror = "It is exactly its own mirror image." if model["symmetric_mesh"] else "It is not mirror symmetric."
    note = (
        f"Density {model['density']}: {model['nodes']} nodes, {model['cells']} quadratic tetrahedra, {model['dofs']} "
        f"unknowns{', made by ' + model['mesh_made_by'] if model.get('mesh_made_by') else ''}. {mirror}"
    )
    table = Table("Mesh", ("region", "tetrahedra"), note=note)
    table.rows += [(name, str(count)) for name, count in sorted(counts.items())]
    return table


def materials_of(run: Run) -> Table:
    """All tissue values with their sources; those without a source are listed as assumptions."""
    sources = {
        name: (entry["source"], entry["confidence"])
        for entry in run.summary.get("citations", [])
        for name in entry["values"]
    }
    assumed = {entry["name"]: (entry.get("source", ""), entry["confidence"]) for entry in run.summary["assumed_values"]}
    note = (
        f"Parameter set: {run.resolved.get('materials', {}).get('set', 'default')}. Laws: docs of the program, README."
    )
    table = Table("Materials", ("value", "number", "confidence", "source"), note=note)
    for name, value in _leaves(run.resolved.get("materials", {}), "materials"):
        source, confidence = sources.get(name) or assumed.get(name) or ("", "")
        table.rows.append((name.removeprefix("materials."), number(value, 4), confidence, source))
    return table


def _leaves(node: Mapping[str, Any], above: str) -> Iterator[tuple[str, float]]:
    """Numbers in a nested section, with their paths."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}.{key}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{above}.{key}", value


def loads_of(run: Run) -> Paragraph:
    """Load cases, and supports."""
    lines = [f"- {case_label(case)}: {load_label(entry)}" for case, entry in run.cases.items()]
    lowest = run.resolved.get("segment", {}).get("bodies", SEGMENT)[-1]
    held = "cut and auricular faces of the sacrum" if lowest == SACRUM else f"inferior endplate of {lowest}"
    lines.append(f"- fixed: {held}; loads act on the superior endplate of the uppermost vertebra")
    return Paragraph("\n".join(lines), "Loads and boundary conditions")


def solver_of(run: Run) -> Table:
    """Solution method of the load cases, and its cost."""
    settings, model = run.resolved.get("solver", {}), run.summary["model"]
    used = ", ".join(
        f"{key.replace('_', ' ')} {number(value) if not isinstance(value, str) else value}"
        for key, value in settings.items()
    )
    table = Table(
        "Solution",
        ("load case", "load steps", "Newton iterations", "factorisations", "time (s)"),
        note="Newton's method with consistent tangents and adaptive load steps"
        f"{'; linear solver ' + model['linear_solver'] if model.get('linear_solver') else ''}"
        f"{'; settings: ' + used if used else ''}. A state that did not converge is never a result.",
    )
    for case, entry in run.cases.items():
        effort = [number(entry.get(key), 4) for key in ("steps", "iterations", "factorisations", "wall_s")]
        table.rows.append((case_label(case), *effort))
    return table


def verification_of(run: Run) -> Paragraph:
    """Evidence that the equations are solved correctly."""
    worst = run.worst_check
    lines = [
        "- The program is verified by problems of known solution (fem-lumbar validate --verification); their results "
        "are those of the program, not of this run.",
        f"- This run checked itself {len(run.checks)} times (equilibrium, energy, load path, contact, volume); "
        f"{len(run.failed_checks)} checks failed.",
    ]
    if worst is not None:
        lines.append(f"- {worst.closest()}")
    return Paragraph("\n".join(lines), "Verification")


def _validation(bands: Sequence[PublishedBand]) -> list[Table | Paragraph]:
    there = [band for band in bands if band.value is not None]
    if not there:
        text = "No published result applies to these loads on this segment; fem-lumbar validate tests the shipped set."
        return [Paragraph(text, "Validation")]
    table = Table(
        "Validation",
        ("load case", "what", "joint", "this run", "band", "unit", "in band", "how the band was chosen", "source"),
        note="Published results of intact specimens under the same load. †: used to fit the shipped set: no test. "
        "Shown only: not scored, for the reason given. All protocols: fem-lumbar validate.",
    )
    for band in there:
        target, (low, high) = band.target, band.target.interval
        mark = "yes" if band.inside else "NO"
        what = f"{target.quantity} {'†' if target.used_for_calibration else ''} {band.side}".strip()
        how = target.band.how.replace("_", " ") if target.scored else f"shown only: {target.shown_only}"
        cells = (number(band.value), f"{number(low)} to {number(high)}", target.unit, mark, how, band.source)
        table.rows.append((case_label(band.case), what, target.level, *cells))
    return [table]


def _discretisation(run: Run) -> list[Table | Paragraph]:
    bars, density = stored_bars().of_model(run.resolved), density_of(run.summary, run.resolved)
    worst = bars.worst(density)
    title = "Discretisation error"
    if not worst:
        return [Paragraph("Not known: no mesh study of this model at this density is stored.", title)]
    table = Table(
        title,
        ("kind of number", "largest relative error (%)"),
        note=f"From the stored mesh study ({bars.origin}): the largest over its load cases. Numbers near zero, and "
        "other loads or structures than those of the study, have none.",
    )
    table.rows += [(label(path), number(100 * error, 2)) for path, error in sorted(worst.items())]
    return [table]


def made_of(run: Run) -> Paragraph:
    """Versions and hashes needed to repeat the run."""
    made = run.summary["provenance"]
    packages = ", ".join(f"{name} {version}" for name, version in made["packages"].items())
    text = (
        f"fem-lumbar {made['version']}, Python {made['python']}, {made['created']}; scenario "
        f"{made['scenario_sha256'][:12]}, mesh {made['mesh_sha256'][:12]}; {packages}. The folder of the run holds the "
        "resolved scenario, from which the run can be repeated."
    )
    return Paragraph(text, "Reproduction")


def not_established(run: Run, bands: Sequence[PublishedBand]) -> list[str]:
    """Conclusions that this run does not support."""
    told = [
        "One run shows what the model does under these loads. It says nothing about causes: for an "
        "effect compare two runs, beside the numerical floor.",
    ]
    if any(entry["status"] != "converged" for entry in run.cases.values()):
        told.insert(0, "Load cases that did not converge have no result; what is shown of them is a part of the load.")
    misses = [band for band in bands if band.inside is False and band.target.scored]
    if misses:
        where = ", ".join(dict.fromkeys(f"{case_label(band.case)} {band.target.level}" for band in misses))
        told.append(f"Under these loads the model misses published bands: {where}.")
    table = read_sensitivity(run.folder)
    if table is None or not is_of(table, run):
        told.append(
            "The uncertainty from published ranges of tissue values was not computed (fem-lumbar sensitivity RUN)."
        )
    return [*told, *limits_of_model(run)]


def limits_of_model(run: Run) -> list[str]:
    """Limits of all results of this model, independent of comparisons."""
    told = [
        "It is a model of a mean anatomy with tissue of published means, not of an individual, unless its anatomy and "
        "tissue were given.",
        "A mechanism that is not in the model (see the assumptions) is not tested, and so not contradicted.",
    ]
    if run.density in ("test", "coarse"):
        told.append(
            f"The mesh is {run.density}: bands of experiments apply at standard density, and the error of the mesh is "
            "that of the table above, as far as it is known."
        )
    return [*told, *(f"Against the entrapment hypothesis: {statement}" for statement in evidence("against")[:2])]

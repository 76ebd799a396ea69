"""First part of a page: the question, the main results, and their reliability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_lumbar.documents.load_path_text import main_axis
from fem_lumbar.documents.marks import MarkedNumbers
from fem_lumbar.documents.style import case_label, load_label
from fem_lumbar.documents.tables import Document, Paragraph, Table, number
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.report_page.published import PublishedBand
from fem_lumbar.runs.run import Run


def asked(run: Run) -> Document:
    """The question: scenario and loads of every case."""
    words = run.resolved.get("description") or f"The scenario {run.name}, which has no description."
    table = Table("", ("load case", "load", "outcome"))
    for case, entry in run.cases.items():
        reached = "converged" if entry["status"] == "converged" else f"FAILED: {entry.get('reason')}"
        table.rows.append((case_label(case), load_label(entry), reached))
    return [Paragraph(words), table]


def answer(run: Run) -> Document:
    """Main results of every load case and joint in one table, marked where the discretisation error is large."""
    marked = MarkedNumbers.of(run)
    columns = (
        "load case",
        "joint",
        "rotation in the plane of the load (°)",
        "disc pressure (MPa)",
        *(f"facet {side} (N)" for side in SIDES),
        "most tensed ligament",
    )
    table = Table("", columns, note=marked.note(("facet_force_N",)))
    for case, entry in run.converged.items():
        rotations: Mapping[str, Mapping[str, Any]] = entry["rotation_deg"]
        for joint, turned in rotations.items():
            if joint not in entry["facet_force_N"] and joint not in entry["idp_MPa"]:
                continue  # the sum over the segment
            plane = main_axis(case)
            forces = [entry["facet_force_N"].get(joint, {}).get(side) for side in SIDES]
            tension = entry["ligament_force_N"].get(joint, {})
            tensed = max(tension, key=lambda name: tension[name], default=None)
            table.rows.append(
                (
                    case_label(case),
                    joint,
                    marked.text(case, ("rotation_deg", joint, plane), turned[plane]),
                    marked.text(case, ("idp_MPa", joint), entry["idp_MPa"].get(joint)),
                    *(marked.text(case, ("facet_force_N", joint, side), f) for side, f in zip(SIDES, forces)),
                    "none" if tensed is None or tension[tensed] <= 0 else _tension(tensed, tension[tensed]),
                )
            )
    return [table] if table.rows else [Paragraph("No load case converged: there is no answer.")]


def _tension(ligament: str, force_N: float) -> str:
    return f"{ligament.replace('_', ' ')}: {number(force_N)} N"


def verdicts(run: Run, bands: list[PublishedBand]) -> list[str]:
    """Sentences on the reliability of the answer, the most serious first."""
    told = [f"The run failed: {run.reason}." if run.reason else "All load cases converged and all checks passed."]
    if run.worst_check is not None:
        told.append(run.worst_check.closest())
    scored = [band for band in bands if band.target.scored and band.inside is not None]
    out = [band for band in scored if not band.inside]
    if scored:
        told.append(
            f"{len(scored) - len(out)} of {len(scored)} results that can be laid beside published bands lie in them."
        )
    else:
        told.append("No published band applies to these loads on this segment.")
    if run.density == "test":
        told.append("The mesh is the coarsest one, meant for tests: look at trends, not at digits.")
    return told

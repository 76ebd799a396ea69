"""Notes on what the errors of a comparison include and exclude."""

from __future__ import annotations

from fem_lumbar.comparison.differences import (
    MESH_ERROR_NOT_KNOWN,
    NEGLIGIBLE,
    REPRODUCIBLE,
    RESOLVED_AT,
    Comparison,
    MeshGround,
    Verdict,
)
from fem_lumbar.comparison.discretisation import ASSUMED_ORDER, SAFETY_ASSUMED
from fem_lumbar.comparison.discretisation_bars import LARGE_BAR

FLOOR_NOTE = (
    f"Floor: {RESOLVED_AT:g} times the combined numerical error; a difference at or below it is not resolved. The "
    "combined error is the root sum of squares (a convention) of the algebraic errors of both runs (the larger of the "
    "reported error and, if one run is symmetric, its left/right differences; at least the repeatability, "
    f"{REPRODUCIBLE:g} of the value) and of the mesh error of the difference. Relative size: relative to the first "
    "value, or a factor if it more than doubles or halves; near zero, relative to the largest of its kind in the load "
    "case (marked); for rotations, to the largest rotation of the joint; for facet forces, also to the largest force "
    f"of the joint in any load case. Negligible: resolved, but below {100 * NEGLIGIBLE:g} % of the first value "
    "(or of the largest of its kind). Inputs (shape, material, prescribed muscle forces) are not effects and are "
    "left out."
)
DISCRETISATION_NOTE = (
    "The mesh error of the first value estimates its distance from the value on an infinitely fine mesh; it is marked "
    f"above {100 * LARGE_BAR:g} %. Both runs have the same cells, so most of it is common to both values and cancels "
    "in their difference. The remainder is the mesh error of the difference, which is included in the floor."
)
GROUNDS = {
    MeshGround.MEASURED: "the change of this difference from one mesh to the next, measured",
    MeshGround.PAIR: "the stored convergence of this difference, under the same load",
    MeshGround.VALUE: "the relative mesh error of the value under this load, times the difference (an estimate that "
    "is sound for facet forces and fails for quantities whose error changes with them)",
    MeshGround.SIMILAR: "the largest mesh error of differences of its kind in other stored pairs or under other "
    "loads, relative to the largest difference of the kind in the load case",
    MeshGround.KIND: "the largest relative mesh error of values of its kind under any load, times the difference",
    MeshGround.NONE: "the difference itself, which is then never resolved",
}
"""Texts on the source of the mesh error of a difference on the same cells."""
MEASURED_NOTE = (
    f"Mesh errors of the differences were measured by running both scenarios at {{}}: two meshes, assumed order "
    f"{ASSUMED_ORDER:g}, safety factor {SAFETY_ASSUMED:g} on the estimated error."
)
MOVED_NOTE = (
    "The two meshes have the same cells with moved nodes, because the anatomy differs. The discretisation error is "
    "treated as for identical meshes."
)
MESH_NOTE = (
    f"The meshes differ, so the discretisation errors of both values are in the floor, {RESOLVED_AT:g} times the root "
    "of the sum of their squares."
)
MESH_NOISE_NOTE = (
    "The meshes differ. Where the discretisation error is not known, a difference includes mesh noise of unknown "
    "size, its floor is not valid, and no effect can be claimed. Run both scenarios on the same mesh."
)
NO_BARS = (
    "Discretisation error not known: no convergence study of the whole segment on this template is stored "
    "(fem-lumbar mesh convergence --store)."
)
BARS_FROM = (
    "Discretisation errors (mesh errors) of values come from a convergence study at the same loads and mesh "
    "densities; they are applied here as relative errors. Study: {}."
)
PAIRS_FROM = "Discretisation errors of differences: {}."


def floor_note(comparison: Comparison) -> str:
    """Text on the meaning of the floor beside the differences."""
    return FLOOR_NOTE if comparison.same_cells else f"{FLOOR_NOTE} {mesh_note(comparison)}"


def mesh_ground(comparison: Comparison) -> list[str]:
    """Paragraphs on the discretisation error: its effect on the differences, and its source."""
    origin = [BARS_FROM.format(comparison.bars_from) if comparison.bars_from else NO_BARS]
    if not comparison.same_cells:
        return [mesh_note(comparison), *origin]
    if comparison.pairs_from:
        origin.append(PAIRS_FROM.format(comparison.pairs_from))
    if comparison.measured_at:
        origin.insert(0, MEASURED_NOTE.format(" and ".join(comparison.measured_at)))
    moved = [MOVED_NOTE] if comparison.moved_mesh else []
    return [*moved, f"{DISCRETISATION_NOTE} Its source: {_grounds(comparison)}.", *origin]


def _grounds(comparison: Comparison) -> str:
    """Sources of the mesh errors of the differences, unknown ones last."""
    there = [item.mesh_ground for item in comparison.differences if item.delta != 0.0]
    told = [f"{words} ({there.count(ground)} of {len(there)})" for ground, words in GROUNDS.items() if ground in there]
    known = [text for text, ground in zip(told, (g for g in GROUNDS if g in there), strict=True) if ground.known]
    unknown = told[len(known) :]
    if unknown:
        known.append(f'where it is not known ("{MESH_ERROR_NOT_KNOWN}" beside the verdict) {", or ".join(unknown)}')
    return "; ".join(known) or "not needed: no number differs"


def mesh_error_unknown(comparison: Comparison) -> bool:
    """Whether, on the same cells, an estimate is used for an unknown mesh error of a difference."""
    return comparison.same_cells and any(item.delta and not item.mesh_known for item in comparison.differences)


def mesh_note(comparison: Comparison) -> str:
    """Text on the meaning of the floor for meshes with different cells."""
    verdicts = {item.verdict for item in comparison.differences}
    notes = (
        MESH_NOTE if verdicts - {Verdict.MESH_NOISE} else "",
        MESH_NOISE_NOTE if Verdict.MESH_NOISE in verdicts else "",
    )
    return " ".join(note for note in notes if note)

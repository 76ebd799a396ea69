"""What the error of a comparison holds and what it does not, in words."""

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
    "combined error is the root of the sum of squares (a convention) of the algebraic error of both runs (the larger "
    "of what a run reports and, where one of them is symmetric, its left/right differences; at least "
    f"{REPRODUCIBLE:g} of the value, to which runs repeat) and of the mesh error of the difference. Relative size: of "
    "the first value, or a factor where it more than doubles or halves; near zero, of the largest of its kind in the "
    "load case (said so); of rotations, of the largest rotation of the joint; of facet forces, of the largest force of "
    f"the joint in any load case as well. Negligible: resolved, but below {100 * NEGLIGIBLE:g} % of the first value "
    "(or of the largest of its kind). What was put in (shape, material, prescribed muscle forces) is no effect and is "
    "left out."
)
DISCRETISATION_NOTE = (
    "The mesh error of the first value says how far that may be from the one on an infinitely fine mesh; it is marked "
    f"where it is above {100 * LARGE_BAR:g} %. Both runs have the same cells, so most of it is in both values and "
    "drops out of their difference. What is left is the mesh error of the difference, which is in the floor."
)
GROUNDS = {
    MeshGround.MEASURED: "how this difference changes from one mesh to the next, run for the purpose",
    MeshGround.PAIR: "the stored convergence of this difference, under the same load",
    MeshGround.VALUE: "the relative mesh error of the value under this load, times the difference (an argument, which "
    "holds for facet forces and fails for numbers whose error changes with them)",
    MeshGround.SIMILAR: "the largest mesh error that differences of its kind have in other stored pairs or under other "
    "loads, beside the largest difference of the kind in the load case",
    MeshGround.KIND: "the largest relative mesh error of values of its kind under any load, times the difference",
    MeshGround.NONE: "the size of the difference itself, so that it is never resolved",
}
"""What the mesh error of a difference on the same cells was taken from."""
MEASURED_NOTE = (
    f"Mesh errors of the differences were measured by running both scenarios at {{}}: with two meshes of an assumed "
    f"order of {ASSUMED_ORDER:g}, factor {SAFETY_ASSUMED:g} on the estimated error."
)
MOVED_NOTE = (
    "The two meshes are the same cells with their nodes in other places, because the anatomy differs. The "
    "discretisation error is treated as on one mesh."
)
MESH_NOTE = (
    f"The meshes differ, so the discretisation errors of both values are in the floor, {RESOLVED_AT:g} times the root "
    "of the sum of their squares."
)
MESH_NOISE_NOTE = (
    "The meshes differ, and where the discretisation error is not known a difference includes mesh noise of unknown "
    "size, its floor is not valid, and no effect can be claimed. Run both scenarios on one mesh."
)
NO_BARS = "Discretisation error not known: no convergence study is stored (fem-lumbar mesh convergence --store)."
BARS_FROM = (
    "Discretisation errors (mesh error) of values were found by a convergence study and hold for the same loads and "
    "mesh densities; their relative size is applied to the values here. Study: {}."
)
PAIRS_FROM = "Discretisation errors of differences: {}."


def floor_note(comparison: Comparison) -> str:
    """What the floor beside the differences is."""
    return FLOOR_NOTE if comparison.same_cells else f"{FLOOR_NOTE} {mesh_note(comparison)}"


def mesh_ground(comparison: Comparison) -> list[str]:
    """Paragraphs on the discretisation error: what it does to the differences, and where its size comes from."""
    origin = [BARS_FROM.format(comparison.bars_from) if comparison.bars_from else NO_BARS]
    if not comparison.same_cells:
        return [mesh_note(comparison), *origin]
    if comparison.pairs_from:
        origin.append(PAIRS_FROM.format(comparison.pairs_from))
    if comparison.measured_at:
        origin.insert(0, MEASURED_NOTE.format(" and ".join(comparison.measured_at)))
    moved = [MOVED_NOTE] if comparison.moved_mesh else []
    return [*moved, f"{DISCRETISATION_NOTE} It is {_grounds(comparison)}.", *origin]


def _grounds(comparison: Comparison) -> str:
    """What mesh errors of the differences were taken from, those that are not known last."""
    there = [item.mesh_ground for item in comparison.differences if item.delta != 0.0]
    told = [f"{words} ({there.count(ground)} of {len(there)})" for ground, words in GROUNDS.items() if ground in there]
    known = [text for text, ground in zip(told, (g for g in GROUNDS if g in there), strict=True) if ground.known]
    unknown = told[len(known) :]
    if unknown:
        known.append(f'where it is not known ("{MESH_ERROR_NOT_KNOWN}" beside the verdict) {", or ".join(unknown)}')
    return "; ".join(known) or "not asked for: no number differs"


def mesh_error_unknown(comparison: Comparison) -> bool:
    """Whether on the same cells something stands for the mesh error of a difference that is not known."""
    return comparison.same_cells and any(item.delta and not item.mesh_known for item in comparison.differences)


def mesh_note(comparison: Comparison) -> str:
    """What the floor means when the meshes have different cells."""
    verdicts = {item.verdict for item in comparison.differences}
    notes = (
        MESH_NOTE if verdicts - {Verdict.MESH_NOISE} else "",
        MESH_NOISE_NOTE if Verdict.MESH_NOISE in verdicts else "",
    )
    return " ".join(note for note in notes if note)

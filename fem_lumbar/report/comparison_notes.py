"""What the error of a comparison holds and what it does not, in words."""

from __future__ import annotations

from fem_lumbar.analysis.compare import NEGLIGIBLE, REPRODUCIBLE
from fem_lumbar.analysis.differences import RESOLVED_AT, Comparison, Verdict

FLOOR_NOTE = (
    f"Floor: {RESOLVED_AT:g} times the combined numerical error; a difference at or below it is not resolved. The "
    "combined error is the root of the sum of squares of the algebraic error of both runs (the larger of what a run "
    "reports and, where one of them is symmetric, its left/right differences; at least "
    f"{REPRODUCIBLE:g} of the value, to which runs repeat) and of the discretisation error, as far as it is known. "
    "Relative size: rotations refer to the largest rotation of the joint in that case, other numbers to the larger of "
    "the two values or, near zero, to the largest of their kind. Negligible: resolved, but below "
    f"{100 * NEGLIGIBLE:g} %."
)
DISCRETISATION_NOTE = (
    "The mesh error beside a difference says how far the first value itself may be from that on an infinitely fine "
    "mesh. Both runs have the same cells, so most of it is in both values and cancels in their difference; what is "
    "left is taken as the relative discretisation error of the value times the difference. Where it is known it is in "
    "the floor. This is an argument, not a measurement: repeat both runs at a finer density before quoting a size."
)
NOT_IN_FLOOR = (
    "The discretisation error is not in the floor where it is not known: what is resolved there is a property of this "
    "discrete model."
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
    "Discretisation errors (mesh error) were found by a convergence study and hold for the same loads and mesh "
    "densities; their relative size is applied to the values here. Study: {}."
)


def floor_note(comparison: Comparison) -> str:
    """What the floor beside the differences is."""
    return FLOOR_NOTE if comparison.same_cells else f"{FLOOR_NOTE} {mesh_note(comparison)}"


def mesh_ground(comparison: Comparison) -> list[str]:
    """Paragraphs on the discretisation error: what it does to the differences, and where its size comes from."""
    origin = BARS_FROM.format(comparison.bars_from) if comparison.bars_from else NO_BARS
    if not comparison.same_cells:
        return [mesh_note(comparison), origin]
    notes = [DISCRETISATION_NOTE, origin]
    if comparison.moved_mesh:
        notes.insert(0, MOVED_NOTE)
    if mesh_error_unknown(comparison):
        notes.append(NOT_IN_FLOOR)
    return notes


def mesh_error_unknown(comparison: Comparison) -> bool:
    """Whether some floor on the same cells lacks the discretisation error."""
    return comparison.same_cells and any(item.mesh_ratio is None for item in comparison.differences)


def mesh_note(comparison: Comparison) -> str:
    """What the floor means when the meshes have different cells."""
    verdicts = {item.verdict for item in comparison.differences}
    notes = (
        MESH_NOTE if verdicts - {Verdict.MESH_NOISE} else "",
        MESH_NOISE_NOTE if Verdict.MESH_NOISE in verdicts else "",
    )
    return " ".join(note for note in notes if note)

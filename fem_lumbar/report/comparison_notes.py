"""What the floor of a comparison holds and what it does not, in words."""

from __future__ import annotations

from fem_lumbar.analysis.compare import NEGLIGIBLE, Comparison, Verdict

FLOOR_NOTE = (
    "Floor: the larger of the algebraic error reported by the two runs and, where one of them is symmetric, its "
    "left/right differences. A difference at or below its floor is not resolved. Relative size: rotations refer to the "
    "range of motion of the joint in that case, other numbers to the larger of the two values or, near zero, to the "
    f"largest of their kind. Negligible: resolved, but below {100 * NEGLIGIBLE:g} %."
)
DISCRETISATION_NOTE = (
    "The discretisation error is not in the floor. The mesh error beside a difference says how far the first value "
    "itself may be from that on an infinitely fine mesh. A difference between two runs on the same mesh is far less "
    "affected by it than the value itself: most of it is in both runs and cancels. What is resolved here is a property "
    "of this discrete model, and its size carries about the relative discretisation error of the effect itself. Repeat "
    "both runs at a finer density before quoting a size."
)
MESH_NOTE = (
    "The meshes differ, so three times the combined discretisation error of the two values (root of the sum of their "
    "squares) is added to the floor."
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
    return FLOOR_NOTE if comparison.same_mesh else f"{FLOOR_NOTE} {mesh_note(comparison)}"


def mesh_ground(comparison: Comparison) -> list[str]:
    """Paragraphs on the discretisation error: what it does to the differences, and where its size comes from."""
    origin = BARS_FROM.format(comparison.bars_from) if comparison.bars_from else NO_BARS
    return [DISCRETISATION_NOTE if comparison.same_mesh else mesh_note(comparison), origin]


def mesh_note(comparison: Comparison) -> str:
    """What the floor means when the meshes differ."""
    verdicts = {item.verdict for item in comparison.differences}
    notes = (
        MESH_NOTE if verdicts - {Verdict.MESH_NOISE} else "",
        MESH_NOISE_NOTE if Verdict.MESH_NOISE in verdicts else "",
    )
    return " ".join(note for note in notes if note)

"""Check whether the runs of a library allow a claim to be tested."""

from __future__ import annotations

from collections.abc import Sequence

from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import number
from fem_lumbar.measures.entries import Arch
from fem_lumbar.questions.mal.question import Need
from fem_lumbar.runs.run import Run


def unmet(need: Need, runs: Sequence[Run]) -> str:
    """Why some runs do not test a claim; empty if they do, and if there are no runs."""
    if not need.in_model:
        return f"not in the model: {need.why}"
    if not runs:
        return ""
    if need.muscles_answer and not any(map(_muscles_answer, runs)):
        return f"no load case in which muscle forces are computed rather than prescribed; {need.why}"
    if need.pull_on_mal_N:
        size, where = max(map(largest_pull, runs))
        if size < need.pull_on_mal_N:
            found = f"the largest is {number(size, 2)} N ({where})" if where else "none does"
            return f"needs a muscle pull of {number(need.pull_on_mal_N)} N on an ossified MAL; {found}; {need.why}"
    return ""


def largest_pull(run: Run) -> tuple[float, str]:
    """Largest muscle force on an ossified MAL in any load case, N, and its place."""
    pulls = [
        (found.get("pull", {}).get("size_N", 0.0), f"{level} {side} in {case_label(case)}, {run.name}")
        for case, entry in run.converged.items()
        for level, sides in entry["mal"].items()
        for side, found in sides.items()
        if _bony(found)
    ]
    return max(pulls, default=(0.0, ""))


def _bony(mal: Arch) -> bool:
    return mal["state"].startswith("type_")


def _muscles_answer(run: Run) -> bool:
    """Whether muscle forces are computed in some load case: by short-range stiffness or balanced activations."""
    if run.resolved.get("muscles", {}).get("short_range_stiffness", 0.0) > 0.0:
        return any(entry.get("muscles") for entry in run.converged.values())
    return any(entry["applied"].get("muscles_balanced") for entry in run.converged.values())

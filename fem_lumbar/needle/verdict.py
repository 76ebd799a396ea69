"""Evaluation of the claim that radiofrequency lesions fail where the ligament has ossified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from fem_lumbar.anatomy.mesh_settings import DENSITIES
from fem_lumbar.needle.chance import Chance
from fem_lumbar.needle.parameters import needle_values

if TYPE_CHECKING:
    from fem_lumbar.needle.study import NeedleDifference

Verdict = Literal[
    "fails more often", "no effect", "succeeds more often", "near what matters", "not resolved", "fails either way"
]
USUAL = ("middle_half",)
"""Approaches to the target named in guidelines: the middle two quarters of the neck."""


def mesh_error(approach: str, difference: float, density: str | None = None) -> float:
    """Discretisation error of a difference of an approach: a fraction of it, larger at the coarsest density."""
    coarsest, finer = needle_values()["mesh_share"][approach]
    return float(coarsest if density == DENSITIES[0] else finer) * abs(difference)


def difference_verdict(fibrous: Chance, difference: Chance, error: float = 0.0) -> Verdict:
    """Verdict on one difference (ossified minus fibrous) against the smallest relevant difference.

    ``fails either way``: the approach hardly ever interrupts the nerve under a fibrous ligament, so that an ossified
    one cannot make it fail more often. ``near what matters``: the difference is about the smallest relevant one.

    Parameters
    ----------
    fibrous, difference : Chance
    error : float
        Discretisation error; it widens the interval of the difference on both sides.
    """
    low, high = difference.low - error, difference.high + error
    least = needle_values()["judgement"]["least_difference"]
    if fibrous.high < least:
        return "fails either way"
    if high < -least:
        return "fails more often"
    if low > least:
        return "succeeds more often"
    if low > -least and high < least:
        return "no effect"
    return "not resolved" if low <= 0.0 <= high else "near what matters"


def claim(differences: Iterable[NeedleDifference]) -> str:
    """What the differences under all limiting assumptions imply for the claim."""
    verdicts = {one.verdict for one in differences if one.judged}
    if not verdicts:
        return "not judged"
    if verdicts == {"fails more often"}:
        return "supported under every limit computed"
    if "fails more often" in verdicts:
        return "depends on whether a needle that the bony bridge holds off is corrected, and on what else is assumed"
    if verdicts <= {"no effect", "succeeds more often"}:
        return "contradicted under every limit computed"
    if verdicts == {"fails either way"}:
        return "not tested: the approach hardly ever interrupts the nerve under a fibrous ligament either"
    if "not resolved" in verdicts:
        return "not resolved: more placements (--placements) or a finer mesh are needed"
    return "not supported: no loss that clearly matters under any limit computed"


def told(differences: Iterable[NeedleDifference]) -> str:
    """One sentence on several differences: their common verdict, or how it depends on the assumptions."""
    judged = [one for one in differences if one.judged]
    if not judged:
        return "not judged: none of these lesions has a size that was read in a source"
    verdicts = sorted({one.verdict for one in judged})
    losses = [-100.0 * one.difference.value for one in judged]
    span = f"{_points(min(losses))} to {_points(max(losses))} percentage points lost"
    if len(verdicts) == 1:
        return f"{verdicts[0]} ({span})"
    counts = ", ".join(f"{name} in {sum(one.verdict == name for one in judged)}" for name in verdicts)
    return f"depends on what is assumed ({span}): {counts} of {len(judged)} rows"


def _points(value: float) -> str:
    return f"{round(value, 1) + 0.0:g}"

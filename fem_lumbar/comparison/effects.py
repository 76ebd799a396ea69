"""Effect of a change of the scenario on a family of numbers, and the verdict on a claim by a stated rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase

from fem_lumbar.comparison.asymmetry import COUPLED
from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import RESOLVED_AT, Comparison, Difference, SideDifference, Verdict

Item = Difference | SideDifference


class Answer(Enum):
    """What the effects say about a claim."""

    SUPPORTED = "supported"
    NOT_RESOLVED = "not resolved"
    NOT_TESTED = "not tested"
    CONTRADICTED = "contradicted"
    NOT_COMPUTED = "not computed"


class Quality(Enum):
    """Which aspect of a family of numbers is tested."""

    VALUE = "value"
    SIDES = "left minus right"
    COUPLED = "coupled rotation"


@dataclass(frozen=True)
class Family:
    """Numbers that measure the same thing at any level, joint or side.

    Attributes
    ----------
    paths : tuple of str
        Patterns of dotted paths, such as ``facet_force_N.*.left``.
    quality : Quality
        The numbers themselves, the left ones minus the right ones, or rotations that a symmetric load does not cause.
    of_largest : bool
        Whether changes are related to the largest member in the load case, as for parts of a whole that are small by
        the way it is cut, rather than to each member.
    """

    paths: tuple[str, ...]
    quality: Quality = Quality.VALUE
    of_largest: bool = False

    @property
    def has_rotations(self) -> bool:
        """Whether rotations are among its numbers."""
        return any(path.startswith("rotation_deg") for path in self.paths)

    def of(self, comparison: Comparison, cases: Iterable[str]) -> list[Item]:
        """Its members in some load cases, without those that are zero throughout."""
        cases = set(cases)
        items: Sequence[Item] = comparison.sides if self.quality is Quality.SIDES else comparison.differences
        found = [
            item
            for item in items
            if item.case in cases and item.scale > 0.0 and self._has(item.path) and self._is_meant(item.path)
        ]
        if not self.of_largest:
            return found
        largest = {case: max(item.scale for item in found if item.case == case) for case in {one.case for one in found}}
        return [replace(item, scale=largest[item.case]) for item in found]

    def _has(self, path: tuple[str, ...]) -> bool:
        return any(fnmatchcase(".".join(path), pattern) for pattern in self.paths)

    def _is_meant(self, path: tuple[str, ...]) -> bool:
        return self.quality is not Quality.COUPLED or path[-1] in COUPLED


@dataclass(frozen=True)
class Effect:
    """The largest change of a family between two runs.

    Attributes
    ----------
    item : Difference or SideDifference
        Where the change is largest relative to its scale.
    largest : float or None
        What no member of the family exceeds: largest (|change| + `RESOLVED_AT` × error) / scale; None where an error is
        not known.
    blocker : Difference or SideDifference
        The member that may be as large as that, or whose error is not known: what stands in the way of a null result.
    """

    item: Item
    largest: float | None
    blocker: Item

    @property
    def error_asked(self) -> float | None:
        """Error of the blocker, in its unit, below which it is answered one way or the other; None where it is none.

        A change of `NEGLIGIBLE` or more must stand out of `RESOLVED_AT` errors, a smaller one must stay below it with
        them.
        """
        change, limit = abs(self.blocker.delta), NEGLIGIBLE * self.blocker.scale
        room = change if change >= limit else limit - change
        return None if self.largest is not None and self.largest < NEGLIGIBLE else room / RESOLVED_AT

    @property
    def resolved(self) -> bool:
        """Whether the change exceeds its numerical error."""
        return self.item.resolved

    @property
    def answer(self) -> Answer:
        """What it says about the claim that the family changes by `NEGLIGIBLE` or more.

        Supported: the change is resolved and that large. Contradicted: no member changes by as much, its error
        included. Not resolved: neither can be said.
        """
        if self.resolved and abs(self.item.relative) >= NEGLIGIBLE:
            return Answer.SUPPORTED
        if self.largest is not None and self.largest < NEGLIGIBLE:
            return Answer.CONTRADICTED
        return Answer.NOT_RESOLVED


def largest_effect(family: Family, comparison: Comparison, cases: Iterable[str]) -> Effect | None:
    """The largest change of a family; None when both runs have no such numbers.

    A resolved change goes before a larger one that is not.
    """
    items = family.of(comparison, cases)
    if not items:
        return None
    return effect_of(items, [_bound(one) for one in items])


def effect_of(items: Sequence[Item], bounds: Sequence[float | None]) -> Effect:
    """The largest of some changes, of which none exceeds its bound (over its scale; None where that is not known)."""
    item = max(items, key=lambda item: (item.resolved, abs(item.relative)))
    largest, blocker = max(zip(bounds, items, strict=True), key=lambda pair: math.inf if pair[0] is None else pair[0])
    return Effect(item, largest, blocker)


def _bound(item: Item) -> float | None:
    """What a change does not exceed, over its scale; None where its error is not known.

    Numbers that are equal to the last bit in two different scenarios were put in, not solved for: they have no error.
    """
    if item.delta == 0.0 and item.error is None:
        return 0.0
    if item.error is None or item.verdict is Verdict.MESH_NOISE:
        return None
    return (abs(item.delta) + RESOLVED_AT * item.error) / item.scale


def joint_answer(answers: Iterable[Answer]) -> Answer:
    """What several answers say together: one example supports, only all together contradict.

    What was not tested cannot contradict, and what is not resolved goes before it.
    """
    found = {answer for answer in answers if answer is not Answer.NOT_COMPUTED}
    for answer in (Answer.SUPPORTED, Answer.NOT_RESOLVED, Answer.NOT_TESTED, Answer.CONTRADICTED):
        if answer in found:
            return answer
    return Answer.NOT_COMPUTED

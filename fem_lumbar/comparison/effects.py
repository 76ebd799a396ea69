"""Effect of a change of the scenario on a family of numbers, and the verdict on a claim by a fixed rule."""

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
    """Answer of the effects to a claim."""

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
    """Numbers of the same quantity at any level, joint or side.

    Attributes
    ----------
    paths : tuple of str
        Patterns of dotted paths, such as ``facet_force_N.*.left``.
    quality : Quality
        The numbers themselves, left minus right, or rotations that a symmetric load does not cause.
    of_largest : bool
        Whether changes are relative to the largest member in the load case instead of to each member, as for parts of a
        whole whose size depends on how it is divided.
    """

    paths: tuple[str, ...]
    quality: Quality = Quality.VALUE
    of_largest: bool = False

    @property
    def has_rotations(self) -> bool:
        """Whether rotations are among its numbers."""
        return any(path.startswith("rotation_deg") for path in self.paths)

    def of(self, comparison: Comparison, cases: Iterable[str]) -> list[Item]:
        """Its members in some load cases, without those that are zero in both runs."""
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
        The change that is largest relative to its scale.
    largest : float or None
        Upper bound over all members: largest (|change| + `RESOLVED_AT` × error) / scale; None if an error is unknown.
    blocker : Difference or SideDifference
        The member with the largest bound, or with an unknown error: it prevents a null result.
    """

    item: Item
    largest: float | None
    blocker: Item

    @property
    def error_asked(self) -> float | None:
        """Error of the blocker, in its unit, below which the claim is answered; None if contradicted already.

        A change of `NEGLIGIBLE` or more must exceed `RESOLVED_AT` errors, a smaller one must stay below `NEGLIGIBLE`
        including them.
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
        """Answer to the claim that the family changes by `NEGLIGIBLE` or more.

        Supported: the change is resolved and that large. Contradicted: no member changes by as much, including its
        error. Not resolved: neither.
        """
        if self.resolved and abs(self.item.relative) >= NEGLIGIBLE:
            return Answer.SUPPORTED
        if self.largest is not None and self.largest < NEGLIGIBLE:
            return Answer.CONTRADICTED
        return Answer.NOT_RESOLVED


def largest_effect(family: Family, comparison: Comparison, cases: Iterable[str]) -> Effect | None:
    """The largest change of a family; None when both runs have no such numbers.

    A resolved change has priority over a larger one that is not resolved.
    """
    items = family.of(comparison, cases)
    if not items:
        return None
    return effect_of(items, [_bound(one) for one in items])


def effect_of(items: Sequence[Item], bounds: Sequence[float | None]) -> Effect:
    """Effect of some changes, with their bounds relative to their scales (None if unknown)."""
    item = max(items, key=lambda item: (item.resolved, abs(item.relative)))
    largest, blocker = max(zip(bounds, items, strict=True), key=lambda pair: math.inf if pair[0] is None else pair[0])
    return Effect(item, largest, blocker)


def _bound(item: Item) -> float | None:
    """Upper bound of a change relative to its scale; None if its error is unknown.

    Numbers that are bitwise equal in two different scenarios are inputs, not solved for: they have no error.
    """
    if item.delta == 0.0 and item.error is None:
        return 0.0
    if item.error is None or item.verdict is Verdict.MESH_NOISE:
        return None
    return (abs(item.delta) + RESOLVED_AT * item.error) / item.scale


def joint_answer(answers: Iterable[Answer]) -> Answer:
    """Joint answer: a single supported one decides, only unanimous ones contradict.

    An untested claim cannot contradict; not resolved has priority over not tested.
    """
    found = {answer for answer in answers if answer is not Answer.NOT_COMPUTED}
    for answer in (Answer.SUPPORTED, Answer.NOT_RESOLVED, Answer.NOT_TESTED, Answer.CONTRADICTED):
        if answer in found:
            return answer
    return Answer.NOT_COMPUTED

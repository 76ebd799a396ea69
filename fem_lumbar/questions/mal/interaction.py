"""Interaction of an ossified MAL with other changes of the segment: differences of differences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fem_lumbar.comparison.differences import RESOLVED_AT, Difference
from fem_lumbar.documents.style import case_label
from fem_lumbar.documents.tables import Table, number
from fem_lumbar.measures.quantities import label, unit
from fem_lumbar.questions.mal.library import Entry
from fem_lumbar.questions.mal.verdicts import LibraryRuns

_KINDS = ("rotation_deg", "idp_MPa", "facet_force_N")
_ALONE = "mal"
"""Section in which a scenario differs from its twin if only its MAL is changed."""


@dataclass(frozen=True)
class Interaction:
    """Effect of the MAL on a quantity in the healthy segment, and in a segment with another change.

    Attributes
    ----------
    healthy, changed : Difference
        The same quantity in the same load case.
    """

    healthy: Difference
    changed: Difference

    @property
    def size(self) -> float:
        """Difference between the two effects of the MAL."""
        return self.changed.delta - self.healthy.delta

    @property
    def error(self) -> float | None:
        """Combined numerical error of both effects; None if one is unknown."""
        if self.healthy.error is None or self.changed.error is None:
            return None
        return math.hypot(self.healthy.error, self.changed.error)

    @property
    def resolved(self) -> bool:
        """Whether the difference exceeds its error."""
        return self.error is not None and abs(self.size) > RESOLVED_AT * self.error

    @property
    def relative(self) -> float:
        """Its size relative to the healthy value, or to the largest one of its kind if that is near zero."""
        return self.size / self.healthy.scale if self.healthy.scale > 0.0 else 0.0


def interactions(library: LibraryRuns, name: str) -> tuple[str, list[Interaction]]:
    """The scenario with the same MAL alone, and its interactions with a combination; empty if there is none."""
    combination = library.entry(name)
    for entry in library.entries:
        if entry.name in library.comparisons and _alone(library, entry, combination):
            before = {(one.case, one.path): one for one in library.comparisons[entry.name].differences}
            after = library.mal_parts[name].differences
            return entry.name, [
                Interaction(before[one.case, one.path], one)
                for one in after
                if one.path[0] in _KINDS and (one.case, one.path) in before
            ]
    return "", []


def interaction_table(library: LibraryRuns) -> Table:
    """The largest interaction of each kind of quantity in each combination, resolved ones first."""
    table = Table(
        "Ossified MAL in a changed segment against the same MAL in the healthy one",
        ("combination", "MAL alone", "number", "load case", "effect of the MAL, healthy", "changed", "difference")
        + ("± error", "%", "verdict"),
        note="Effect of the MAL: combination minus the scenario that differs from it in the MAL alone; healthy: the "
        "same MAL minus the symmetric twin. The difference of the two is resolved if it exceeds "
        f"{RESOLVED_AT:g} times the root sum of squares of both errors; %: of the number in the twin.",
    )
    for name in library.mal_parts:
        alone, found = interactions(library, name)
        for kind in _KINDS:
            of_kind = [one for one in found if one.changed.path[0] == kind]
            if of_kind:
                largest = max(of_kind, key=lambda one: (one.resolved, abs(one.relative)))
                table.rows.append((name, alone, *_cells(largest)))
    return table


def _cells(one: Interaction) -> Iterator[str]:
    path, case = one.changed.path, one.changed.case
    yield from (f"{label(path)} ({unit(path)})", case_label(case))
    yield from (number(one.healthy.delta, 3), number(one.changed.delta, 3), number(one.size, 3))
    yield "not known" if one.error is None else number(one.error, 2)
    yield from (number(100 * abs(one.relative), 2), "resolved" if one.resolved else "not resolved")


def _alone(library: LibraryRuns, entry: Entry, combination: Entry) -> bool:
    """Whether a scenario has only the MAL of a combination as difference from its twin; load cases are ignored."""
    if entry.against is None or entry.name == combination.name:
        return False
    ours, twin = entry.scenario.resolved(), library.entry(entry.against).scenario.resolved()
    words = ("name", "description", "load_cases")
    differing = {key for key in ours.keys() | twin.keys() if ours.get(key) != twin.get(key)} - set(words)
    return differing == {_ALONE} and ours[_ALONE] == combination.scenario.resolved()[_ALONE]

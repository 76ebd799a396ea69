"""The MAL in a changed segment against the MAL in the healthy one, on numbers known by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from fem_lumbar.questions.mal.interaction import interaction_table, interactions
from fem_lumbar.questions.mal.library import Entry
from fem_lumbar.questions.mal.verdicts import LibraryRuns

FACET, TURN = ("facet_force_N", "L4-L5", "left"), ("rotation_deg", "L4-L5", "flexion")


def scenario(name: str, mal: str = "fibrous", disc: int = 0) -> SimpleNamespace:
    plain = {"name": name, "mal": {"L5": {"left": {"state": mal}}}} | ({"degeneration": disc} if disc else {})
    return SimpleNamespace(name=name, resolved=lambda: plain)


def difference(path: tuple[str, ...], delta: float, error: float | None, scale: float = 10.0) -> SimpleNamespace:
    return SimpleNamespace(case="standing", path=path, delta=delta, error=error, scale=scale)


def library(healthy: list[Any], changed: list[Any]) -> LibraryRuns:
    words = dict.fromkeys(("title", "group", "claim", "mechanism", "expectation", "source"), "text")
    entries = [
        Entry(cast(Any, None), cast(Any, one), **words, against=against, mal_against=twin)
        for one, against, twin in (
            (scenario("twin"), None, None),
            (scenario("worn", disc=3), "twin", None),
            (scenario("other", "type_I"), "twin", None),
            (scenario("bone", "type_III"), "twin", None),
            (scenario("both", "type_III", 3), "twin", "worn"),
        )
    ]
    made = LibraryRuns(tuple(entries), {})
    made.__dict__["comparisons"] = {name: SimpleNamespace(differences=healthy) for name in ("worn", "other", "bone")}
    made.__dict__["mal_parts"] = {"both": SimpleNamespace(differences=changed)}
    return made


def test_difference_of_the_effects_with_both_errors():
    found = library([difference(FACET, 0.1, 0.03)], [difference(FACET, 0.4, 0.04)])
    alone, (one,) = interactions(found, "both")
    assert alone == "bone"
    assert one.size == pytest.approx(0.3) and one.error == pytest.approx(0.05)
    assert one.resolved and one.relative == pytest.approx(0.03)


@pytest.mark.parametrize(("after", "error"), [(0.24, 0.04), (0.4, None)])
def test_within_three_errors_or_without_one_nothing_is_resolved(after, error):
    found = library([difference(FACET, 0.1, 0.03)], [difference(FACET, after, error)])
    assert not interactions(found, "both")[1][0].resolved


def test_the_table_has_the_largest_of_each_kind_and_resolved_ones_first():
    before = [difference(FACET, 0.1, 0.01), difference(TURN, 0.0, 1e-3), difference(("energy",), 0.0, 1.0)]
    after = [difference(FACET, 0.9, 1.0), difference(TURN, 0.01, 1e-3), difference(("energy",), 9.0, 1.0)]
    rows = interaction_table(library(before, after)).rows
    assert [row[2] for row in rows] == ["rotation L4-L5 flexion (°)", "facet force L4-L5 left (N)"]
    assert [row[-1] for row in rows] == ["resolved", "not resolved"]
    assert interaction_table(library([], after)).rows == []

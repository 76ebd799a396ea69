"""Which measures act on the smooth template: the others have no part of the shape that they would move yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fem_lumbar.anatomy.parameters import smooth_anatomy_values
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath

_ACT = {
    "joints": ("disc_height_", "disc_shift_", "disc_bulge_", "nucleus_", "facet_"),
    "mal": ("thickness_", "width_", "rise_", "groove_"),
}
"""Beginnings of the names of measures that act, by section of the anatomy."""
_DO_NOT = ("facet_inferior_ratio",)


def smooth_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Measures of the anatomy that are asked for and would change nothing."""
    anatomy = scenario.anatomy
    if anatomy.source != "smooth":
        return
    given, usual = scenario.resolved()["anatomy"], smooth_anatomy_values()
    for section in ("levels", "joints", "free_facets", "mal"):
        for key, value in _changed(given[section], usual[section], ("anatomy", section)):
            acts = key[-1].startswith(_ACT.get(section, ())) and not key[-1].startswith(_DO_NOT)
            if not acts:
                yield Contradiction(key, "does not act on the smooth template yet", f"{value}, as in the template")
    for side in SIDES:
        if getattr(anatomy, side).model_dump(exclude_none=True, exclude_defaults=True):
            yield Contradiction(("anatomy", side), "the smooth template is symmetric so far", "nothing on one side")
    if anatomy.size_percentile != 50.0:
        yield Contradiction(("anatomy", "size_percentile"), "the smooth template has one size so far", "50")


def _changed(given: Mapping[str, Any], usual: Mapping[str, Any], key: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Key paths of values that are not the usual ones, and those."""
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _changed(value, usual[name], (*key, name))
        elif value != usual[name] and list(_flat(value)) != list(_flat(usual[name])):
            yield (*key, name), usual[name]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        yield from value
    else:
        yield value

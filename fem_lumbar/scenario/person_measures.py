"""Measures of an anatomy that have no effect on a person given by surfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fem_lumbar.anatomy.measures import NOT_ON_IMAGES, OF_A_NUCLEUS
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.population import anatomy_values_at
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.scenario.problems import KeyPath, dotted

_SECTIONS = ("levels", "joints", "free_facets")
"""Measures of bone and discs; those of ligament arches also act on a person's bone."""


def without_effect_on_a_person(anatomy: Anatomy) -> list[str]:
    """Measures that differ from the defaults although they follow from the surfaces, one line each."""
    if anatomy.source != "surfaces":
        return []
    given = anatomy.model_dump(mode="json", exclude_none=True)
    usual = anatomy_values_at(anatomy.size_percentile)
    found = [
        ("anatomy", *where, *key)
        for where in ((), *((side,) for side in SIDES))
        for section in _SECTIONS
        for key in _differing((given[where[0]] if where else given)[section], usual[section], (section,))
    ]
    return [f"{dotted(key)} has no effect: {_why(key[-1])}" for key in found]


def _differing(given: dict[str, Any], usual: dict[str, Any], key: KeyPath) -> Iterator[KeyPath]:
    """Key paths of values that differ from the defaults, except those that images do not show."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from _differing(value, usual[name], (*key, name))
        elif value != usual[name] and name not in NOT_ON_IMAGES:
            yield (*key, name)


def _why(name: str) -> str:
    if name in OF_A_NUCLEUS:
        return "the nucleus of a person is that of the template, carried along"
    return "it follows from the surfaces (anatomy.source)"

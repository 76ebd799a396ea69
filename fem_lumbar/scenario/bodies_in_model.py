"""Checks of the bodies in the model, and of settings for bodies and joints that are not in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from fem_lumbar.anatomy.spine import ALL_JOINTS, BODIES, FREE_FACETS, joint_levels
from fem_lumbar.foundation.interruptions import interruptions_as_such
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.defaults import completed
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, listed

_SECTIONS = ("anatomy", "mal")
"""Sections with settings of single bodies and joints, which have defaults; muscles extend beyond the segment."""
_FACET = "facet_"
"""Prefix of the measures of the facets of a joint."""


def bodies_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Bodies that do not form a segment, contradicting lists, and settings of parts that are not in the segment."""
    bodies = scenario.segment.bodies
    key: KeyPath = ("segment", "bodies")
    for body in sorted({body for body in bodies if bodies.count(body) > 1}):
        yield Contradiction(key, f"{body} is listed twice")
        return
    places = [BODIES.index(body) for body in bodies]
    if places != list(range(places[0], places[0] + len(places))):
        meant = listed(BODIES[min(places) : max(places) + 1])
        message = f"{listed(bodies)} are not neighbours in order, from cranial to caudal"
        yield Contradiction(key, message, f"neighbours of {listed(BODIES)}", meant)
        return
    if set(scenario.structures.joints) != set(scenario.segment.joints):
        message = f"{listed(scenario.structures.joints)}, but segment.bodies is {listed(bodies)}"
        yield Contradiction(("structures", "joints"), message, "only segment.bodies")
        return
    yield from _outside(scenario)


def not_in_segment(scenario: Scenario, place: str) -> str:
    """Message that a body or joint is not in the model."""
    return f"{place} is not in the model (segment.bodies: {listed(scenario.segment.bodies)})"


def _outside(scenario: Scenario) -> Iterator[Contradiction]:
    """Settings of bodies and joints outside the segment that differ from the defaults."""
    absent = _absent(scenario)
    if not absent:
        return
    given, anatomy = _plain(scenario), scenario.anatomy
    usual = _usual(
        anatomy.size_percentile, anatomy.source, scenario.segment.bodies, scenario.structures.posterior_elements
    )
    del given["anatomy"]["surfaces"]  # the template is fitted to all of them
    for section in _SECTIONS:
        for key, measures in _differing(given[section], usual[section], (section,), absent):
            if not _is_next_to_segment(scenario, key):
                yield Contradiction(key, not_in_segment(scenario, key[-1]), "no settings of it")
                continue
            for measure in (name for name in measures if not name.startswith(_FACET)):
                message = f"{not_in_segment(scenario, key[-1])}; only its facets shape processes of a body that is"
                yield Contradiction((*key, measure), message, f"no settings of it but {_FACET}…")
    for name, case in scenario.load_cases.items():
        for joint in sorted(absent & set(case.of(MuscleSection).lumbar_flexion_deg)):
            key = "load_cases", name, "lumbar_flexion_deg", joint
            yield Contradiction(key, not_in_segment(scenario, joint), "no settings of it")


@lru_cache(maxsize=64)
def _usual(size_percentile: float, source: str, bodies: tuple[str, ...], posterior_elements: bool) -> dict[str, Any]:
    """Default anatomy and MALs of a scenario. The result is cached: do not modify it."""
    silent = {
        "schema_version": 1,
        "name": "usual",
        "anatomy": {"size_percentile": size_percentile, "source": source},
        "segment": {"bodies": list(bodies)},
        "structures": {"posterior_elements": posterior_elements},
        "load_cases": {"none": {}},
    }
    return _plain(Scenario.model_validate(completed(silent)))


def _plain(scenario: Scenario) -> dict[str, Any]:
    """Plain nested values of the sections that are compared."""
    with interruptions_as_such():
        return scenario.model_dump(mode="json", by_alias=True, include=set(_SECTIONS))


def _absent(scenario: Scenario) -> frozenset[str]:
    """Names of bodies, joints and free processes that are not in the segment."""
    bodies, joints = scenario.segment.bodies, scenario.segment.joints
    free = {name for name, (level, _) in FREE_FACETS.items() if level not in bodies}
    return frozenset({*BODIES, *ALL_JOINTS} - {*bodies, *joints} | free)


def _differing(
    given: Any, usual: Any, key: KeyPath, names: frozenset[str]
) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
    """Key paths that end in one of ``names`` and differ from the default, each with the keys below it that differ."""
    for name, value in given.items():
        other = usual.get(name, {}) if isinstance(usual, dict) else {}
        if name in names:
            if value != other:
                yield (*key, name), _changed(value, other)
        elif isinstance(value, dict):
            yield from _differing(value, other, (*key, name), names)


def _changed(value: Any, usual: Any) -> tuple[str, ...]:
    """Keys of a map whose values differ from the default; empty if the value is not a map."""
    if not isinstance(value, dict):
        return ()
    return tuple(name for name in value if not isinstance(usual, dict) or value[name] != usual.get(name))


def _is_next_to_segment(scenario: Scenario, key: KeyPath) -> bool:
    """Whether a key holds the measures of a joint between a body of the segment and its neighbour outside."""
    is_joint = key[0] == "anatomy" and key[-2] == "joints"
    return is_joint and not set(scenario.segment.bodies).isdisjoint(joint_levels(key[-1]))

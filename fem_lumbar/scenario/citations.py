"""Sources of a run: the publications of every value it uses, and the values set in the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fem_lumbar.anatomy.measures import NOT_ON_IMAGES, OF_A_NUCLEUS
from fem_lumbar.anatomy.muscles import GROUPS_OF_FASCICLES, fascicle_source
from fem_lumbar.anatomy.population import anatomy_values_at
from fem_lumbar.anatomy.trunk_muscles import trunk_muscle_source
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.nested import value_at
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.scenario.bounds import with_quantities
from fem_lumbar.scenario.degeneration import numbers_in_effect
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.model import ParameterSet, Scenario
from fem_lumbar.scenario.problems import KeyPath, dotted

SET_HERE = "set in the scenario"

_NOT_CITED = ("own-estimate", "numerical")
"""Confidence of values without a publication; they are reported as assumptions."""


def citations(scenario: Scenario) -> list[dict[str, Any]]:
    """Distinct sources of the values that a scenario uses, in the order of its sections.

    Returns
    -------
    list of dict
        ``source``, its ``confidence`` and the ``values`` (dotted key paths) taken from it. Values without a
        publication are omitted unless the scenario sets them.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for key, source, confidence in _sources(scenario):
        found.setdefault((source, confidence), []).append(dotted(key))
    return [
        {"source": source, "confidence": confidence, "values": keys} for (source, confidence), keys in found.items()
    ]


def _sources(scenario: Scenario) -> Iterator[tuple[KeyPath, str, str]]:
    """Key path, source and confidence of each value that is used and has a source."""
    data, quantities = scenario.resolved(), scenario.quantities
    defaults = anatomy_values_at(scenario.anatomy.size_percentile)
    told = scenario.parameter_set
    fitted = {} if told is None else dict.fromkeys(told.keys)
    sections = {section: data[section] for section in ("anatomy", "materials")}
    for key, value, quantity in with_quantities(sections, quantities):
        if quantity is None or not _used(scenario, key):
            continue
        if told is not None and dotted(key) in fitted:
            yield key, _of_set(told), "calibrated"
        elif value != (value_at(defaults, key[1:]) if key[0] == "anatomy" else quantity.value):
            yield key, SET_HERE, SET_HERE
        elif quantity.confidence not in _NOT_CITED:
            yield key, quantity.source, quantity.confidence
    for key, _, known in numbers_in_effect(scenario.degeneration):
        if known is None:
            yield key, SET_HERE, SET_HERE
        elif known.confidence not in _NOT_CITED:
            yield key, known.source, known.confidence
    if _has_muscles(scenario):
        groups = set(scenario.muscles.groups)
        if not groups.isdisjoint(GROUPS_OF_FASCICLES):
            yield ("muscles",), *fascicle_source()
        if not groups <= set(GROUPS_OF_FASCICLES):
            yield ("muscles", "groups"), *trunk_muscle_source()
        tension: Quantity = quantities["muscles"]["specific_tension_N_per_cm2"]
        if scenario.muscles.specific_tension_N_per_cm2 == tension.value:
            yield ("muscles", "specific_tension_N_per_cm2"), tension.source, tension.confidence
        else:
            yield ("muscles", "specific_tension_N_per_cm2"), SET_HERE, SET_HERE


def _used(scenario: Scenario, key: KeyPath) -> bool:
    """Whether a value can change a result: its structure, joint, level and side are in the model."""
    structures = scenario.structures
    if key[:2] == ("materials", "joints"):
        return key[2] in scenario.segment.joints and _used(scenario, ("materials", *key[3:]))
    if key[:2] == ("materials", "bodies"):
        return key[2] in scenario.segment.bodies and _used(scenario, ("materials", *key[3:]))
    if key[0] == "anatomy" and key[1] in SIDES:
        return _used(scenario, ("anatomy", *key[2:]))
    section = key[:2]
    if section == ("materials", "ligaments"):
        return key[2] in structures.ligaments
    if section in (("materials", "mal"), ("anatomy", "mal")):
        return any(mal.state != "absent" for sides in scenario.mal.values() for mal in sides.values())
    if section == ("materials", "facet_cartilage"):
        return structures.facet_contact
    if section == ("materials", "cartilage_endplate"):
        return structures.cartilage_endplates
    if section == ("materials", "nucleus"):
        return not set(scenario.segment.joints) <= set(structures.removed_nuclei)
    if section == ("materials", "posterior"):
        return structures.posterior_elements
    if scenario.anatomy.source == "surfaces" and section in (("anatomy", "levels"), ("anatomy", "free_facets")):
        return False
    shown = key[-1] not in (*NOT_ON_IMAGES, *OF_A_NUCLEUS)
    if scenario.anatomy.source == "surfaces" and section == ("anatomy", "joints") and shown:
        return False
    if section == ("anatomy", "levels"):
        return key[2] in scenario.segment.bodies
    if section == ("anatomy", "joints"):
        is_facet = key[-1].startswith("facet_")
        return key[2] in scenario.segment.joints and (structures.facet_contact or not is_facet)
    return section != ("anatomy", "free_facets") or structures.posterior_elements


def _has_muscles(scenario: Scenario) -> bool:
    return any(case.of(MuscleSection).muscle_activation is not None for case in scenario.load_cases.values())


def _of_set(told: ParameterSet) -> str:
    made = [str(told.provenance[key]) for key in ("calibration", "created") if key in told.provenance]
    return f"fitted: parameter set {told.name}" + (f" ({', '.join(made)})" if made else "")

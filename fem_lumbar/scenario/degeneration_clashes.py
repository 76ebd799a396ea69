"""Contradictions between grades of degeneration and the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.anatomy.spine import SACRAL_JOINT
from fem_lumbar.scenario.bodies_in_model import not_in_segment
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.degeneration import CAPSULE, DiscDegeneration, FacetDegeneration, parts
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, listed


def degeneration_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Grades of parts that are not in the model or cannot be built."""
    for key, part in parts(scenario.degeneration):
        yield from _one(scenario, key, part)


def _one(scenario: Scenario, key: KeyPath, part: DiscDegeneration | FacetDegeneration) -> Iterator[Contradiction]:
    structures, joint = scenario.structures, key[1]
    if joint not in scenario.segment.joints:
        yield Contradiction(key[:2], not_in_segment(scenario, joint), listed(scenario.segment.joints))
    elif joint == SACRAL_JOINT and (moving := part.shape_changes):
        message = f"{listed(moving)} would move the mesh, but {joint} has no measures of its own"
        neutral = ", ".join(f"{name}: {value:g}" for name, value in moving.items())
        yield Contradiction(key, message, f"a map with the grade and {neutral}, which changes tissue alone")
    elif isinstance(part, DiscDegeneration):
        if joint in structures.removed_nuclei:
            message = f"a grade of the disc, but its nucleus has been removed (structures.removed_nuclei: {joint})"
            yield Contradiction(key, message, "0, or the nucleus left in place")
    elif not (structures.posterior_elements and structures.facet_contact):
        name = "facet_contact" if structures.posterior_elements else "posterior_elements"
        message = f"a grade of a facet joint, but no facet joint carries load (structures.{name}: false)"
        yield Contradiction(key, message, f"0, or {name} true")
    elif structures.removed_facet(joint, key[-1]) == 1.0:
        message = "a grade of a facet joint that has been removed (structures.facetectomy)"
        yield Contradiction(key, message, "0, or less than 1 of it removed")
    elif CAPSULE not in structures.ligaments and part.capsule_ratio is not None:
        message = f"the capsule ({CAPSULE}) is not in the model (structures.ligaments)"
        yield Contradiction((*key, "capsule_ratio"), message, "no capsule_ratio")

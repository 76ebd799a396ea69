"""Contradictions between a segment with or without the sacrum and the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.anatomy.parameters import TEMPLATE
from fem_lumbar.anatomy.spine import SACRUM
from fem_lumbar.foundation.conventions import ILIOLUMBAR
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.sections import has_ligament


def sacral_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Anatomies without a sacrum, and ligaments at joints that do not have them."""
    yield from _ossified(scenario)
    if not scenario.segment.sacrum:
        if ILIOLUMBAR in scenario.structures.ligaments:
            message = f"{ILIOLUMBAR} (iliolumbar ligament), but {SACRUM} is not in the model (segment.bodies)"
            yield Contradiction(("structures", "ligaments"), message, f"segment.bodies with {SACRUM}")
        return
    anatomy = scenario.anatomy
    if anatomy.source != TEMPLATE:
        message = f"{anatomy.source}, but segment.bodies goes on to {SACRUM}: a person's files have no sacrum"
        yield Contradiction(("anatomy", "source"), message, TEMPLATE, TEMPLATE)


def _ossified(scenario: Scenario) -> Iterator[Contradiction]:
    """Ossified ligaments at joints that do not have them."""
    for joint, ligaments in scenario.ossification.items():
        for name in ligaments:
            if not has_ligament(joint, name):
                yield Contradiction(("ossification", joint, name), f"{joint} has no {name}", "another ligament")

"""What a cleft of the arch asks of the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.anatomy.posterior_cleft import MIDLINE, PosteriorCleft, clefts_of
from fem_lumbar.anatomy.spine import ARCH_LEVELS, SACRAL_JOINT, SACRUM
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, listed


def cleft_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """A cleft of what is not in the model, of a pars that is none, or of an arch with no joint to hold it."""
    bodies, given = scenario.segment.bodies, scenario.anatomy.posterior_cleft
    for level, one in clefts_of(given):
        key: KeyPath = ("anatomy", "posterior_cleft", level)
        site_key = (*key, "site") if isinstance(given[level], PosteriorCleft) else key  # type: ignore[index]
        there = f"segment.bodies: {listed(bodies)}"
        if level not in bodies:
            allowed = f"segment.bodies down to {SACRUM}" if level == SACRUM else listed(bodies)
            yield Contradiction(key, f"{level} is not in the model ({there})", allowed)
        elif not scenario.structures.posterior_elements:
            message = "the arch belongs to the posterior elements, which are switched off"
            yield Contradiction(key, message, "no cleft, or structures.posterior_elements true")
        elif one.site == MIDLINE:
            continue
        elif level not in ARCH_LEVELS:
            message = f"{one.site}, but {level} has no pars between articular processes: its vertebrae are fused"
            yield Contradiction(site_key, message, MIDLINE, MIDLINE)
        elif level == bodies[-1]:
            message = (
                f"{one.site}, but {level} is the lowermost body ({there}): its inferior processes meet "
                "nothing, so that nothing below would hold the arch"
            )
            below = f"{MIDLINE}, or segment.bodies with the joint below it"
            yield Contradiction(site_key, message, f"{below} ({SACRAL_JOINT})" if level == ARCH_LEVELS[-1] else below)

"""Contradictions between clefts of the arch and the rest of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from fem_lumbar.anatomy.posterior_cleft import MIDLINE, PosteriorCleft, clefts_of
from fem_lumbar.anatomy.spine import ARCH_LEVELS, SACRAL_JOINT
from fem_lumbar.scenario.contradiction import Contradiction
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import KeyPath, listed


def cleft_contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Clefts without posterior elements, of a body without a pars, or of an arch not held by a joint below."""
    bodies, given = scenario.segment.bodies, scenario.anatomy.posterior_cleft
    for level, one in clefts_of(given):
        key: KeyPath = ("anatomy", "posterior_cleft", level)
        site_key = (*key, "site") if isinstance(given[level], PosteriorCleft) else key
        if level not in bodies:
            continue  # reported with all settings of bodies that are not in the model
        if not scenario.structures.posterior_elements:
            message = "the arch belongs to the posterior elements, which are switched off"
            yield Contradiction(key, message, "no cleft, or structures.posterior_elements true")
        elif one.site == MIDLINE:
            continue
        elif level not in ARCH_LEVELS:
            message = f"{one.site}, but {level} has no pars between articular processes: its vertebrae are fused"
            yield Contradiction(site_key, message, MIDLINE, MIDLINE)
        elif level == bodies[-1]:
            message = (
                f"{one.site}, but {level} is the lowermost body (segment.bodies: {listed(bodies)}): its inferior "
                "processes meet nothing, so that nothing below would hold the arch"
            )
            below = f"{MIDLINE}, or segment.bodies with the joint below it"
            yield Contradiction(site_key, message, f"{below} ({SACRAL_JOINT})" if level == ARCH_LEVELS[-1] else below)

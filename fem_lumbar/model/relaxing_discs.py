"""The discs of a segment whose stress relaxes with time."""

from __future__ import annotations

import numpy as np

from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.records import Annulus
from fem_lumbar.materials.relaxation import Relaxation
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.relaxing_solid import RelaxingSolid
from fem_lumbar.model.segment import Segment
from fem_lumbar.scenario.model import Scenario


def annulus_relaxation(annulus: Annulus) -> Relaxation:
    """Branches of an annulus; those of share 0 are left out."""
    branches = (
        (annulus.relaxation_fast_share, annulus.relaxation_fast_time_s),
        (annulus.relaxation_slow_share, annulus.relaxation_slow_time_s),
    )
    there = [branch for branch in branches if branch[0] > 0.0]
    return Relaxation([share for share, _ in there], [time for _, time in there])


def relaxing_discs(scenario: Scenario, segment: Segment, rest: np.ndarray, x: np.ndarray) -> list[RelaxingSolid]:
    """Every annulus that relaxes, just loaded from a state of rest to a state x, both (n_dofs,)."""
    discs = []
    for joint in segment.joints:
        relaxation = annulus_relaxation(scenario.tissues_of(joint).annulus)
        for solid in segment.solids[f"{joint}.annulus"]:
            if len(relaxation.shares) and isinstance(solid, MixedSolid) and isinstance(solid.law, FibreReinforced):
                discs.append(RelaxingSolid.loaded_at_once(solid, solid.law, relaxation, rest, x))
    return discs

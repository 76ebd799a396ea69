"""All kinds of loads that a load case may have."""

from __future__ import annotations

from fem_lumbar.scenario.load_kinds.abdominal_pressure import AbdominalPressureSection
from fem_lumbar.scenario.load_kinds.axial_displacement import AxialDisplacementSection
from fem_lumbar.scenario.load_kinds.follower import FollowerSection
from fem_lumbar.scenario.load_kinds.moment import MomentSection
from fem_lumbar.scenario.load_kinds.muscles import MuscleSection
from fem_lumbar.scenario.load_kinds.rotation import RotationSection
from fem_lumbar.scenario.load_kinds.section import LoadSection
from fem_lumbar.scenario.load_kinds.upper_body import UpperBodySection

SECTIONS: list[type[LoadSection]] = [
    MomentSection,
    RotationSection,
    AxialDisplacementSection,
    FollowerSection,
    UpperBodySection,
    AbdominalPressureSection,
    MuscleSection,
]
"""One section for each kind, in the order in which keys, descriptions and entries of results are listed."""

"""All kinds of loads on a segment."""

from __future__ import annotations

from typing import Any

from fem_lumbar.model.load_kinds.abdominal_pressure import AbdominalPressureLoad
from fem_lumbar.model.load_kinds.applied_load import AppliedLoad
from fem_lumbar.model.load_kinds.axial_displacement import AxialDisplacementLoad
from fem_lumbar.model.load_kinds.follower import FollowerLoad
from fem_lumbar.model.load_kinds.moment import MomentLoad
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.load_kinds.rotation import RotationLoad
from fem_lumbar.model.load_kinds.upper_body import UpperBodyLoad

LOADS: list[type[AppliedLoad[Any, Any]]] = [
    MomentLoad,
    RotationLoad,
    AxialDisplacementLoad,
    FollowerLoad,
    UpperBodyLoad,
    AbdominalPressureLoad,
    MuscleLoad,
]
"""The mechanics of every section in :data:`fem_lumbar.scenario.load_kinds.kinds.SECTIONS`, which gives the order."""

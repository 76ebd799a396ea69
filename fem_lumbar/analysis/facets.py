"""Facet joint outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem_lumbar.conventions import SIDES
from fem_lumbar.mechanics.contact import ContactState
from fem_lumbar.model.segment import Segment


def facet_states(segment: Segment, x: np.ndarray) -> dict[str, dict[str, ContactState]]:
    """Contact of each facet joint, by joint and side."""
    return {
        joint: {side: segment.contacts[joint, side].state(x) for side in SIDES if (joint, side) in segment.contacts}
        for joint in segment.joints
    }


def facet_summary(states: dict[str, dict[str, ContactState]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facet force magnitudes (N) and details by joint and side.

    The force vector acts on the inferior process of the upper vertebra; ``centre_mm`` is None without contact.
    """
    force = {
        joint: {side: float(np.linalg.norm(state.force)) for side, state in sides.items()}
        for joint, sides in states.items()
    }
    detail = {
        joint: {
            side: {
                "force_vector_N": [float(v) for v in state.force],
                "centre_mm": None if np.isnan(state.centre).any() else [float(v) for v in state.centre],
                "area_mm2": state.area,
                "peak_pressure_MPa": state.peak_pressure,
                "penetration_mm": state.penetration,
            }
            for side, state in sides.items()
        }
        for joint, sides in states.items()
    }
    return force, detail

"""Outputs of facet joints, and of posterior bones that meet beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fem_lumbar.foundation.conventions import BONE_PLACES, SIDES, BonePlace, Side
from fem_lumbar.measures.entries import BoneContact, Facet
from fem_lumbar.mechanics.contact import ContactState
from fem_lumbar.model.segment import Segment


def facet_states(segment: Segment, x: np.ndarray) -> dict[str, dict[Side, ContactState]]:
    """Contact of each facet joint, by joint and side."""
    return {
        joint: {side: segment.contacts[joint, side].state(x) for side in SIDES if (joint, side) in segment.contacts}
        for joint in segment.joints
    }


def facet_forces_N(segment: Segment, item_forces: Mapping[str, np.ndarray]) -> dict[str, dict[Side, float]]:
    """Facet force by joint and side, N: its magnitude, from forces (n_dofs,) of contacts by name in an equilibrium."""
    return {
        joint: {
            side: float(np.linalg.norm(contact.balanced_force(item_forces[contact.name])))
            for side in SIDES
            if (contact := segment.contacts.get((joint, side))) is not None
        }
        for joint in segment.joints
    }


def facet_details(
    segment: Segment, states: dict[str, dict[Side, ContactState]], item_forces: Mapping[str, np.ndarray]
) -> dict[str, dict[Side, Facet]]:
    """Details of the contact of each facet joint by joint and side.

    Forces are those of the equilibrium, on the inferior process of the upper vertebra. ``pairing_N`` is their change
    when contact points on an edge between two mesh facets are paired again (see `fem_lumbar.solver.pair_freezing`);
    ``centre_mm`` is None without contact.
    """
    detail: dict[str, dict[Side, Facet]] = {}
    for joint, sides in states.items():
        detail[joint] = {}
        for side, state in sides.items():
            contact = segment.contacts[joint, side]
            vector = contact.balanced_force(item_forces[contact.name])
            detail[joint][side] = {
                "force_vector_N": [float(v) for v in vector],
                "pairing_N": float(np.linalg.norm(state.force - vector)),
                "centre_mm": None if np.isnan(state.centre).any() else [float(v) for v in state.centre],
                "area_mm2": state.area,
                "peak_pressure_MPa": state.peak_pressure,
                "penetration_mm": state.penetration,
            }
    return detail


def bone_contact(
    segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray]
) -> dict[str, dict[BonePlace, BoneContact]]:
    """Contact of the posterior bones beside the facet joints, by joint and place, in an equilibrium x (n_dofs,).

    Forces are those on the upper vertebra.
    """
    found: dict[str, dict[BonePlace, BoneContact]] = {}
    for joint in segment.joints:
        for place in BONE_PLACES:
            if (contact := segment.bone_contacts.get((joint, place))) is None:
                continue
            vector, state = contact.balanced_force(item_forces[contact.name]), contact.state(x)
            found.setdefault(joint, {})[place] = {
                "force_N": float(np.linalg.norm(vector)),
                "force_vector_N": [float(v) + 0.0 for v in vector],
                "centre_mm": None if np.isnan(state.centre).any() else [float(v) for v in state.centre],
                "penetration_mm": state.penetration + 0.0,
            }
    return found

"""Contact of a segment: between the cartilages of its facet joints, and between posterior bones beside them."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.sacrum import joint_measures
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.contact_surface import linear, rounded
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.model.bone_contact import facing_bone
from fem_lumbar.model.facetectomy import facet_cut
from fem_lumbar.scenario.model import Scenario

Contacts = dict[tuple[str, str], SurfaceContact]
"""By joint, and side or place."""

CROWDED_MM = 0.3
"""How much wider the gap of the bone beside a facet joint must be than that of its cartilages. With 0.34 mm bone
carries nothing in standing, with 0.21 mm 17 %, with 0.08 mm 91 % (left facet of L4-L5 10, 14 and 18° more coronal)."""


def facet_contacts(scenario: Scenario, mesh: SegmentMesh, space: QuadraticSpace) -> Contacts:
    """Contact of each facet joint, without parts removed by facetectomy, by joint and side.

    Parameters
    ----------
    scenario : Scenario
    mesh : SegmentMesh
    space : QuadraticSpace
        Displacement space on that mesh.
    """
    contact, found = scenario.materials.contact, Contacts()
    for joint in scenario.segment.joints:
        upper, lower = joint_levels(joint)
        cartilage = scenario.materials.of_joint(joint).facet_cartilage
        for side in SIDES:
            thickness, healthy = (
                joint_measures(one.on(side), joint).facet_cartilage_thickness_mm
                for one in (scenario.degenerated_anatomy, scenario.anatomy)
            )
            worn = thickness / healthy  # penetration must stay small relative to worn cartilage, at higher pressure
            stiffness = contact.penalty_factor * cartilage.modulus_MPa / (thickness * worn)
            penalty = ContactPenalty(stiffness, contact.onset_mm, contact.hardening_depth_mm * worn)
            cut = facet_cut(scenario, mesh, joint, side)
            points_on, target = (
                rounded(space, cut.kept(mesh, name), mesh.surfaces[name])
                for name in (f"{upper}.facet.inferior.{side}", f"{lower}.facet.superior.{side}")
            )
            if len(points_on.triangles) and len(target.triangles):
                name = f"{joint}.facet.{side}"
                found[joint, side] = SurfaceContact(name, space, points_on, target, penalty, contact.rim_mm)
    return found


def bone_contacts(scenario: Scenario, mesh: SegmentMesh, space: QuadraticSpace) -> Contacts:
    """Contact of posterior bones beside the facet joints, by joint and place; arguments as above."""
    contact, found = scenario.materials.contact, Contacts()
    penalty = ContactPenalty(contact.bone_stiffness_MPa_per_mm, contact.bone_onset_mm, contact.bone_hardening_depth_mm)
    for joint in scenario.segment.joints:
        cuts = {side: facet_cut(scenario, mesh, joint, side) for side in SIDES}
        for place, (upper, lower) in facing_bone(mesh, joint, cuts).items():
            name = f"{joint}.bone_contact.{place}"
            found[joint, place] = SurfaceContact(
                name, space, linear(upper), linear(lower), penalty, contact.bone_rim_mm
            )
    return found


def crowded_facets(facets: Contacts, bones: Contacts, n_dofs: int) -> list[str]:
    """Warnings where bone beside a facet joint is about as near before loading as its cartilages are.

    Bone that meets first takes load from the facet: the processes do not turn with it.

    Parameters
    ----------
    facets, bones : mapping
        Contact of facet joints and of the bones beside them.
    n_dofs : int
        Size of a state.

    Returns
    -------
    list of str
        One warning for each crowded facet joint, with both gaps in mm.
    """
    unloaded, found = np.zeros(n_dofs), []
    for (joint, side), facet in facets.items():
        beside = bones.get((joint, side))
        if beside is None:
            continue
        gap, room = facet.smallest_gap(unloaded), beside.smallest_gap(unloaded)
        if room < gap + CROWDED_MM:
            found.append(
                f"{joint} {side}: bone beside the facet joint is {room:.2f} mm apart, its cartilages {gap:.2f} mm; "
                "bone may take over force of the facet, so read facet_force_N together with bone_contact"
            )
    return found

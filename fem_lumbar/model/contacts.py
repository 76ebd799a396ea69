"""Contact of a segment: between the cartilages of its facet joints, and between posterior bones beside them."""

from __future__ import annotations

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

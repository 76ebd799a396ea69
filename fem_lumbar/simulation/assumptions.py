"""Assumptions of the model that each run reports, in addition to those of its parameters."""

from __future__ import annotations

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.anatomy.spine import COLUMN
from fem_lumbar.scenario.load_kinds.follower import FollowerSection
from fem_lumbar.scenario.load_kinds.muscles import BALANCED, MuscleSection
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.ossification import bridges, entries


def model_assumptions(scenario: Scenario) -> list[str]:
    """Sentences on the assumptions of the model, without those of its parameters."""
    lines = [
        "The inferior endplate of the lowest vertebra is fixed; the superior endplate of the uppermost one is potted.",
        f"Bone is linear elastic, cortex and bony endplates are membranes; {_cartilage(scenario)}.",
        "Facet contact is frictionless; the unloaded joint surfaces are smooth parabolas from side to side, flat where "
        "their curvature is 0.",
        "The MAL is an isotropic solid arch; no published modulus, width or ossified fraction of its span was found.",
        "Discs swell evenly, whatever their load; the shape in which they are free of stress is the one that gives the "
        "anatomy of the mesh at rest, to 0.02 mm."
        if scenario.materials.swells
        else "The discs are free of stress in the unloaded state (no resting pressure, no swelling).",
        "Real disc tissue keeps its volume to about 1 % within minutes. The annulus does so as a whole; at points it "
        "is off by several per cent, the more the coarser the mesh; volume_ratio tells.",
    ]
    if scenario.structures.posterior_elements:
        lines.append(
            "Posterior bones of neighbours meet without friction and without the soft tissue between them; which meet "
            "first, spinous processes or the tips of inferior processes, follows from the shape of the arch."
            if scenario.structures.bone_contact
            else "Posterior bones of neighbours pass through one another where they meet, as in extension."
        )
    if any(case.course.in_time for case in scenario.load_cases.values()):
        lines.append(
            "While a load is held or goes in cycles the annulus relaxes, on constants that were recalled or estimated; "
            "its elastic law is that of loading within seconds. Ligaments, cartilage and bone do not relax, and discs "
            "lose no fluid, so that compression creeps less than measured over hours."
        )
    if any(fraction for sides in scenario.structures.facetectomy.values() for fraction in sides.values()):
        lines.append(
            "Facetectomy removes joint surface and capsule medial to a vertical cut; the bone of the processes stays, "
            "but meets nothing beside what is removed."
        )
    if scenario.anatomy.posterior_cleft:
        lines.append(
            "A cleft of an arch is a layer of whole cells of soft isotropic tissue bonded to bone on both sides; its "
            "faces do not meet, and its tissue is an assumption. What is attached to the arch stays attached to it. "
            "The rest of the vertebra, its disc and ligaments are healthy: no slip has taken place."
        )
    if bridges(scenario.ossification):
        lines.append(
            "A bridge of an ossified ligament is isotropic bone (or cartilage) bonded to both bodies and to the disc "
            "beneath, free of stress in the unloaded posture; its width, feet and modulus are assumed, it neither "
            "cracks nor buckles."
        )
    if any(not one.part.bridge for one in entries(scenario.ossification)):
        lines.append(
            "An ossified ligament without a bridge stays a strand: bone carries force along its line, not bending, "
            "shear or torsion. It is free of stress in the unloaded posture, meets the other end once the fibrous rest "
            "is used up, and neither buckles nor breaks."
        )
    if scenario.degeneration:
        lines.append(
            "Grades of degeneration are factors on height, bulge and tissue of the disc and on cartilage, gap and "
            "capsule of facet joints. Facets stay opposite one another when height is lost; osteophytes, sclerosis, "
            "endplate defects, fissures and a smaller nucleus are left out."
        )
    if scenario.structures.removed_nuclei:
        joints = ", ".join(scenario.structures.removed_nuclei)
        lines.append(f"The nucleus of {joints} is removed whole; its place is empty, the annulus around it is intact.")
    if any(case.of(MuscleSection).muscle_activation is not None for case in scenario.load_cases.values()):
        lines += [
            "Fascicles pull straight along the lines of a published model; the upper body moves with "
            f"{scenario.segment.bodies[0]}.",
            *_bypass_assumptions(scenario),
            _share_assumption(scenario),
            *_uncertain_directions(scenario),
        ]
    return lines


def _uncertain_directions(scenario: Scenario) -> list[str]:
    """Fascicles, including those that bypass the segment, whose course depends on the pelvic frame of their source."""
    uncertain = [
        one.name
        for one in fascicles().values()
        if one.direction_confidence == "recalled-low"
        and one.group in scenario.muscles.groups
        and one.acts_on(scenario.segment.bodies)
    ]
    told = (
        "Directions of these fascicles towards the pelvis are uncertain (the pelvic frame of their source is ambiguous "
        f"by 20 to 49 mm): {', '.join(uncertain)}."
    )
    return [told] if uncertain else []


def _cartilage(scenario: Scenario) -> str:
    """How cartilaginous endplates are modelled."""
    if not scenario.structures.cartilage_endplates:
        return "cartilaginous endplates belong to the disc"
    return (
        "cartilaginous endplates are elastic layers that lose no fluid, with a modulus measured in equilibrium; where "
        "a disc is low they take no more than 15 % of its height"
    )


def _share_assumption(scenario: Scenario) -> str:
    """How the share of a fascicle's force that enters through the MAL is found."""
    muscles = scenario.muscles
    if muscles.mal_share is not None:
        return (
            f"{muscles.mal_share:.0%} of a fascicle's force at a mammillary or accessory process enters through the "
            "MAL surface, whatever its stiffness (given; no published value)."
        )
    return (
        "A fascicle at a mammillary or accessory process holds on to the MAL and to the process by fascia of "
        f"{muscles.mal_fascia_N_per_mm_per_cm2:g} and {muscles.process_fascia_N_per_mm_per_cm2:g} N/mm per cm² of its "
        "cross-section (assumed; no published value); its share through the MAL follows from them and from what the "
        "arch gives way. What the arch gives up enters bone at its feet along the same line, so by assumption the "
        "stiffness of an arch does not shift the pull on the vertebra."
    )


def _bypass_assumptions(scenario: Scenario) -> list[str]:
    """How muscles that bypass the segment, and activated muscles, are modelled."""
    given = {
        name: case
        for name, case in scenario.load_cases.items()
        if case.of(MuscleSection).muscle_activation not in (None, BALANCED)
    }
    lines = [
        f"{name}: fascicles that bypass the segment do not pull; "
        f"{'the follower load stands for them' if case.of(FollowerSection).follower_N else 'nothing stands for them'}."
        for name, case in given.items()
    ]
    uppermost = scenario.segment.bodies[0]
    above = COLUMN[: COLUMN.index(uppermost)]
    balanced = [case.of(MuscleSection) for case in scenario.load_cases.values() if case.of(MuscleSection).balanced]
    if balanced:
        flexed = " or the flexed one given" if any(case.lumbar_flexion_deg for case in balanced) else ""
        groups = ", ".join(group.replace("_", " ") for group in scenario.muscles.groups)
        lines += [
            f"Balanced muscles hold the unloaded posture{flexed} with the least sum of cubed activations; no other "
            f"muscle than those of these groups helps, or pulls against them: {groups}.",
            f"Fascicles that bypass the segment join in the balance, straight from {' or '.join(above)}, which move "
            f"with {uppermost}, to the sacrum; a follower load in the same case adds to them.",
        ]
    if scenario.muscles.short_range_stiffness > 0.0:
        lines.append(
            "Short-range stiffness counts length from the posture under follower load, upper body and muscles, with "
            "attachments where their vertebrae carry them; it is that of the whole line, without a tendon in series "
            "and without an end of the short range."
        )
    return lines

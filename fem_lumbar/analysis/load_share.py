"""Load sharing at a joint: what carries the axial force across the section through the disc."""

from __future__ import annotations

import numpy as np

from fem_lumbar.analysis.kinematics import disc_axis, level_rotations
from fem_lumbar.conventions import CRANIAL, SIDES, joint_levels
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment

SMALLEST_SECTION_FORCE_N = 1.0
"""Below this a section carries nothing but round-off, as a lone disc in pure bending does."""


def section_forces(
    segment: Segment, loads: Loads, x: np.ndarray, load: float, item_forces: dict[str, np.ndarray], joint: str
) -> dict[str, np.ndarray]:
    """Forces (3,) in N on everything above a section through a disc, by what exerts them.

    Keys: ``disc``, ``facet_left``, ``facet_right``, ``ligaments``, ``follower``, ``muscles``, ``upper_body`` where
    its weight acts, and ``endplate`` where an axial displacement is prescribed; they sum to zero in equilibrium.
    """
    upper, _ = joint_levels(joint)
    plate = np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{upper}.endplate.inferior"]))
    dofs = node_dofs(plate[:, None])
    tissues = [name for name in (f"{joint}.nucleus", f"{joint}.annulus") if name in segment.solids]
    forces = {"disc": -sum(item_forces[name][dofs].sum(axis=0) for name in tissues)}
    for side in SIDES:
        contact = segment.contacts.get((joint, side))
        forces[f"facet_{side}"] = np.zeros(3) if contact is None else contact.balanced_force(item_forces[contact.name])
    strands = segment.ligaments.get(joint)
    forces["ligaments"] = np.zeros(3)
    if strands is not None:
        directions = strands.vectors(x) / strands.lengths(x)[:, None]
        forces["ligaments"] = -strands.tension(x) @ directions
    for name in ("follower", "muscles"):
        forces[name] = np.zeros(3)
    for line in loads.lines:
        across = np.array([span.crosses(joint) for span in loads.spans[line.name]], dtype=bool)
        pull = (line.tension(x, load) / line.lengths(x))[:, None] * line.vectors(x)
        forces[line.name] = -pull[across].sum(axis=0)
    if loads.weight is not None:
        forces["upper_body"] = loads.weight_N(load)
    if loads.axial is not None:
        forces["endplate"] = -loads.axial_force_N(x, load) * CRANIAL
    return forces


def load_share(
    segment: Segment, loads: Loads, x: np.ndarray, load: float, item_forces: dict[str, np.ndarray], joint: str
) -> dict[str, float]:
    """Share of each structure in the compressive force across a section.

    Axial components on the upper vertebra, compression positive, divided by the sum of the compressive ones (so that
    in pure bending the disc may carry +1 and the ligaments −1). ``axial_N`` is the net compressive force applied by
    follower load, muscles, upper body and a prescribed displacement, ``compression_N`` the divisor.
    ``closure_error`` is the size of the vector sum of all contributions relative to the largest of them (to 1 N where
    all are smaller): in bending and torsion facets push sideways while hardly any axial force is carried.
    """
    forces = section_forces(segment, loads, x, load, item_forces, joint)
    axis = disc_axis(segment, joint, level_rotations(segment, x))
    axial = {name: float(force @ axis) for name, force in forces.items()}
    carried = sum(max(axial[name], 0.0) for name in ("disc", "facet_left", "facet_right", "ligaments"))
    divisor = carried if carried > 0 else 1.0
    share = {name: axial[name] / divisor for name in ("disc", "facet_left", "facet_right", "ligaments", "muscles")}
    share |= {f"{name}_N": value for name, value in axial.items()}
    share["axial_N"] = -sum(axial.get(name, 0.0) for name in ("follower", "muscles", "upper_body", "endplate"))
    share["compression_N"] = carried
    largest = max(SMALLEST_SECTION_FORCE_N, *(float(np.linalg.norm(force)) for force in forces.values()))
    share["closure_error"] = float(np.linalg.norm(sum(forces.values()))) / largest
    return share


def ligament_forces_N(segment: Segment, x: np.ndarray, joint: str) -> dict[str, float]:
    """Tension of each ligament of a joint, summed over its strands, N."""
    strands = segment.ligaments.get(joint)
    if strands is None:
        return {}
    out: dict[str, float] = {}
    for name, tension in zip(segment.strand_names[joint], strands.tension(x), strict=True):
        out[name] = out.get(name, 0.0) + float(tension)
    return out

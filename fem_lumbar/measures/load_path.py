"""The load path: force and moment carried by every structure across a section through a disc.

The section cuts disc, facet joints and ligaments of one joint. Everything above it is in equilibrium: these structures
carry what follower load, muscles, upper body, moment and motion apply,

    sum of carried = sum of applied,

for the force along the axis of the disc and for the moment about its centre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.part_name import DISC_PARTS, named
from fem_lumbar.anatomy.spine import joint_levels
from fem_lumbar.foundation.conventions import BONE_PLACES, NMM_PER_NM, ROTATION_COMPONENTS, SIDES
from fem_lumbar.foundation.numerics import MOMENT_ARM_MM
from fem_lumbar.measures.bridges import bridge_nodes, bridge_regions
from fem_lumbar.measures.entries import ForceAndMoment, LoadPath, RotationVector
from fem_lumbar.measures.kinematics import current_places, disc_axis, disc_centre, level_rotations
from fem_lumbar.measures.transition import transition_nodes
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.wrench import Wrench
from fem_lumbar.meshing.transition import joint_region
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment

SMALLEST_FORCE_N = 1.0
"""Below this a section carries only round-off, as a disc alone in pure bending does."""


@dataclass(frozen=True)
class Section:
    """Forces and moments on everything above a section.

    Attributes
    ----------
    carried : dict
        By ``disc``, ``facet_left``, ``facet_right``, ``bone_contact_left``, ``_right`` and ``_spinous``, each ligament
        (``ALL``, ``CL_left`` ...), and where they are there the solid bridge of an ossified ligament (``bridge_ALL``
        ...) and what lies between an enlarged process and the ala (``transition_left`` ...).
    applied : dict
        By cause (``moment``, ``follower``, ``muscles``, ``upper_body``, ``endplate`` for a prescribed axial
        displacement), each only where it acts.
    axis : (3,)
        Cranial unit axis of the disc.
    """

    carried: dict[str, Wrench]
    applied: dict[str, Wrench]
    axis: np.ndarray

    @property
    def unbalanced(self) -> Wrench:
        """Sum of everything: zero in equilibrium."""
        return sum((*self.carried.values(), *self.applied.values()), Wrench())

    def closure_error(self) -> tuple[float, float]:
        """Size of the unbalanced force and moment, each relative to the largest contribution, at least to 1 N."""
        every, left = [*self.carried.values(), *self.applied.values()], self.unbalanced
        force = max(SMALLEST_FORCE_N, *(_size(one.force) for one in every))
        moment = max(SMALLEST_FORCE_N * MOMENT_ARM_MM, *(_size(one.moment) for one in every))
        return _size(left.force) / force, _size(left.moment) / moment


def section(
    segment: Segment, loads: Loads, x: np.ndarray, load_factor: float, item_forces: Mapping[str, np.ndarray], joint: str
) -> Section:
    """Forces and moments on everything above a section through a disc, by structure and by cause.

    Parameters
    ----------
    segment, loads : Segment, Loads
        Model and its loads.
    x : (n_dofs,)
        State in equilibrium.
    load_factor : float
    item_forces : mapping
        Residual (n_dofs,) of each item in this state.
    joint : str
        Joint whose disc is cut.
    """
    return Section(
        _carried(segment, x, item_forces, joint),
        applied_wrenches(segment, loads, x, load_factor, joint),
        disc_axis(segment, joint, level_rotations(segment, x)),
    )


def applied_wrenches(
    segment: Segment, loads: Loads, x: np.ndarray, load_factor: float, joint: str
) -> dict[str, Wrench]:
    """Forces and moments of the loads on everything above a section, by cause (see :class:`Section`)."""
    return loads.wrenches(x, load_factor, disc_centre(segment, x, joint), joint)


def load_path(cut: Section) -> LoadPath:
    """Newtons along the axis of the disc and newton-metres about its centre, by structure and by cause.

    ``axial_N`` of what is carried is positive where a structure holds the two vertebrae apart, negative where it pulls
    them together; of what is applied it is positive where a load presses them together. Moments are those of the
    loads (+ flexion, + right bending, + left rotation); a structure carries the part that it balances.
    """
    left = cut.unbalanced
    return {
        "carried": {name: _entry(one, cut.axis, 1.0) for name, one in cut.carried.items()},
        "applied": {name: _entry(one, cut.axis, -1.0) for name, one in cut.applied.items()},
        "closure": {"force_N": _size(left.force), "moment_Nm": _size(left.moment) / NMM_PER_NM},
    }


def by_component_Nm(moment: np.ndarray) -> RotationVector:
    """Moment (3,) N·mm by component of rotation, N·m."""

    def about(component: str) -> float:
        return float(moment[ROTATION_COMPONENTS[component]]) / NMM_PER_NM + 0.0

    return {
        "lateral_bending": about("lateral_bending"),
        "flexion": about("flexion"),
        "axial_rotation": about("axial_rotation"),
    }


def ligament_forces_N(segment: Segment, x: np.ndarray, joint: str) -> dict[str, float]:
    """Tension of each ligament of a joint, summed over its strands, N."""
    strands = segment.ligaments.get(joint)
    if strands is None:
        return {}
    out: dict[str, float] = {}
    for name, tension in zip(segment.strand_names[joint], strands.tension(x), strict=True):
        out[name] = out.get(name, 0.0) + float(tension)
    return out


def ligament_strains(segment: Segment, x: np.ndarray, joint: str) -> dict[str, float]:
    """Largest strain among the strands of each ligament of a joint, from their rest length; negative where slack."""
    strands = segment.ligaments.get(joint)
    if strands is None:
        return {}
    out: dict[str, float] = {}
    for name, strain in zip(segment.strand_names[joint], strands.strain(x), strict=True):
        out[name] = max(out.get(name, -1.0), float(strain))
    return out


def _carried(segment: Segment, x: np.ndarray, item_forces: Mapping[str, np.ndarray], joint: str) -> dict[str, Wrench]:
    upper, _ = joint_levels(joint)
    centre = disc_centre(segment, x, joint)

    def on_nodes(nodes: np.ndarray, *items: str) -> Wrench:
        forces = -sum(item_forces[name][node_dofs(nodes[:, None])] for name in items)
        return Wrench.of(forces, current_places(segment, nodes, x), centre)

    plate = np.unique(segment.space.triangle_nodes(segment.mesh.surfaces[f"{upper}.endplate.inferior"]))
    tissues = [name for part in DISC_PARTS for name in named(segment.solids, joint, part)]
    carried = {"disc": on_nodes(plate, *tissues)}
    for region in bridge_regions(segment, joint):
        carried["_".join((region.part, *region.details))] = on_nodes(
            bridge_nodes(segment, region), *(solid.name for solid in segment.solids[region])
        )
    for side in SIDES:
        contact = segment.contacts.get((joint, side))
        carried[f"facet_{side}"] = Wrench() if contact is None else on_nodes(contact.own_nodes, contact.name)
        layer = joint_region(side)
        if layer.place == joint and layer in segment.solids:
            carried[f"{layer.part}_{side}"] = on_nodes(transition_nodes(segment, side, "upper"), layer)
    for place in BONE_PLACES:
        if (contact := segment.bone_contacts.get((joint, place))) is not None:
            carried[f"bone_contact_{place}"] = on_nodes(contact.own_nodes, contact.name)
    strands = segment.ligaments.get(joint)
    if strands is not None:
        pulls = -(strands.tension(x) / strands.lengths(x))[:, None] * strands.vectors(x)
        ends, names = strands.upper_ends(x), np.array(segment.strand_names[joint])
        for name in dict.fromkeys(segment.strand_names[joint]):
            carried[name] = Wrench.of(pulls[names == name], ends[names == name], centre)
    return carried


def _entry(one: Wrench, axis: np.ndarray, sign: float) -> ForceAndMoment:
    """``sign`` +1 for what is carried, −1 for what is applied: both then press, or bend, in the sense of the loads."""
    return {"axial_N": sign * float(one.force @ axis) + 0.0, "moment_Nm": by_component_Nm(-sign * one.moment)}


def _size(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))

"""Load sharing at a joint: the part of the compression across the section that each structure carries."""

from __future__ import annotations

from fem_lumbar.foundation.conventions import BONE_PLACES, SIDES
from fem_lumbar.measures.load_path import Section

STRUCTURES = (
    "disc",
    *(f"facet_{side}" for side in SIDES),
    *(f"bone_contact_{place}" for place in BONE_PLACES),
    "ligaments",
)
BONDED = ("bridge_ALL", "bridge_PLL", *(f"transition_{side}" for side in SIDES))
"""Solids that some anatomies have besides: bridges over a disc, and what joins enlarged processes to the ala."""
SMALLEST_NET_PART = 0.5
"""Least fraction of the compression that must be applied externally. Otherwise most of it is internal, as in bending,
where ligaments in tension compress the disc, and shares are meaningless."""
SMALLEST_NET_N = 1.0
"""Net compression below this counts as zero, N."""


def is_shared(net_N: float, carried_N: float) -> bool:
    """Whether load shares are meaningful for a net compression and the total compression carried by structures."""
    return net_N > max(SMALLEST_NET_N, SMALLEST_NET_PART * carried_N)


def load_share(cut: Section) -> dict[str, float | None]:
    """Share of each structure in the compression across a section.

    ``<name>_N`` is the force on what is above along the axis of the disc, N, + cranially: structures that hold the
    vertebrae apart are positive, loads that press them together negative. ``axial_N`` is the net compression applied
    by follower load, muscles, upper body and a prescribed displacement, ``compression_N`` what the structures that
    hold apart carry together. A share is a structure's force over ``compression_N``; it is None without net
    compression. ``closure_error`` is the size of the vector sum of all forces relative to the largest of them (to 1 N
    where all are smaller): in bending and torsion facets push sideways while hardly any axial force is carried.
    """
    structures = (*STRUCTURES, *(name for name in BONDED if name in cut.carried))
    axial = dict.fromkeys((*structures, "follower", "muscles"), 0.0)
    for name, one in (cut.carried | cut.applied).items():
        if name != "moment":
            key = name if name in structures or name in cut.applied else "ligaments"
            axial[key] = axial.get(key, 0.0) + float(one.force @ cut.axis)
    carried = sum(max(axial[name], 0.0) for name in structures)
    net = 0.0 - sum(axial[name] for name in axial if name not in structures)
    shared = is_shared(net, carried)
    share: dict[str, float | None] = {
        name: axial[name] / carried if shared else None for name in (*structures, "muscles")
    }
    share |= {f"{name}_N": value for name, value in axial.items()}
    return share | {"axial_N": net, "compression_N": carried, "closure_error": cut.closure_error()[0]}

"""Selection of the parts of a transitional anatomy in a mesh with the sacrum.

All such anatomies share one mesh. It has, on both sides, the new bone of an enlarged transverse process and the layer
between it and the ala. A normal side loses both, type I only the layer; types II and III keep both and differ in the
tissue of the layer. So types are compared on the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import LEVELS, SACRAL_JOINT, SACRUM
from fem_lumbar.anatomy.transition import LumbosacralTransition
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.meshing.cell_faces import Faces
from fem_lumbar.meshing.mesh import SegmentMesh

_PROCESS, _JOINT = ("process", "crest"), "transition"
"""Part names: new bone caudal and cranial of the transverse process, and the layer under it."""


def process_regions(side: str) -> tuple[PartName, PartName]:
    """Region names of the new bone under and over the transverse process of a side, before it joins its vertebra."""
    under, over = (PartName.of(LEVELS[-1], part, side) for part in _PROCESS)
    return under, over


def joint_region(side: str) -> PartName:
    """Region name of the layer between the enlarged process of a side and the ala."""
    return PartName.of(SACRAL_JOINT, _JOINT, side)


def is_transitional(region: str) -> bool:
    """Whether a region occurs only in transitional anatomies."""
    return region in {name for side in SIDES for name in (*process_regions(side), joint_region(side))}


def with_transition(mesh: SegmentMesh, transition: LumbosacralTransition) -> SegmentMesh:
    """The mesh with only the transitional parts that the anatomy has; their new bone joins the vertebra's region."""
    if process_regions(SIDES[0])[0] not in mesh.region_names:
        return mesh
    vertebra = mesh.region_names.index(PartName.of(LEVELS[-1], "posterior"))
    region = mesh.region.copy()
    dropped: set[PartName] = set()
    for side in SIDES:
        kind = transition.kind(side)
        if kind is None:
            dropped.update(process_regions(side))
        else:
            region[mesh.region_cells(*process_regions(side))] = vertebra
        if kind not in ("II", "III"):
            dropped.add(joint_region(side))
    kept = [name for name in mesh.region_names if name not in dropped and PartName(name).part not in _PROCESS]
    return replace(mesh, region=region).keep(kept)


def joint_surfaces(faces: Faces, number: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Faces of the layers on the enlarged process (``upper``) and on the ala (``lower``): name to triangles (k, 3).

    Parameters
    ----------
    faces : Faces
        Of the whole mesh.
    number : mapping
        Region name to its number.
    """
    ala = [number[name] for name in (f"{SACRUM}.cancellous", f"{SACRUM}.posterior") if name in number]
    found = {}
    for side in SIDES:
        if (layer := joint_region(side)) in number:
            own = faces.owner == number[layer]
            above = [number[name] for name in (*process_regions(side), f"{LEVELS[-1]}.posterior")]
            found[f"{layer}.upper"] = faces.nodes[own & np.isin(faces.neighbour, above)]
            found[f"{layer}.lower"] = faces.nodes[own & np.isin(faces.neighbour, ala)]
    return found

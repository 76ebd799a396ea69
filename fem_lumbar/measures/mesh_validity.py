"""Whether a mesh can be computed on: shapes of cells, closed surfaces, attachments, facets clear of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.part_name import PartName, facet_surfaces, named
from fem_lumbar.anatomy.spine import ARCH_LEVELS, BODIES, LEVELS, SACRUM, endplates, joints_between, supports
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.tetrahedra import mean_ratio, signed_volumes
from fem_lumbar.foundation.triangles import edge_counts, facing_distances
from fem_lumbar.meshing.cell_faces import free_faces
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.posterior_cleft import CLEFT
from fem_lumbar.meshing.quality import LOWEST_QUALITY

_WEIGHTS_SUM_WITHIN = 1e-9
_MOST_NAMES = 4


@dataclass(frozen=True)
class ValidityCheck:
    """One condition on a mesh.

    Attributes
    ----------
    name : str
    value : float or None
        What was found; None when nothing could be measured.
    condition : str
        What must hold of it, e.g. ``> 0 mm``.
    passed : bool
    where : str
        What it was found at, or what breaks the condition.
    """

    name: str
    value: float | None
    condition: str
    passed: bool
    where: str = ""


def validity_checks(mesh: SegmentMesh) -> list[ValidityCheck]:
    """All conditions a mesh must meet, for a table."""
    return [*_cells(mesh), _closed(mesh), _surfaces(mesh), _patches(mesh), *_facets(mesh)]


def _cells(mesh: SegmentMesh) -> list[ValidityCheck]:
    shape, volume = mean_ratio(mesh.points, mesh.cells), signed_volumes(mesh.points, mesh.cells)
    worst, lowest = mesh.region_names[mesh.region[shape.argmin()]], float(shape.min())
    inverted = volume <= 0.0
    regions = [mesh.region_names[index] for index in np.unique(mesh.region[inverted])]
    return [
        ValidityCheck("smallest mean-ratio quality", lowest, f">= {LOWEST_QUALITY:g}", lowest >= LOWEST_QUALITY, worst),
        ValidityCheck("inverted cells", int(inverted.sum()), "0", not inverted.any(), _named(regions)),
    ]


def _closed(mesh: SegmentMesh) -> ValidityCheck:
    """Every edge of the outer surface of a region, and of a whole vertebra, belongs to exactly two triangles.

    A cleft is a layer of whole cells, where cells may meet in an edge alone: there an edge may belong to four.
    """
    bodies: dict[str, tuple[str, ...]] = {name: (name,) for name in mesh.region_names}
    bodies |= {f"{level} bone": (f"{level}.cancellous", f"{level}.posterior") for level in _levels(mesh)}
    total, broken = 0, []
    for name, regions in bodies.items():
        _, count = edge_counts(free_faces(mesh.cells[mesh.region_cells(*regions)]))
        cleft = named(mesh.region_names, PartName(name.removesuffix(" bone")).place, CLEFT)
        open_edges = int(((count % 2 > 0) if cleft else (count != 2)).sum())
        if open_edges or not len(count):
            broken.append(name)
        total += open_edges
    return ValidityCheck("surface edges not shared by two triangles", total, "0", not broken, _named(broken))


def _surfaces(mesh: SegmentMesh) -> ValidityCheck:
    empty = empty_surfaces(mesh)
    return ValidityCheck("empty surfaces", len(empty), "0", not empty, _named(empty))


def empty_surfaces(mesh: SegmentMesh) -> list[str]:
    """Names of surfaces that anatomy is measured on but that are missing or without triangles."""
    levels = _levels(mesh)
    wanted = {name for level in levels for name in (*endplates(level), *supports(level))}
    wanted |= {name for joint in joints_between(levels) for side in SIDES for name in facet_surfaces(joint, side)}
    parts = ("mammillary_end", "accessory_end", "dorsal", "lateral")
    wanted |= {f"{level}.mal.{side}.{part}" for level in ARCH_LEVELS for side in SIDES for part in parts}
    return sorted(name for name in wanted | set(mesh.surfaces) if not len(mesh.surfaces.get(name, ())))


def _patches(mesh: SegmentMesh) -> ValidityCheck:
    """Every attachment has nodes, and positive weights whose sum is one."""
    broken = [
        name
        for name, patch in mesh.patches.items()
        if not len(patch.nodes) or np.any(patch.weights <= 0.0) or abs(patch.weights.sum() - 1.0) > _WEIGHTS_SUM_WITHIN
    ]
    return ValidityCheck(
        "attachments without nodes or weights",
        len(broken) if mesh.patches else None,
        "0",
        bool(mesh.patches) and not broken,
        _named(broken),
    )


def _facets(mesh: SegmentMesh) -> list[ValidityCheck]:
    """The smallest distance of the nodes of each articular face from the opposite one, negative when they overlap."""
    found = []
    for joint in joints_between(_levels(mesh)):
        for side in SIDES:
            faces = [mesh.surfaces.get(name, np.empty((0, 3), int)) for name in facet_surfaces(joint, side)]
            gap = None
            if all(len(face) for face in faces):
                gaps = np.concatenate(
                    [
                        facing_distances(mesh.points[np.unique(own)], mesh.points[other])
                        for own, other in (faces, faces[::-1])
                    ]
                )
                gap = None if np.all(np.isnan(gaps)) else float(np.nanmin(gaps))
            passed = gap is not None and gap > 0.0
            found.append(ValidityCheck("smallest facet gap (mm)", gap, "> 0", passed, f"{joint} {side}"))
    return found


def _levels(mesh: SegmentMesh) -> tuple[str, ...]:
    """Bodies that a mesh should have: those of the template, and the sacrum where it goes on to it."""
    return BODIES if SACRUM in mesh.levels else LEVELS


def _named(names: list[str]) -> str:
    """The first few of some names."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")

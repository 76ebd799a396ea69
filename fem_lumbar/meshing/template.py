"""Build the mesh of the template: lattice, cuts, remeshing, reflection, tags."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.spatial import cKDTree

from fem_lumbar.anatomy.mesh_settings import MeshSettings
from fem_lumbar.anatomy.parameters import Anatomy
from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.cutting.regions import without_strays
from fem_lumbar.cutting.remesh import Meshed, Pass, mesher, remeshed, without_outside
from fem_lumbar.cutting.settle import settled
from fem_lumbar.foundation.errors import AnatomyError
from fem_lumbar.foundation.tetrahedra import mean_ratio
from fem_lumbar.meshing.cell_coordinates import cell_coordinates
from fem_lumbar.meshing.cuts import MIDPLANE, SACRAL_CUT, caps, cuts, regions
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.mirror import HalfMesh, reflect
from fem_lumbar.meshing.quality import LOWEST_QUALITY
from fem_lumbar.meshing.sacral_attachments import with_sacral_attachments
from fem_lumbar.meshing.segment_lattice import segment_lattice
from fem_lumbar.meshing.tagged import tagged_mesh
from fem_lumbar.meshing.tags import named_surfaces
from fem_lumbar.shape.scene import Scene

_FIRST_PASS = Pass(deviation=0.15, growth=1.8, smallest=0.4, largest=6.0)
"""Turns the cut lattice into well-shaped cells."""
_DEVIATION, _GROWTH, _SMALLEST, _LARGEST = 0.08, 3.0, 0.11, 1.2
"""Second pass: deviation from the surface, ratio of neighbouring edges, shortest and longest edge (lengths as fractions
of the size of bone)."""
_SETTLINGS = 2
"""Number of projections: a node that would have flattened a cell finds room when the others are in place."""
_SHORTENED = {"annulus": 1.4, "nucleus": 1.4, "mal": 1.4}
"""Factor from the size of a tissue to the edge length given to mmg, which makes shorter edges; 1 for other tissues.
Articular faces are curved and stay finer."""
_SIZE_OF = {
    "facet_cartilage": "facet_cartilage_mm",
    "transition": "facet_cartilage_mm",
    "mal": "mal_mm",
    "annulus": "disc_mm",
    "nucleus": "disc_mm",
}
_INTO_BONE = 0.4
"""Increase of the edge per mm of distance from a finely meshed tissue."""
_PRIORITY = {MIDPLANE: 3, SACRAL_CUT: 2, "trim": 2, "face": 2, "outline": 2}
"""Priorities of functions, 1 for all others: a face on several belongs to that of highest priority."""


def build_template(
    anatomy: Anatomy, settings: MeshSettings, say: Callable[[str], None], sacrum: bool = False
) -> SegmentMesh:
    """Mesh of a symmetric segment whose bones have the shape of the template.

    Parameters
    ----------
    anatomy : Anatomy
    settings : MeshSettings
    say : callable
        Receives one line per stage.
    sacrum : bool
        Whether the segment includes the sacrum.

    Raises
    ------
    AnatomyError
        When a cell is too flat.
    InputError
        When mmgpy is not installed.
    """
    started = time.perf_counter()
    mesher()  # two minutes of cutting would be lost without it
    scene = Scene(anatomy, sacrum)
    half, on = _half(scene, settings, say)
    say("reflecting and tagging")
    whole = reflect(half)
    surfaces = named_surfaces(whole, scene, _of_both_halves(on, whole.mirror))
    quality = mean_ratio(whole.points, whole.cells)
    if quality.min() < LOWEST_QUALITY:
        place = whole.region_names[whole.region[quality.argmin()]]
        raise AnatomyError(
            f"this anatomy cannot be meshed at this size: a cell of quality {quality.min():.3f} in {place}"
        )
    made_by = "cutting a lattice along the smooth template"
    coordinates = cell_coordinates(whole, surfaces, scene)
    more = {"build_s": round(time.perf_counter() - started, 1)}
    mesh = tagged_mesh(whole, surfaces, coordinates, scene.frames, anatomy, settings, made_by, more)
    return with_sacral_attachments(mesh, scene) if sacrum else mesh


def _half(scene: Scene, settings: MeshSettings, say: Callable[[str], None]) -> tuple[HalfMesh, dict[str, np.ndarray]]:
    """Right half, and for each function and each cap the mask (n,) of the nodes on it."""
    wanted = list(cuts(scene))
    mesh, names = _cut(scene, wanted, say)
    sizes = settings.sizes_mm()
    bone = sizes["bone_mm"]
    second = Pass(_DEVIATION * bone, _GROWTH, _SMALLEST * bone, _LARGEST * bone)
    priority = [_PRIORITY.get(cut.name.partition(".")[0], 1) for cut in wanted]
    for number, options in enumerate((_FIRST_PASS, second), start=1):
        say(f"remeshing, pass {number}")
        mesh = remeshed(mesh, _edge_lengths(mesh, names, sizes), priority, options)
    say("putting nodes back onto their functions")
    for _ in range(_SETTLINGS):
        mesh = settled(mesh, [cut.function for cut in wanted])
    on = {cut.name: mesh.on[:, column] for column, cut in enumerate(wanted)}
    return _without_caps(HalfMesh(mesh.points, mesh.cells, mesh.region - 1, tuple(names)), on, list(caps(scene)))


def _cut(scene: Scene, wanted: Sequence[Cut], say: Callable[[str], None]) -> tuple[Meshed, list[str]]:
    """The lattice of the right half cut into tissues, the same for all element sizes, and their names."""
    say("filling the space around the bones with a lattice")
    cutter = Cutter(*segment_lattice(scene))
    for cut in wanted:
        say(f"cutting along {cut.name}")
        cutter.cut(cut)
        if cut.name == MIDPLANE:
            cutter.keep(cutter.inside(MIDPLANE))
    say("sorting cells into tissues")
    region, names = regions(scene, cutter)
    region = without_strays(cutter.points, cutter.cells, region)
    return without_outside(Meshed(cutter.points, cutter.cells, region, cutter.on)), names


def _without_caps(
    half: HalfMesh, on: Mapping[str, np.ndarray], dropped: Sequence[str]
) -> tuple[HalfMesh, dict[str, np.ndarray]]:
    """The mesh without its caps, and for each function and each cap the mask (n,) of the nodes on it."""
    names = np.array(half.region_names)[half.region]
    touched = {name: np.isin(np.arange(len(half.points)), half.cells[names == name]) for name in dropped}
    kept = ~np.isin(names, dropped)
    used, cells = np.unique(half.cells[kept], return_inverse=True)
    left = [name for name in half.region_names if name not in dropped]
    region = np.array([left.index(name) for name in names[kept]])
    whole = HalfMesh(half.points[used], cells.reshape(-1, 4), region, tuple(left))
    return whole, {name: nodes[used] for name, nodes in {**on, **touched}.items()}


def _edge_lengths(mesh: Meshed, names: list[str], sizes_mm: Mapping[str, float]) -> np.ndarray:
    """Target edge length at each node (n,), mm: that of its tissue, increasing from fine tissues into bone."""
    wanted = np.full(len(mesh.points), sizes_mm["bone_mm"])
    by_size: dict[float, list[int]] = {}
    for index, name in enumerate(names, start=1):
        part = PartName(name).part
        size = sizes_mm[_SIZE_OF.get(part, "bone_mm")] * _SHORTENED.get(part, 1.0)
        by_size.setdefault(size, []).append(index)
    for size, indices in by_size.items():
        nodes = np.unique(mesh.cells[np.isin(mesh.region, indices)])
        if size < sizes_mm["bone_mm"]:
            distance, _ = cKDTree(mesh.points[nodes]).query(mesh.points)
            wanted = np.minimum(wanted, size + _INTO_BONE * distance)
    return wanted


def _of_both_halves(on: Mapping[str, np.ndarray], mirror: np.ndarray) -> dict[str, np.ndarray]:
    """Masks of the nodes of the right half extended to both halves by the mirror permutation (n,)."""
    found = {}
    for name, right in on.items():
        whole = np.zeros(len(mirror), dtype=bool)
        whole[: len(right)] = right
        whole |= whole[mirror]
        found[name] = whole
    return found

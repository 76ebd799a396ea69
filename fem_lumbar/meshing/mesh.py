"""The mesh of the segment: corner nodes, tetrahedra, regions, surfaces, attachment patches and local axes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.anatomy.spine import BODIES, supports
from fem_lumbar.foundation.conventions import mirrored

TOLD = "told"
"""Key of the mesh meta data: messages reported when the mesh was built and repeated whenever it is used."""
_WARNING = "warning: "


@dataclass(frozen=True)
class Patch:
    """An attachment: a weighted set of nodes whose point is the weighted mean of their positions.

    Attributes
    ----------
    nodes : ndarray (k,) of int
    weights : ndarray (k,)
        Positive, sum 1.
    """

    nodes: np.ndarray
    weights: np.ndarray

    def point(self, points: np.ndarray) -> np.ndarray:
        """Position of the attachment, (3,), for node positions (n, 3) in mm."""
        return self.weights @ points[self.nodes]


@dataclass(frozen=True, eq=False)
class SegmentMesh:
    """Straight-sided tetrahedra of the segment in the global frame (mm), by corner nodes only.

    Attributes
    ----------
    points : ndarray (n, 3)
        mm.
    cells : ndarray (m, 4) of int
        Positively oriented.
    region : ndarray (m,) of int
        Index into ``region_names``.
    region_names : tuple of PartName
    surfaces : dict of ndarray (k, 3) of int
        Triangles, normals outward from the body they are named after.
    patches : dict of Patch
    cell_data : dict of ndarray (m,) or (m, 3)
        ``mal_s`` (0 mammillary to 1 accessory end), ``annulus_radial`` (0 inner to 1 outer),
        ``annulus_azimuth_deg`` (0 anterior, ±180 posterior, + left), ``annulus_tangent`` and ``annulus_axial``
        (unit vectors), ``bridge_on_body`` (1 on the upper body, −1 on the lower one, 0 on the disc); NaN where they do
        not apply.
    landmarks : dict of ndarray (3,)
        mm.
    frames : dict of ndarray (4, 4)
        Body frame of each level in the global frame.
    mirror : ndarray (n,) of int
        Node permutation by reflection in y = 0.
    meta : dict
        Density, sizes, defining hash, lowest mean ratio, build time (s), numbers of unknowns.
    """

    points: np.ndarray
    cells: np.ndarray
    region: np.ndarray
    region_names: tuple[PartName, ...]
    surfaces: dict[str, np.ndarray] = field(default_factory=dict)
    patches: dict[str, Patch] = field(default_factory=dict)
    cell_data: dict[str, np.ndarray] = field(default_factory=dict)
    landmarks: dict[str, np.ndarray] = field(default_factory=dict)
    frames: dict[str, np.ndarray] = field(default_factory=dict)
    mirror: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the surfaces to which the mesh was fitted, one sentence each."""
        return tuple(one.removeprefix(_WARNING) for one in self.meta.get(TOLD, ()) if one.startswith(_WARNING))

    def __post_init__(self) -> None:
        """Convert the names of regions to :class:`PartName`."""
        object.__setattr__(self, "region_names", tuple(map(PartName, self.region_names)))

    @property
    def is_symmetric(self) -> bool:
        """Whether the mesh equals its mirror image bit for bit; a region of one side only has no mirror image."""
        names = set(self.region_names)
        return self.has_symmetric_nodes and names == {name.mirrored for name in names}

    @property
    def has_symmetric_nodes(self) -> bool:
        """Whether the nodes equal their mirror image bit for bit, regardless of the regions."""
        return len(self.mirror) > 0 and np.array_equal(self.points[self.mirror], mirrored(self.points))

    @property
    def levels(self) -> tuple[str, ...]:
        """Bodies that have cells in the mesh, cranial first."""
        there = {name.place for name in self.region_names}
        return tuple(level for level in BODIES if level in there)

    def region_cells(self, *names: str) -> np.ndarray:
        """Indices of the cells of the named regions, (k,); KeyError for a name the mesh does not have."""
        missing = set(names) - set(self.region_names)
        if missing:
            raise KeyError(f"no region named {', '.join(sorted(missing))}")
        wanted = [self.region_names.index(name) for name in names]
        return np.flatnonzero(np.isin(self.region, wanted))

    def keep(self, regions: Iterable[str]) -> SegmentMesh:
        """The sub-mesh of the named regions, renumbered; KeyError for a name the mesh does not have.

        Surfaces and patches with a node outside the sub-mesh are dropped, except that support surfaces keep their
        remaining faces. ``mirror`` stays a permutation when the sub-mesh is symmetric and is empty otherwise.
        """
        wanted = set(regions)
        names = tuple(name for name in self.region_names if name in wanted)
        cells = self.region_cells(*sorted(wanted))
        used = np.unique(self.cells[cells])
        new = np.full(len(self.points), -1)
        new[used] = np.arange(len(used))
        index = np.array([names.index(name) if name in names else -1 for name in self.region_names])
        mirror = new[self.mirror[used]] if len(self.mirror) else self.mirror
        surfaces = {name: new[triangles] for name, triangles in self.surfaces.items()}
        fixed = {name for level in self.levels for name in supports(level)} & set(surfaces)
        surfaces |= {name: new[self._faces_of(cells, self.surfaces[name])] for name in fixed}
        return replace(
            self,
            points=self.points[used],
            cells=new[self.cells[cells]],
            region=index[self.region[cells]],
            region_names=names,
            surfaces={k: v for k, v in surfaces.items() if len(v) and np.all(v >= 0)},
            patches={k: Patch(new[p.nodes], p.weights) for k, p in self.patches.items() if np.all(new[p.nodes] >= 0)},
            cell_data={k: v[cells] for k, v in self.cell_data.items()},
            mirror=mirror if np.all(mirror >= 0) else np.empty(0, dtype=int),
            meta={**self.meta, "kept_regions": list(names)},
        )

    def _faces_of(self, cells: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """The triangles, out of (k, 3), that are faces of the cells with indices ``cells`` (m,)."""
        near = self.cells[cells][np.isin(self.cells[cells], triangles).sum(axis=1) >= 3]
        faces = np.vstack([np.delete(near, corner, axis=1) for corner in range(4)])
        there = {tuple(face) for face in np.sort(faces, axis=1).tolist()}
        return triangles[np.array([tuple(one) in there for one in np.sort(triangles, axis=1).tolist()], dtype=bool)]

    @cached_property
    def sha256(self) -> str:
        """Hash of nodes, cells and regions."""
        digest = hashlib.sha256()
        for array, kind in ((self.points, "<f8"), (self.cells, "<i8"), (self.region, "<i8")):
            digest.update(np.ascontiguousarray(array, dtype=kind).tobytes())
        digest.update(json.dumps(self.region_names).encode())
        return digest.hexdigest()

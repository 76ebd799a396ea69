"""The vertebrae as stiff elastic bodies: their items, and the load patterns of their attachment modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, hstack, kron

from fem_lumbar.anatomy.part_name import PartName, named
from fem_lumbar.anatomy.spine import endplates
from fem_lumbar.mechanics.item import Item, node_dofs
from fem_lumbar.meshing.bridges import BRIDGE
from fem_lumbar.meshing.posterior_cleft import CLEFT, ENDS, bone_pieces
from fem_lumbar.model.bone import BONE, LOOSE, bone_regions
from fem_lumbar.model.segment import Segment
from fem_lumbar.solver.multilevel.elastic_body import BodyGeometry

_IN_PLANE_DEGREE = 3
_DEGREE = 1


def bodies(segment: Segment) -> list[BodyGeometry]:
    """Every vertebra, and after it the arch that clefts on both sides have parted from it."""
    found = []
    for level in segment.levels:
        found.append(vertebra(segment, level))
        if len(bone_pieces(segment.mesh, level)) > 1:
            found.append(_loose_arch(segment, level))
    return found


def bone_items(segment: Segment, level: str) -> list[Item]:
    """Bone, shells and potting of a vertebra, without an arch that is loose."""
    solids = [item for tissue in BONE for item in segment.solids.get(f"{level}.{tissue}", []) if not _is_loose(item)]
    others = [item for item in segment.others if PartName(item.name).place == level]
    potting = [item for item in segment.others if item.name == "potting" and level == segment.levels[0]]
    return [*solids, *others, *potting]


def vertebra(segment: Segment, level: str) -> BodyGeometry:
    """Nodes and support of a vertebra: potted on top, fixed at the bottom, floating between."""
    items = bone_items(segment, level)
    nodes = np.unique(np.concatenate([item.nodes.ravel() for item in items if hasattr(item, "nodes")]))
    dofs = node_dofs(nodes[:, None])
    independent = (segment.dof_map.number[dofs] >= 0).all(axis=1)
    potted = level == segment.levels[0]
    return BodyGeometry(
        name=level,
        items=items,
        dofs=dofs[independent],
        positions=segment.space.nodes[nodes[independent]],
        fixture=segment.fixture.reference_dof + np.arange(6) if potted else None,
        fixture_position=segment.fixture.reference_point if potted else None,
        supported=level == segment.levels[-1],
    )


def _loose_arch(segment: Segment, level: str) -> BodyGeometry:
    """An arch that only soft tissue holds."""
    items: list[Item] = [item for item in segment.solids[f"{level}.posterior"] if _is_loose(item)]
    nodes = np.unique(np.concatenate([item.nodes.ravel() for item in items if hasattr(item, "nodes")]))
    dofs = node_dofs(nodes[:, None])
    independent = (segment.dof_map.number[dofs] >= 0).all(axis=1)
    return BodyGeometry(
        name=f"{level}.{LOOSE}",
        items=items,
        dofs=dofs[independent],
        positions=segment.space.nodes[nodes[independent]],
        fixture=None,
        fixture_position=None,
        supported=False,
    )


def _is_loose(item: Item) -> bool:
    return LOOSE in PartName(item.name).details


def with_bone_on_it(segment: Segment, vertebra: BodyGeometry) -> BodyGeometry:
    """A vertebra with other parts that may be bone: its MAL arches and feet of bridges; its own nodes come first.

    Both feet of an arch are on the pedicle's side of a cleft, so a loose arch has none.
    """
    regions = named(segment.solids, vertebra.name, "mal")
    added = [item for region in regions for item in segment.solids[region]]
    bridges = [item for region in named(segment.solids, part=BRIDGE) for item in segment.solids[region]]
    added += [item for item in bridges if (foot := PartName(item.name)).end and foot.body == vertebra.name]
    nodes = np.unique(np.concatenate([item.nodes.ravel() for item in added])) if added else np.empty(0, dtype=int)
    dofs = node_dofs(nodes[:, None])
    own = (segment.dof_map.number[dofs] >= 0).all(axis=1) & ~np.isin(dofs[:, 0], vertebra.dofs[:, 0])
    return replace(
        vertebra,
        items=[*vertebra.items, *added],
        dofs=np.vstack([vertebra.dofs, dofs[own]]),
        positions=np.vstack([vertebra.positions, segment.space.nodes[nodes[own]]]),
    )


def touched_dofs(segment: Segment, vertebrae: list[BodyGeometry]) -> np.ndarray:
    """Degrees of freedom (n_dofs,) bool of soft tissue, and those of bone where soft tissue or a load attaches."""
    bone = {item.name for vertebra in vertebrae for item in vertebra.items}
    touched = np.zeros(segment.n_dofs, dtype=bool)
    for item in segment.items:
        if item.name not in bone:
            touched[item.dofs] = True
    for patch in segment.mesh.patches.values():
        touched[node_dofs(patch.nodes)] = True
    touched[node_dofs(segment.rims(segment.levels[0]))] = True  # muscles of the trunk pull there
    touched[segment.fixture.reference_dof + np.arange(6)] = True  # the upper body hangs there
    return touched


def load_patterns(segment: Segment, geometry: BodyGeometry) -> csc_array:
    """Smooth loads (3 k, p) on every site where soft tissue or muscle attaches to a vertebra.

    Each place carries polynomial tractions: cubic over an endplate, linear over a facet, a foot of the MAL or a face
    of a cleft, constant on an attachment of ligament, muscle or follower load; linear over posterior bone that meets
    another.
    """
    columns = []
    for nodes, degree in _places(segment, PartName(geometry.name).place):
        rows = np.flatnonzero(np.isin(geometry.dofs[:, 0], 3 * nodes))
        if len(rows):
            values = _polynomials(geometry.positions[rows], degree)
            spread = csc_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), (len(geometry.dofs), len(rows)))
            columns.append(kron(spread @ csc_array(values), np.eye(3), format="csc"))
    return csc_array(hstack(columns, format="csc"))


def _places(segment: Segment, level: str) -> list[tuple[np.ndarray, int]]:
    mesh, space = segment.mesh, segment.space
    places = []
    for plate in endplates(level):
        places.append((np.unique(space.triangle_nodes(mesh.surfaces[plate])), _IN_PLANE_DEGREE))
    bone = np.unique(space.cell_nodes[mesh.region_cells(*bone_regions(mesh, level))])
    for region in mesh.region_names:
        if region.place != level:
            continue
        if region.part == "facet_cartilage":
            cartilage = np.unique(space.cell_nodes[mesh.region_cells(region)])
            places.append((np.intersect1d(cartilage, bone), _DEGREE))
        elif region.part == "mal":
            for end in ("mammillary", "accessory"):
                foot = np.unique(space.triangle_nodes(mesh.surfaces[f"{region}.{end}_end"]))
                places.append((np.intersect1d(foot, bone), _DEGREE))
        elif region.part == CLEFT:
            faces = (mesh.surfaces[f"{region}.{end}"] for end in ENDS)
            places += [(np.unique(space.triangle_nodes(face)), _DEGREE) for face in faces]
    for region in named(mesh.region_names, part=BRIDGE):
        solid = np.unique(space.cell_nodes[mesh.region_cells(region)])
        places.append((np.intersect1d(solid, bone), _DEGREE))
    for contact in segment.bone_contacts.values():
        places += [(np.intersect1d(contact.dofs[::3] // 3, bone), _DEGREE)]
    places += [(nodes, 0) for nodes in _attachments(segment, level)]
    return places


def _attachments(segment: Segment, level: str) -> list[np.ndarray]:
    """Nodes of each attachment on the bone of a vertebra, the strands of a ligament taken together."""
    groups: dict[tuple[str, ...], list[np.ndarray]] = {}
    for patch in segment.mesh.patches:
        name = PartName(patch)
        if name.body == level and name.part != "mal":
            groups.setdefault(name.sort, []).append(segment.mesh.patches[name].nodes)
    return [np.unique(np.concatenate(nodes)) for nodes in groups.values()]


def _polynomials(points: np.ndarray, degree: int) -> np.ndarray:
    """Orthonormal polynomials (n, p) up to a degree over points (n, 3); flat clouds count as flat."""
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    scaled = centred @ axes.T / max(np.abs(centred).max(), 1e-9)
    powers = [
        (a, b, c)
        for a in range(degree + 1)
        for b in range(degree + 1 - a)
        for c in range(min(degree, 1) + 1 if degree - a - b > 0 else 1)
        if a + b + c <= degree
    ]
    monomials = np.stack([np.prod(scaled ** np.array(power)[: scaled.shape[1]], axis=1) for power in powers], axis=1)
    basis, triangle = np.linalg.qr(monomials)
    return basis[:, np.abs(np.diag(triangle)) > 1e-6 * np.abs(triangle).max()]

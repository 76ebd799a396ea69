"""The passive segment: one item per tissue and joint, its unknowns and its supports."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fem_lumbar.anatomy.attachment_sites import attachment_values
from fem_lumbar.anatomy.part_name import CARTILAGE_ENDPLATE, PartName, named
from fem_lumbar.anatomy.posterior_cleft import clefts_of
from fem_lumbar.anatomy.spine import ALL_JOINTS, ARCH_LEVELS, endplates, joint_levels, supports
from fem_lumbar.foundation.conventions import ILIOLUMBAR, SIDES
from fem_lumbar.foundation.numerics import MOMENT_ARM_MM, MOTION_N_PER_MM
from fem_lumbar.materials.law import Law
from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.records import Nucleus
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.item import Contact, Item, node_dofs
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.mechanics.strands import LigamentStrands
from fem_lumbar.meshing.bridges import ON_BODY, bridge_region
from fem_lumbar.meshing.cartilage_endplates import layer_region
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.meshing.posterior_cleft import CLEFT, cleft_region
from fem_lumbar.meshing.transition import joint_region
from fem_lumbar.model.bone import BONE, bone_regions, bone_solids, tied_nodes
from fem_lumbar.model.contacts import bone_contacts, facet_contacts
from fem_lumbar.model.facetectomy import facet_cut
from fem_lumbar.model.fixture import Fixture, fixture_on
from fem_lumbar.model.tissues import AtPoints, annulus_law, arch_span, kept_at_points, mal_law, nucleus_law
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.ossification import Bridge, bridges, ossified_part
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.finite_rotation import Body


@dataclass
class Segment:
    """Items of the segment, by tissue and place.

    ``solids`` maps each region to its solid items (bone may be split into a linear part and a quadratic rim),
    ``contacts`` (joint, side) to facet contacts, ``bone_contacts`` (joint, place) to those of posterior bones beside
    them, ``ligaments`` "joint" to the strands of that joint with the ligament name of every strand in
    ``strand_names``. The motions of the ``fixture`` come last in the state.
    """

    mesh: SegmentMesh
    space: QuadraticSpace
    dof_map: DofMap = field(init=False)
    fixture: Fixture = field(init=False)
    n_dofs: int
    levels: tuple[str, ...]
    joints: tuple[str, ...]
    fixed_nodes: np.ndarray
    solids: dict[str, list[Solid | MixedSolid]] = field(default_factory=dict)
    contacts: dict[tuple[str, str], SurfaceContact] = field(default_factory=dict)
    bone_contacts: dict[tuple[str, str], SurfaceContact] = field(default_factory=dict)
    ligaments: dict[str, LigamentStrands] = field(default_factory=dict)
    strand_names: dict[str, list[str]] = field(default_factory=dict)
    others: list[Item] = field(default_factory=list)

    @property
    def items(self) -> list[Item | Contact]:
        """All passive items."""
        solids = [item for group in self.solids.values() for item in group]
        return [*solids, *self.others, *self.ligaments.values(), *self.all_contacts]

    @property
    def all_contacts(self) -> list[SurfaceContact]:
        """Contact in facet joints and between posterior bones."""
        return [*self.contacts.values(), *self.bone_contacts.values()]

    @property
    def arch_levels(self) -> tuple[str, ...]:
        """Bodies of a kind that has mamillo-accessory ligaments, cranial first."""
        return tuple(level for level in self.levels if level in ARCH_LEVELS)

    @cached_property
    def node_places(self) -> np.ndarray:
        """Places (n, 3) by number of node: nodes of the mesh, then points of the fixture, mm."""
        places = np.full((int(self.fixture.nodes[-1]) + 1, 3), np.nan)
        places[: self.space.n_nodes] = self.space.nodes
        places[self.fixture.nodes] = self.fixture.places
        return places

    def moving_bodies(self) -> list[Body]:
        """Every vertebra above the fixed one with what is attached to its bone; the uppermost with its fixture."""
        bodies = []
        for level in self.levels[:-1]:
            regions = named(self.mesh.region_names, level)
            nodes = np.unique(self.space.cell_nodes[self.mesh.region_cells(*regions)])
            positions, dofs = self.space.nodes[nodes], node_dofs(nodes[:, None])
            if level == self.levels[0]:
                fixture, motion = self.fixture, self.fixture.reference_dof + np.arange(3)
                positions = np.vstack([positions, fixture.places, fixture.reference_point])
                dofs = np.vstack([dofs, node_dofs(fixture.nodes[:, None]), motion])
                bodies.append(Body(positions, dofs, motion + 3))
            else:
                bodies.append(Body(positions, dofs))
        return bodies

    def rims(self, level: str) -> np.ndarray:
        """Nodes (k,) where the cortex of a vertebral body meets its endplates."""
        surfaces = self.mesh.surfaces
        plates = np.concatenate([surfaces[name].ravel() for name in endplates(level)])
        return np.intersect1d(surfaces[f"{level}.cortex"], plates)

    def per_force(self) -> np.ndarray:
        """Weight (n_dofs,) of every degree of freedom in the unbalanced force.

        Moments are divided by an arm, volumes have weight 0, prescribed motions are multiplied by a stiffness.
        """
        weight = np.zeros(self.n_dofs)
        weight[: 3 * self.space.n_nodes] = 1.0
        weight[node_dofs(self.fixture.nodes)] = 1.0
        weight[self.fixture.reference_dof + np.arange(6)] = np.repeat([1.0, 1.0 / MOMENT_ARM_MM], 3)
        weight[self.fixture.multiplier_dof + np.arange(2)] = MOTION_N_PER_MM * np.array([1.0, MOMENT_ARM_MM])
        return weight

    def point(self, patch: str) -> WeightedPoint:
        """Attachment patch of the mesh as a weighted point; a landmark of that name is a point fixed in space."""
        if patch not in self.mesh.patches:
            return WeightedPoint(np.empty(0, dtype=int), np.empty(0), self.mesh.landmarks[patch])
        found = self.mesh.patches[patch]
        return WeightedPoint(found.nodes, found.weights, found.weights @ self.mesh.points[found.nodes])


def kept_mesh(scenario: Scenario, mesh: SegmentMesh) -> SegmentMesh:
    """The part of a mesh that a scenario includes: its bodies and joints, posterior elements if any, no absent MAL.

    A removed nucleus leaves a void: nothing presses on the annulus and endplates around it.

    Raises
    ------
    ValueError
        If the mesh has no cartilaginous endplates where the scenario has.
    """
    structures, levels, joints = scenario.structures, scenario.segment.bodies, scenario.segment.joints
    kept = [f"{level}.cancellous" for level in levels]
    kept += [f"{joint}.annulus" for joint in joints]
    kept += [f"{joint}.nucleus" for joint in joints if joint not in structures.removed_nuclei]
    layers = [layer_region(joint, end) for joint in scenario.cartilage_endplates_mm for end in ("cranial", "caudal")]
    if missing := set(layers) - set(mesh.region_names):
        raise ValueError(f"the mesh is not that of the scenario: no {', '.join(sorted(missing))}")
    kept += layers
    kept += [bridge_region(one.joint, one.ligament) for one in bridges(scenario.ossification)]
    if structures.posterior_elements:
        kept += [f"{level}.posterior" for level in levels]
        kept += [
            cleft_region(level, place)
            for level, cleft in clefts_of(scenario.anatomy.posterior_cleft)
            for place in cleft.places
        ]
        for side in SIDES:
            arches = [level for level in ARCH_LEVELS if level in levels]
            kept += [f"{level}.mal.{side}" for level in arches if scenario.mal[level][side].state != "absent"]
            for joint in joints:
                upper, lower = joint_levels(joint)
                kept += [f"{upper}.facet_cartilage.inferior.{side}", f"{lower}.facet_cartilage.superior.{side}"]
            kept += [joint_region(side)] if joint_region(side) in mesh.region_names else []
    return mesh if set(kept) == set(mesh.region_names) else mesh.keep([n for n in mesh.region_names if n in kept])


def build_segment(scenario: Scenario, mesh: SegmentMesh, space: QuadraticSpace | None = None) -> Segment:
    """Passive items, unknowns and supports of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Tissues, structures and MAL states.
    mesh : SegmentMesh
        Mesh holding exactly the regions to model (see :func:`kept_mesh`).
    space : QuadraticSpace, optional
        Its space, if already available, as from another scenario on the same mesh.
    """
    space = QuadraticSpace(mesh.points, mesh.cells) if space is None else space
    levels, joints = scenario.segment.bodies, scenario.segment.joints
    tied = tied_nodes(mesh, space) if scenario.mesh.linear_bone else None
    if scenario.solver.vertebrae == "rigid":
        fixed = np.unique(space.cell_nodes[mesh.region_cells(*bone_regions(mesh, levels[-1]))])
    else:
        held = np.vstack([mesh.surfaces[name] for name in supports(levels[-1]) if name in mesh.surfaces])
        fixed = np.unique(space.triangle_nodes(held))
    segment = Segment(mesh, space, 3 * space.n_nodes, levels, joints, fixed)
    for level in levels:
        _add_bone(segment, scenario, level, tied)
    for joint in joints:
        _add_disc(segment, scenario, joint)
    for bridge in bridges(scenario.ossification):
        _add_bridge(segment, bridge)
    if scenario.structures.posterior_elements:
        _add_cartilage_and_mal(segment, scenario)
    if scenario.structures.facet_contact:
        segment.contacts = facet_contacts(scenario, mesh, space)
    if scenario.structures.bone_contact:
        segment.bone_contacts = bone_contacts(scenario, mesh, space)
    for joint in joints:
        _add_ligaments(segment, scenario, joint)
    bed = scenario.materials.potting.stiffness_MPa_per_mm
    segment.fixture = fixture_on(segment.mesh, segment.levels[0], bed, segment.n_dofs)
    segment.others += segment.fixture.items
    segment.n_dofs = segment.fixture.n_dofs
    segment.dof_map = numbered(segment, tied)
    return segment


def _add_bone(segment: Segment, scenario: Scenario, level: str, tied: np.ndarray | None) -> None:
    mesh, space, materials = segment.mesh, segment.space, scenario.materials.of_body(level)
    for tissue in BONE:
        region = f"{level}.{tissue}"
        if region in mesh.region_names:
            segment.solids[region] = bone_solids(mesh, space, region, getattr(materials, tissue), tied)
    shells = {f"{level}.cortex": materials.cortical}
    shells |= dict.fromkeys(endplates(level), materials.endplate)
    for surface, shell in shells.items():
        segment.others.append(
            Membrane(
                surface, space, mesh.surfaces[surface], shell.modulus_MPa, shell.poisson_ratio, shell.thickness_mm, tied
            )
        )


def _add_disc(segment: Segment, scenario: Scenario, joint: str) -> None:
    materials = scenario.tissues_of(joint)
    mesh, region = segment.mesh, f"{joint}.annulus"
    cells = mesh.region_cells(region)
    radial, azimuth_deg, tangent, axial = (
        mesh.cell_data[f"annulus_{key}"][cells] for key in ("radial", "azimuth_deg", "tangent", "axial")
    )
    at_points = kept_at_points(materials.annulus, 1.0 - np.clip(radial, 0.0, 1.0))
    law = annulus_law(materials.annulus, radial, azimuth_deg, tangent, axial, at_points)
    _add_mixed(segment, region, law, materials.annulus, at_points)
    region = f"{joint}.nucleus"
    if region in mesh.region_names:
        at_points = kept_at_points(materials.nucleus)
        nucleus = nucleus_law(materials.nucleus, len(mesh.region_cells(region)), at_points)
        _add_mixed(segment, region, nucleus, materials.nucleus, at_points)
    cartilage = materials.cartilage_endplate
    for region in named(mesh.region_names, joint, CARTILAGE_ENDPLATE):
        cells = mesh.region_cells(region)
        elastic = MooneyRivlin.neo_hookean(cartilage.modulus_MPa, cartilage.poisson_ratio, len(cells))
        segment.solids[region] = [Solid.quadratic(region, segment.space, cells, elastic)]


def _add_mixed(segment: Segment, region: str, law: Law, tissue: Nucleus, at_points: AtPoints) -> None:
    """Nearly incompressible tissue: a pressure field carries the bulk modulus, except for its pointwise part."""
    cells = segment.mesh.region_cells(region)
    by_field = tissue.bulk_modulus_MPa - at_points.bulk_modulus_MPa
    solid = MixedSolid(region, segment.space, cells, law, by_field, segment.n_dofs, at_points.swelling)
    segment.n_dofs += len(solid.pressure_dofs)
    segment.solids[region] = [solid]


def _add_bridge(segment: Segment, bridge: Bridge) -> None:
    """The parts of a bridge on either body and over the disc, which the preconditioner distinguishes."""
    region = bridge_region(bridge.joint, bridge.ligament)
    cells = segment.mesh.region_cells(region)
    on_body = segment.mesh.cell_data[ON_BODY][cells]
    segment.solids[region] = []
    for name, place in ((f"{region}.upper", 1.0), (f"{region}.lower", -1.0), (region, 0.0)):
        own = cells[on_body == place]
        law = MooneyRivlin.neo_hookean(bridge.modulus_MPa, bridge.poisson_ratio, len(own))
        segment.solids[region].append(Solid.quadratic(name, segment.space, own, law))


def _add_cartilage_and_mal(segment: Segment, scenario: Scenario) -> None:
    """Soft tissue on and between posterior bones: cartilage, MAL, clefts, the joint of a transition."""
    mesh, space = segment.mesh, segment.space
    joint_of = {(level, face): joint for joint in ALL_JOINTS for level, face in _facing(joint)}
    clefts = dict(clefts_of(scenario.anatomy.posterior_cleft))
    for region in mesh.region_names:
        cells = mesh.region_cells(region)
        if region.part == "facet_cartilage":
            cartilage = scenario.tissues_of(joint_of[region.place, region.details[0]], region.side).facet_cartilage
            law = MooneyRivlin.neo_hookean(cartilage.modulus_MPa, cartilage.poisson_ratio, len(cells))
        elif region.part == "mal":
            law = mal_law(scenario.mal[region.place][region.side], scenario.materials.mal, arch_span(mesh, region))
        elif region.part == CLEFT:
            law = MooneyRivlin.neo_hookean(*clefts[region.place].elasticity, len(cells))
        elif region == joint_region(region.side):
            law = MooneyRivlin.neo_hookean(*scenario.anatomy.lumbosacral.elasticity(region.side), len(cells))
        else:
            continue
        segment.solids[region] = [Solid.quadratic(region, space, cells, law)]


def _facing(joint: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Level and face of the two layers of cartilage in a facet joint."""
    upper, lower = joint_levels(joint)
    return (upper, "inferior"), (lower, "superior")


def _add_ligaments(segment: Segment, scenario: Scenario, joint: str) -> None:
    tissues = {side: scenario.tissues_of(joint, side).ligaments for side in ("", *SIDES)}
    strands: list[PartName] = []
    area: list[float] = []
    bridged = {one.ligament for one in bridges(scenario.ossification) if one.joint == joint}
    for ligament in (name for name in scenario.structures.ligaments if name not in bridged):
        ends = named(segment.mesh.patches, joint, ligament)
        names = sorted(patch.without_end for patch in ends if patch.end == "upper")
        if not names:
            continue  # the joint has none of these
        share = tissues[""][ligament].area_mm2 / len(names)
        if ligament == "CL":
            names = [name for name in names if not _is_cut_off(segment, scenario, joint, name)]
        if ligament == ILIOLUMBAR:
            left = scenario.anatomy.lumbosacral.iliolumbar_fraction
            names = [name for name in names if left(name.side)]
            area += [share * left(name.side) for name in names]
        else:
            area += [share] * len(names)
        strands += names
    if not strands:
        return
    tissue = [tissues[name.side][name.part] for name in strands]
    bone = [ossified_part(scenario.ossification, joint, name.part, name.side) for name in strands]
    segment.strand_names[joint] = [_ligament_name(name) for name in strands]
    segment.ligaments[joint] = LigamentStrands(
        f"{joint}.ligaments",
        [segment.point(f"{name}.lower") for name in strands],
        [segment.point(f"{name}.upper") for name in strands],
        np.array(area),
        np.array([(1.0 + t.prestrain) / _rest_length_ratio(name) - 1.0 for t, name in zip(tissue, strands)]),
        BilinearLigament(
            [t.toe_modulus_MPa for t in tissue], [t.modulus_MPa for t in tissue], [t.transition_strain for t in tissue]
        ),
        np.array([b.fraction for b in bone]),
        np.array([b.modulus_MPa * b.thickness_ratio for b in bone]) * area,
    )


def _rest_length_ratio(strand: PartName) -> float:
    """Factor on the rest length given by the prestrain of the tissue: capsule bundles over recesses are lax."""
    ratios = attachment_values()["ligaments"].get(strand.part, {}).get("rest_length_ratio")
    return ratios[int(strand.details[-1]) - 1] if ratios else 1.0


def _is_cut_off(segment: Segment, scenario: Scenario, joint: str, strand: PartName) -> bool:
    """Whether either end of a bundle of the facet capsule attaches to the removed part of the joint."""
    cut = facet_cut(scenario, segment.mesh, joint, strand.side)
    return any(cut.takes(segment.point(f"{strand}.{end}").position) for end in ("lower", "upper"))


def _ligament_name(strand: PartName) -> str:
    """Name of the ligament of a strand, with its side where it has one: ``ALL``, ``CL_left``."""
    return f"{strand.part}_{strand.side}" if strand.side else strand.part


def numbered(segment: Segment, tied: np.ndarray | None) -> DofMap:
    """Numbering of the equations of a segment; nodes marked in ``tied`` (n_nodes,) bool follow their corners."""
    free = np.zeros(segment.n_dofs, dtype=bool)
    for item in segment.items:
        free[item.dofs] = True
    free[node_dofs(segment.fixed_nodes)] = False
    if tied is None:
        return DofMap(segment.n_dofs, free)
    followers = np.flatnonzero(tied)
    followers = followers[~np.isin(followers, segment.fixed_nodes)]
    ends = segment.space.edges[followers - segment.space.n_corners]
    return DofMap(
        segment.n_dofs,
        free,
        np.column_stack([node_dofs(followers), node_dofs(ends[:, 0]), node_dofs(ends[:, 1])]),
    )

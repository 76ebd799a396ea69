"""Parts of a segment in the terms of other finite element programs: cell blocks, shells, springs, contact faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.source import Source, upright
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.coupling import ReferencePointCoupling
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.load_kinds.line_load import LineLoad
from fem_lumbar.model.load_kinds.muscles import MuscleLoad
from fem_lumbar.model.segment import Segment

SPRING_STRAINS = np.concatenate(
    [np.linspace(-0.6, -0.1, 11), np.linspace(-0.098, 0.2, 150), np.linspace(0.21, 0.5, 30), [0.6, 0.8, 1.0]]
)
"""Elongation over length at which the force of a ligament strand is tabulated.

At most 200 points: CalculiX 2.20 stores no more, and silently uses wrong forces with longer tables.
"""


@dataclass(frozen=True)
class Block:
    """Cells of one region and type: nodes (n, 4) or (n, 10), positively oriented, and the item to which they belong."""

    name: str
    region: str
    nodes: np.ndarray
    item: Solid | MixedSolid


MOTION = (
    "a component of the motion of the fixture is prescribed, counted from the anatomy given, not from where it begins"
)
"""Texts on the treatment of prescribed motions."""
THINNER = 10.0
"""Factor by which a shell is thinner and stiffer than the membrane it represents."""


@dataclass(frozen=True)
class ShellBlock:
    """A membrane, triangles with nodes (n, 6), as a shell with negligible bending stiffness.

    It is thinner and stiffer by the same factor: in-plane forces are those of the membrane, and moments are a hundredth
    of those of a shell with the thickness of the membrane.
    """

    name: str
    nodes: np.ndarray
    item: Membrane

    @property
    def modulus_MPa(self) -> float:
        """Young's modulus of the shell."""
        return self.item.modulus * THINNER

    @property
    def thickness_mm(self) -> float:
        """Thickness of the shell."""
        return self.item.thickness / THINNER


@dataclass(frozen=True)
class Spring:
    """A strand between two attachments, with its tension (k,), N, at elongations (k,), mm."""

    name: str
    lower: WeightedPoint
    upper: WeightedPoint
    elongation: np.ndarray
    tension: np.ndarray

    @property
    def pretension(self) -> float:
        """Tension in the undeformed anatomy, N."""
        return float(np.interp(0.0, self.elongation, self.tension))


@dataclass(frozen=True)
class Pull:
    """A force of given magnitude at full load, N, along the line between two points, whose direction follows them."""

    name: str
    lower: WeightedPoint
    upper: WeightedPoint
    force: float


def blocks(segment: Segment) -> list[Block]:
    """Cells of all regions."""
    found = []
    for region, items in segment.solids.items():
        for item in items:
            n_corners = item.nodes.shape[1]
            found.append(Block(item.name, region, upright(item.nodes[:, :n_corners], segment.space.nodes), item))
    return found


def shells(segment: Segment) -> list[ShellBlock]:
    """Membranes."""
    return [ShellBlock(item.name, item.nodes, item) for item in segment.others if isinstance(item, Membrane)]


def used_nodes(segment: Segment) -> np.ndarray:
    """Nodes (n,) of the quadratic mesh that belong to cells or shells."""
    cells = [block.nodes for block in blocks(segment)] + [shell.nodes for shell in shells(segment)]
    return np.unique(np.concatenate([nodes.ravel() for nodes in cells]))


def followers(segment: Segment) -> dict[int, tuple[int, int]]:
    """Mid-edge nodes constrained to the mean of two corners, with these corners; without supported ones."""
    used = used_nodes(segment)
    found: dict[int, tuple[int, int]] = {}
    for item in segment.items:
        for rows, middle, a, b in getattr(item, "ties", ()):
            nodes = item.nodes[rows]  # type: ignore[union-attr]  # items with ties have cells
            for own, first, last in zip(nodes[:, middle], nodes[:, a], nodes[:, b]):
                found[int(own)] = int(first), int(last)
    kept = np.setdiff1d(np.intersect1d(list(found), used), segment.fixed_nodes)
    return {int(node): found[int(node)] for node in kept}


def potting(segment: Segment) -> ReferencePointCoupling:
    """The elastic bed between the uppermost endplate and its fixture."""
    return next(item for item in segment.others if isinstance(item, ReferencePointCoupling))


def on_fixture(segment: Segment, point: WeightedPoint) -> bool:
    """Whether a point moves with the fixture."""
    return bool(np.isin(segment.fixture.nodes, point.nodes).any())


def springs(segment: Segment) -> list[Spring]:
    """All ligament strands."""
    found = []
    for joint, item in segment.ligaments.items():
        length = np.linalg.norm(item.reference, axis=1)
        tension = np.array([item.law.response(length * (1 + strain))[1] for strain in SPRING_STRAINS])
        names = segment.strand_names[joint]
        for row, (lower, upper) in enumerate(item.ends):
            name = f"{joint}.{names[row]}.{names[:row].count(names[row]) + 1}"
            found.append(Spring(name, lower, upper, length[row] * SPRING_STRAINS, tension[:, row]))
    return found


def pulls(source: Source) -> list[Pull]:
    """Follower load and muscles at full load, with the forces they have at the undeformed positions."""
    rest = np.zeros(source.segment.n_dofs)
    found: list[Pull] = []
    for load in source.loads.line_loads:
        found += _of_load(load, rest)
    return found


def _of_load(load: LineLoad, rest: np.ndarray) -> Iterator[Pull]:
    names = [".".join(filter(None, part)) for part in zip(load.line_names, load.line_sides)]
    row = 0
    for item in load.items:
        for (lower, upper), force in zip(item.ends, item.tension(rest, 1.0)):
            yield Pull(f"{load.line_kind}.{names[row]}.{row + 1}", lower, upper, float(force))
            row += 1


def tell_left_out(source: Source, inventory: Inventory) -> None:
    """Record features of a model that are not exported to any program."""
    course = source.course
    reacting = bool(source.loads.of(MuscleLoad).items) and source.scenario.muscles.short_range_stiffness > 0.0
    end = "the file ends at full load, which comes on at once"
    for name, there, why in (
        ("unloading", course.unload, end),
        ("time course of the load", course.in_time, end),
        ("swelling of the discs", source.scenario.materials.swells, "discs are free of stress in the anatomy given"),
        ("short-range stiffness of muscles", reacting, "their forces do not react to length"),
    ):
        if there:
            inventory.missing(name, why)


def contact_faces(contact: SurfaceContact) -> tuple[np.ndarray, np.ndarray]:
    """Corner nodes (k, 3) of the slave triangles, and (m, 3) of the master triangles."""
    return contact.points_on.triangles, contact.target.triangles

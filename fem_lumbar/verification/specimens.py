"""One item of every kind on two unit cubes that overlap a little, and one law of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from skfem import MeshTet

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.materials.fascia import SharedFascia
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.isochoric_fibres import IsochoricFibres
from fem_lumbar.materials.law import Law
from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.ossified_strand import OssifiedStrand
from fem_lumbar.materials.relaxation import Relaxation
from fem_lumbar.materials.short_range_stiffness import ShortRangeStiffness
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.contact_surface import straight
from fem_lumbar.mechanics.coupling import PureMoment, ReferencePointCoupling
from fem_lumbar.mechanics.dead_weight import DeadWeight
from fem_lumbar.mechanics.item import Contact, Item
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.prescribed_motion import PrescribedRotation, PrescribedTranslation
from fem_lumbar.mechanics.pull import LinePull, ReactivePull
from fem_lumbar.mechanics.relaxing_solid import RelaxingSolid
from fem_lumbar.mechanics.shared_pull import SharedPull, joined
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.mechanics.strands import LigamentStrands
from fem_lumbar.verification.meshes import boundary

REFERENCE_POINT = np.array([0.3, 0.4, 1.0])


class ScalarLaw(Protocol):
    """A law of one variable."""

    def response(self, values: np.ndarray, /) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy, its first and its second derivative (n,) at values (n,) of the variable."""


@dataclass(frozen=True)
class Cubes:
    """Space, facing surfaces (k, 3), one item of every kind by name, and the length of the state.

    The last six entries of the state are the translation and the rotation vector of the reference point, before them
    stand the force and the moment of its prescribed motions.
    """

    space: QuadraticSpace
    lower_face: np.ndarray
    upper_face: np.ndarray
    items: dict[str, Item | Contact]
    n_dofs: int


def cubes(overlap: float = 0.02) -> Cubes:
    """Two cubes, one upon the other; the upper one is moved sideways so that the facing meshes do not match."""
    block = MeshTet().refined(1)
    both = block + block.translated((0.07, 0.04, -1.0 + overlap))
    space = QuadraticSpace(both.p.T.copy(), both.t.T.copy())
    # The first block spans 0..1, the second one -1 + overlap..overlap.
    upper_face = boundary(space, lambda p: np.abs(p[:, 2]) < 1e-9)
    lower_face = boundary(space, lambda p: np.abs(p[:, 2] - overlap) < 1e-9)
    cells = np.arange(both.t.shape[1])
    n = len(cells)
    rng = np.random.default_rng(3)
    first_pressure = 3 * space.n_nodes
    mixed = MixedSolid("mixed", space, cells, MooneyRivlin(0.1, 0.03, 0.0, n), 100.0, first_pressure, 0.02)
    first_multiplier = first_pressure + len(mixed.pressure_dofs)
    first_reference = first_multiplier + 2
    translation, turn = first_reference + np.arange(3), first_reference + 3 + np.arange(3)
    oblique = np.array([0.36, -0.48, 0.8])
    shifted = PrescribedTranslation("shifted", oblique, 0.1, translation, first_multiplier)
    origin = np.zeros(first_reference + 6)
    origin[-3:] = [0.1, 0.05, -0.2]
    turned = PrescribedRotation("turned", oblique, 0.2, turn, first_multiplier + 1).starting_at(origin)
    directions = rng.standard_normal((n, 2, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    fibre_law = FibreReinforced(0.1, 0.02, 2.0, 5.0, 0.07, directions, bulk_modulus=3.0)
    fibres = MixedSolid("fibres", space, cells, fibre_law, 10.0, first_pressure)
    swollen = MixedSolid("swollen", space, cells, fibre_law, 10.0, first_pressure, 0.1 * rng.random(n))
    offset = 0.02 * rng.standard_normal(both.p.T.shape)
    resting = space.moved(both.p.T - offset)
    swollen.rest_in(resting, np.vstack([offset, offset[space.edges].mean(axis=1)]).ravel())
    small = 0.01 * rng.standard_normal(first_reference + 6)
    relaxing = RelaxingSolid.loaded_at_once(swollen, fibre_law, Relaxation([0.2, 0.4], [1.0, 5.0]), 0.0 * small, small)
    surface = np.unique(space.triangle_nodes(upper_face))
    tied = np.zeros(space.n_nodes, dtype=bool)

    point = partial(_point, space)
    items: list[Item | Contact] = [
        Solid.quadratic("bone", space, cells, StVenantKirchhoff(1000.0, 0.3, n), tied),
        Solid.linear("linear bone", space, cells, StVenantKirchhoff(1000.0, 0.3, n)),
        Solid.quadratic("cartilage", space, cells, MooneyRivlin.neo_hookean(35.0, 0.4, n)),
        mixed,
        fibres,
        swollen,
        relaxing.after(0.5, -small).over(2.0),
        Membrane("cortex", space, lower_face, 12000.0, 0.3, 0.5),
        ReferencePointCoupling(
            "potting", surface, space.nodes[surface], rng.random(len(surface)), REFERENCE_POINT, first_reference
        ),
        PureMoment("moment", np.array([1.0, 2.0, 3.0]), first_reference),
        shifted,
        turned,
        *_strands(space),
        LinePull("pull", [point(0, 1)], [point(3, 4, 5)], np.array([7.0])),
        ReactivePull(
            "reactive pull",
            [point(0, 1)],
            [point(3, 4, 5)],
            np.array([7.0]),
            ShortRangeStiffness(23.4),
            0.001 * rng.standard_normal(first_reference + 6),
        ),
        _shared_pull(space),
        DeadWeight("weight", np.array([0.5, -0.2, -3.0]), np.array([1.0, 0.3, 0.2]), REFERENCE_POINT, first_reference),
        SurfaceContact(
            "contact",
            space,
            straight(space, upper_face),
            straight(space, lower_face),
            ContactPenalty(500.0, 0.004, 0.05),
            rim=0.05,
        ),
    ]
    return Cubes(space, lower_face, upper_face, {item.name: item for item in items}, first_reference + 6)


def _shared_pull(space: QuadraticSpace) -> SharedPull:
    """Three pulls from one point: two that share, both strips taut, and one past them."""
    point = partial(_point, space)
    ends = [*joined(point(0, 1), point(2, 6)), point(7)], [point(3, 4, 5)] * 3
    alone = LinePull("shared pull", *ends, np.array([4.0, 0.0, 3.0]))
    fascia = SharedFascia(np.array([7.0]), np.array([12.0]), np.array([9.0]))
    return SharedPull(alone, *ends, np.array([0]), np.array([1]), fascia)


def _strands(space: QuadraticSpace) -> list[LigamentStrands]:
    """Strands of ligament, without bone and partly ossified."""
    point = partial(_point, space)
    return [
        LigamentStrands(
            "ligament",
            [point(0, 1), point(2)],
            [point(3, 4, 5), point(6, 7)],
            np.array([1.0, 2.0]),
            np.array([0.1, 0.2]),
            BilinearLigament([5.0, 5.0], [10.0, 10.0], [0.1, 0.1]),
        ),
        LigamentStrands(
            "ossified ligament",
            [point(0, 1), point(2), point(1)],
            [point(3, 4, 5), point(6, 7), point(6)],
            np.array([1.0, 2.0, 1.5]),
            np.array([0.1, 0.2, -0.3]),
            BilinearLigament([5.0, 5.0, 7.0], [10.0, 10.0, 4.0], [0.1, 0.1, 0.2]),
            np.array([0.4, 1.0, 0.7]),
            np.array([30.0, 40.0, 20.0]),
        ),
    ]


def _point(space: QuadraticSpace, *nodes: int) -> WeightedPoint:
    """The mean of some nodes."""
    chosen = np.array(nodes)
    return WeightedPoint(chosen, np.full(len(nodes), 1 / len(nodes)), space.nodes[chosen].mean(axis=0))


def deformed(model: Cubes) -> np.ndarray:
    """A random admissible state (n_dofs,) with a finite rotation of the reference point."""
    x = 0.02 * np.random.default_rng(1).standard_normal(model.n_dofs)
    x[-3:] = [0.3, -0.2, 0.4]
    return x


def laws(n_cells: int) -> dict[str, Law]:
    """One law of every kind, for ``n_cells`` cells."""
    directions = np.random.default_rng(0).standard_normal((n_cells, 2, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    return {
        "St Venant-Kirchhoff": StVenantKirchhoff(1000.0, 0.3, n_cells),
        "Mooney-Rivlin": MooneyRivlin(0.18, 0.045, 50.0, n_cells, volume_stiffening=100.0),
        "neo-Hooke": MooneyRivlin.neo_hookean(35.0, 0.4, n_cells),
        "fibre-reinforced": FibreReinforced(
            0.13, 0.04, 3.0, 5.0, 0.07, directions, bulk_modulus=20.0, volume_stiffening=100.0
        ),
        "slack fibres": FibreReinforced(
            0.13, 0.04, 3.0, 5.0, 0.07, directions, slack=0.02, bulk_modulus=20.0, volume_stiffening=100.0
        ),
        "isochoric fibres": IsochoricFibres(
            0.13, 0.04, 3.0, 5.0, 0.07, directions, bulk_modulus=20.0, volume_stiffening=100.0
        ),
    }


def scalar_laws() -> dict[str, tuple[ScalarLaw, np.ndarray]]:
    """Every law of one variable, with values of it (n,) away from the ends of its rounded corners."""
    strain, penetration = np.linspace(-0.1, 0.6, 101), np.linspace(-0.01, 0.1, 101)
    return {
        "ligament": (BilinearLigament(np.full(101, 7.5), np.full(101, 32.9), np.full(101, 0.25)), strain),
        "ossified strand": (_ossified_strand(101), np.linspace(5.03, 13.07, 101)),
        "shared fascia": (SharedFascia(*np.full((3, 101), [[7.0], [12.0], [9.0]])), np.linspace(-1.03, 0.81, 101)),
        "short-range stiffness": (ShortRangeStiffness(23.4), np.linspace(-0.06, 0.05, 101)),
        "contact penalty": (ContactPenalty(500.0, 0.0041, 0.05), penetration),
    }


def _ossified_strand(n: int) -> OssifiedStrand:
    """Spans of 10 mm of which 60 % are bone: pressed together below 6 mm, slack up to 9.8 mm, drawn out beyond."""
    law = BilinearLigament(np.full(n, 7.5), np.full(n, 32.9), np.full(n, 0.25))
    return OssifiedStrand(law, *(np.full(n, value) for value in (4.0, 10.0, 0.05, 0.6, 900.0)))

"""Two unit cubes, one upon the other with a small overlap, and one item of every kind on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from skfem import MeshTet

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.ligament import BilinearLigament
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.contact import FacetContact
from fem_lumbar.mechanics.coupling import PureMoment, ReferencePointCoupling
from fem_lumbar.mechanics.item import Item
from fem_lumbar.mechanics.lines import WeightedPoint
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.pull import LinePull
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.mechanics.strands import LigamentStrands


@dataclass
class Cubes:
    """Space, facing surfaces, one item of every kind, and the layout of the state."""

    space: QuadraticSpace
    lower_face: np.ndarray
    upper_face: np.ndarray
    items: dict[str, Item]
    n_dofs: int
    reference_dof: int


def _outward(space: QuadraticSpace, triangles: np.ndarray, sign: float) -> np.ndarray:
    corners = space.nodes[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    turned = triangles.copy()
    turned[normal * sign < 0] = turned[normal * sign < 0][:, [0, 2, 1]]
    return turned


def build_cubes(overlap: float = 0.02) -> Cubes:
    """The two cubes; the upper one is moved sideways so that the facing meshes do not match."""
    block = MeshTet().refined(1)
    both = block + block.translated((0.07, 0.04, -1.0 + overlap))
    space = QuadraticSpace(both.p.T.copy(), both.t.T.copy())
    boundary = both.facets.T[both.boundary_facets()]
    z = both.p[2][boundary]
    # The first block spans 0..1, the second one -1 + overlap..overlap.
    upper_face = _outward(space, boundary[(np.abs(z) < 1e-9).all(axis=1)], -1.0)
    lower_face = _outward(space, boundary[(np.abs(z - overlap) < 1e-9).all(axis=1)], 1.0)
    cells = np.arange(both.t.shape[1])
    n = len(cells)
    rng = np.random.default_rng(3)
    first_pressure = 3 * space.n_nodes
    mixed = MixedSolid("mixed", space, cells, MooneyRivlin(0.1, 0.03, 0.0, n), 100.0, first_pressure)
    reference = first_pressure + len(mixed.pressure_dofs)
    directions = rng.standard_normal((n, 2, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    fibres = MixedSolid(
        "fibres", space, cells, FibreReinforced(0.1, 0.02, 2.0, 5.0, 0.07, directions), 10.0, first_pressure
    )
    surface = np.unique(space.triangle_nodes(upper_face))
    tied = np.zeros(space.n_nodes, dtype=bool)

    def point(*nodes: int) -> WeightedPoint:
        chosen = np.array(nodes)
        return WeightedPoint(chosen, np.full(len(nodes), 1 / len(nodes)), space.nodes[chosen].mean(axis=0))

    items = [
        Solid.quadratic("bone", space, cells, StVenantKirchhoff(1000.0, 0.3, n), tied),
        Solid.linear("linear bone", space, cells, StVenantKirchhoff(1000.0, 0.3, n)),
        Solid.quadratic("cartilage", space, cells, MooneyRivlin.neo_hookean(35.0, 0.4, n)),
        mixed,
        fibres,
        Membrane("cortex", space, lower_face, 12000.0, 0.3, 0.5),
        ReferencePointCoupling(
            "potting", surface, space.nodes[surface], rng.random(len(surface)), np.array([0.3, 0.4, 1.0]), reference
        ),
        PureMoment("moment", np.array([1.0, 2.0, 3.0]), reference),
        LigamentStrands(
            "ligament",
            [point(0, 1), point(2)],
            [point(3, 4, 5), point(6, 7)],
            np.array([1.0, 2.0]),
            np.array([0.1, 0.2]),
            BilinearLigament([5.0, 5.0], [10.0, 10.0], [0.1, 0.1]),
        ),
        LinePull("pull", [point(0, 1)], [point(3, 4, 5)], np.array([7.0])),
        FacetContact("contact", space, upper_face, lower_face, ContactPenalty(500.0, 0.004, 0.05), rim=0.05),
    ]
    return Cubes(space, lower_face, upper_face, {item.name: item for item in items}, reference + 6, reference)


@pytest.fixture(scope="session")
def cubes() -> Cubes:
    return build_cubes()


@pytest.fixture(scope="session")
def deformed(cubes: Cubes) -> np.ndarray:
    """A random admissible state with a finite rotation of the reference point."""
    x = 0.02 * np.random.default_rng(1).standard_normal(cubes.n_dofs)
    x[-3:] = [0.3, -0.2, 0.4]
    return x

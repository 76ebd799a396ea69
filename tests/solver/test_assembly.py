"""Assembled residual and tangent against a plain sum of what the items give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array, triu
from skfem import MeshTet

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.contact_surface import straight
from fem_lumbar.mechanics.coupling import PureMoment, ReferencePointCoupling
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap

LOAD = 0.6


class Model:
    """A soft block upon a stiff one with a tied rim, touching in part, with a fixture on top."""

    def __init__(self) -> None:
        block = MeshTet().refined(2)
        both = block + block.translated((0.3, 0.2, -0.99))
        space = self.space = QuadraticSpace(both.p.T.copy(), both.t.T.copy())
        upper = np.flatnonzero(both.p[2][both.t].min(axis=0) >= 0.0)
        soft = upper[np.isin(upper, np.arange(block.t.shape[1]))]
        stiff = np.setdiff1d(np.arange(both.t.shape[1]), soft)
        lower_nodes = np.unique(space.cell_nodes[stiff])
        tied = np.zeros(space.n_nodes, dtype=bool)
        tied[lower_nodes] = (space.nodes[lower_nodes, 0] > 0.9) & (space.nodes[lower_nodes, 2] < 0.0)
        tied[: space.n_corners] = False
        tied[np.unique(space.cell_nodes[soft])] = False
        boundary = both.facets.T[both.boundary_facets()]
        top, touching, target = (self._facing(boundary, z, sign) for z, sign in ((1.0, 1), (0.0, -1), (0.01, 1)))
        side = boundary[np.abs(space.nodes[boundary, 0] - 1.3).max(axis=1) < 1e-9]
        n, first_pressure = len(soft), 3 * space.n_nodes
        directions = np.random.default_rng(0).standard_normal((n, 2, 3))
        directions /= np.linalg.norm(directions, axis=2, keepdims=True)
        disc = MixedSolid(
            "disc", space, soft, FibreReinforced(0.1, 0.02, 2.0, 5.0, 0.07, directions), 20.0, first_pressure
        )
        reference = first_pressure + len(disc.pressure_dofs)
        fixture_nodes = np.unique(top)
        self.items = [
            disc,
            Solid.quadratic("cartilage", space, soft, MooneyRivlin.neo_hookean(35.0, 0.4, n)),
            Solid.quadratic("bone", space, stiff, StVenantKirchhoff(1000.0, 0.3, len(stiff)), tied),
            Solid.linear("inner bone", space, stiff[:50], StVenantKirchhoff(500.0, 0.2, 50)),
            Membrane("cortex", space, side, 2000.0, 0.3, 0.2, tied),
            ReferencePointCoupling(
                "potting",
                fixture_nodes,
                space.nodes[fixture_nodes],
                np.ones(len(fixture_nodes)),
                np.array([0.5, 0.5, 1.0]),
                reference,
            ),
            SurfaceContact(
                "contact",
                space,
                straight(space, touching),
                straight(space, target),
                ContactPenalty(500.0, 0.004, 0.05),
                rim=0.1,
            ),
        ]
        self.moment = PureMoment("moment", np.array([1.0, 2.0, 3.0]), reference)
        self.n_dofs = reference + 6
        free = np.ones(self.n_dofs, dtype=bool)
        bottom = np.flatnonzero(space.nodes[:, 2] < -0.9)
        for axis in (0, 2):
            free[3 * bottom + axis] = False
        followers = np.flatnonzero(tied)
        ends = space.edges[followers - space.n_corners]
        rows = [3 * nodes[:, None] + np.arange(3) for nodes in (followers, ends[:, 0], ends[:, 1])]
        self.dof_map = DofMap(self.n_dofs, free, np.column_stack([r.ravel() for r in rows]))

    def _facing(self, boundary: np.ndarray, z: float, sign: int) -> np.ndarray:
        """Boundary triangles at a height, normals up or down."""
        triangles = boundary[np.abs(self.space.nodes[boundary, 2] - z).max(axis=1) < 1e-9].copy()
        corners = self.space.nodes[triangles]
        up = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0
        turned = up != (sign > 0)
        triangles[turned] = triangles[turned][:, ::-1]
        return triangles

    def state(self, seed: int, slide: float = 0.0) -> np.ndarray:
        """A random state that keeps the ties; the upper block slid sideways."""
        x = self.dof_map.state(0.005 * np.random.default_rng(seed).standard_normal(self.dof_map.size), 0.0)
        nodes = np.unique(self.items[0].nodes)
        x[3 * nodes] += slide
        x[-3:] = [0.3, -0.2, 0.4]
        return x

    def expected_tangent(self, items, x: np.ndarray) -> csr_array:
        """Symmetric part of T^T K T with K summed from dense item tangents by SciPy."""
        summed = csr_array((self.n_dofs, self.n_dofs))
        for item in items:
            blocks = item.tangent(x, LOAD)
            m = item.dofs.shape[1]
            rows, columns = np.repeat(item.dofs, m, axis=1).ravel(), np.tile(item.dofs, (1, m)).ravel()
            summed = summed + coo_array((blocks.ravel(), (rows, columns)), summed.shape).tocsr()
        transform = self.dof_map.transform
        condensed = (transform.T @ summed @ transform).tocsr()
        return 0.5 * (condensed + condensed.T)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


def full_matrix(pattern: csr_array, values: np.ndarray) -> csr_array:
    upper = csr_array((values, pattern.indices, pattern.indptr), pattern.shape)
    return upper + triu(upper, k=1).T


def deviation(model: Model, assembler: Assembler, x: np.ndarray) -> float:
    """Largest error of the assembled tangent relative to its largest entry."""
    pairs = assembler.pair(x)
    values = assembler.tangent(x, LOAD, pairs)  # may grow the pattern
    found = full_matrix(assembler.pattern, values)
    expected = model.expected_tangent(assembler.items(pairs), x)
    return abs(found - expected).max() / abs(expected).max()


def test_tangent_is_the_sum_of_item_tangents(model):
    """Ties, supports, pressures, contact and a spatial moment included."""
    assembler = Assembler(model.items, model.dof_map).with_loads([model.moment])
    x = model.state(1)
    items = assembler.items(assembler.pair(x))
    assert len(assembler.pair(x).items[0].dofs) > 0
    assert model.dof_map.size < np.count_nonzero(np.bincount(np.concatenate([item.dofs.ravel() for item in items])))
    assert deviation(model, assembler, x) < 1e-13


def test_residual_is_the_sum_of_item_forces(model):
    assembler = Assembler(model.items, model.dof_map).with_loads([model.moment])
    x = model.state(1)
    pairs = assembler.pair(x)
    residual = assembler.residual(x, LOAD, pairs)
    summed = np.zeros(model.n_dofs)
    for item in assembler.items(pairs):
        energy, rows = item.forces(x, LOAD)
        own = np.zeros(model.n_dofs)
        np.add.at(own, item.dofs, rows)
        assert residual.item_forces[item.name] == pytest.approx(own, abs=1e-13 * np.abs(own).max())
        assert residual.energies[item.name] == energy
        summed += own
    expected = model.dof_map.transform.T @ summed
    assert residual.vector == pytest.approx(expected, abs=1e-13 * np.abs(expected).max())
    free = model.dof_map.number >= 0
    norms = [np.linalg.norm(forces[free]) for forces in residual.item_forces.values()]
    assert residual.item_forces.largest_norm(free) == pytest.approx(max(norms), rel=1e-12)


def test_pattern_grows_when_contact_slides_and_never_shrinks(model):
    assembler = Assembler(model.items, model.dof_map)
    x, slid = model.state(2), model.state(2, slide=0.45)
    assert deviation(model, assembler, x) < 1e-13
    first, version = assembler.pattern, assembler.pattern_version
    before = assembler.tangent(x, LOAD, assembler.pair(x))
    assert deviation(model, assembler, slid) < 1e-13
    assert assembler.pattern_version > version
    assert assembler.pattern.nnz > first.nnz
    grown = assembler.pattern
    assert deviation(model, assembler, x) < 1e-13  # back again: same values on the grown pattern
    assert assembler.pattern is grown
    change = full_matrix(grown, assembler.tangent(x, LOAD, assembler.pair(x))) - full_matrix(first, before)
    assert abs(change).max() <= 1e-13 * np.abs(before).max()
    assert grown.has_sorted_indices


def test_loads_of_one_case_leave_the_others_alone(model):
    passive = Assembler(model.items, model.dof_map)
    pattern = passive.pattern
    loaded = passive.with_loads([model.moment])
    x = model.state(3)
    assert deviation(model, loaded, x) < 1e-13
    assert passive.pattern is pattern
    assert deviation(model, passive, x) < 1e-13


def test_assembly_repeats_to_the_last_bit(model):
    assembler, x = Assembler(model.items, model.dof_map), model.state(4)
    pairs = assembler.pair(x)
    assert np.array_equal(assembler.tangent(x, LOAD, pairs), assembler.tangent(x, LOAD, pairs))
    again = Assembler(model.items, model.dof_map)
    own = again.pair(x)
    assert np.array_equal(again.tangent(x, LOAD, own), assembler.tangent(x, LOAD, pairs))
    assert np.array_equal(again.residual(x, LOAD, own).vector, assembler.residual(x, LOAD, pairs).vector)


def test_evaluations_do_not_remember_what_was_asked_before(model):
    """Residual and tangent of a state are the same to the last bit after others were evaluated, with any pairs."""
    assembler = Assembler(model.items, model.dof_map).with_loads([model.moment])
    states = [model.state(seed, slide) for seed, slide in ((5, 0.0), (6, 0.2), (7, 0.4))]
    for x in states:  # the pattern grows here, so that values are compared on one pattern
        assembler.tangent(x, LOAD, assembler.pair(x))

    def asked(order) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        found = {}
        for k in order:
            pairs = assembler.pair(states[k])
            found[k] = (
                assembler.residual(states[k], LOAD, pairs).vector,
                assembler.tangent(states[k], LOAD, pairs),
            )
            assembler.residual(states[k - 1], 0.1, pairs)  # frozen pairs of another state
            assembler.extend_pattern(states[k - 2])
        return found

    forwards, backwards = asked((0, 1, 2)), asked((2, 1, 0, 2))
    for k in range(len(states)):
        assert np.array_equal(forwards[k][0], backwards[k][0])
        assert np.array_equal(forwards[k][1], backwards[k][1])


def test_contact_cannot_be_forgotten(model):
    assembler = Assembler(model.items, model.dof_map)
    with pytest.raises(ValueError, match=r"contact pairs are needed of \['contact'\]"):
        assembler.residual(model.state(8), LOAD)

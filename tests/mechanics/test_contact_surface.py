"""Contact surfaces: rounded ones have no edges; all go along with rigid motions, with exact derivatives and balance."""

import numpy as np
import pytest

from fem_lumbar.materials.contact_penalty import ContactPenalty
from fem_lumbar.mechanics.contact import SurfaceContact
from fem_lumbar.mechanics.contact_surface import linear, rounded, straight
from fem_lumbar.mechanics.facet_partner import neighbours_across
from fem_lumbar.mechanics.item import total
from fem_lumbar.mechanics.rotation import rotation_matrix
from fem_lumbar.mechanics.space import TRI_EDGES, QuadraticSpace
from fem_lumbar.verification.meshes import extruded, rectangle

CURVATURE = 0.2


@pytest.fixture(scope="module")
def bent():
    """A hollow block and a bulging one above it, 0.01 mm into it, and their faces."""
    points, cells = plate((0.0, 2.0, 4.0, 6.0), (0.0, 2.0, 4.0))
    tops = [corners for corners in _faces(cells) if np.all(points[corners, 2] > 1 - 1e-9)]
    bottoms = [corners for corners in _faces(cells) if np.all(points[corners, 2] < 1e-9)]
    lower, upper = points.copy(), points * [0.9, 0.8, 1.0] + [0.31, 0.47, 0.99]
    for block in (lower, upper):
        block[:, 2] += 0.5 * CURVATURE * (block[:, 0] - 3.0) ** 2
    space = QuadraticSpace(np.vstack([lower, upper]), np.vstack([cells, cells + len(points)]))
    return space, np.array(bottoms) + len(points), np.array(tops)


def plate(x, y):
    """A plate of one layer, 1 mm thick."""
    points, cells = extruded(rectangle(np.array(x), np.array(y)), np.array([0.0, 1.0]))
    volume = np.linalg.det(points[cells[:, 1:]] - points[cells[:, :1]])
    cells[volume < 0] = cells[volume < 0][:, [0, 2, 1, 3]]
    return points, cells


def _faces(cells):
    """Faces of tetrahedra with outward normals that belong to one of them only."""
    faces = np.vstack([cells[:, list(face)] for face in ((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2))])
    _, place, count = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    return faces[count[place.ravel()] == 1]


def test_a_parabola_is_met_exactly(bent):
    space, _, tops = bent
    places = rounded(space, tops, tops).places(space.nodes)
    np.testing.assert_allclose(places[..., 2], 1.0 + 0.5 * CURVATURE * (places[..., 0] - 3.0) ** 2, atol=1e-12)
    cut_short = straight(space, tops).places(space.nodes)[..., 2] - places[..., 2]
    assert cut_short.max() == pytest.approx(CURVATURE * 2.0**2 / 8, rel=1e-9)


def test_a_flat_face_stays_as_it_is():
    points, cells = plate((0.0, 0.5, 1.0), (0.0, 0.5, 1.0))
    space = QuadraticSpace(points, cells)
    tops = np.array([corners for corners in _faces(cells) if np.all(points[corners, 2] > 1 - 1e-9)])
    np.testing.assert_allclose(
        rounded(space, tops, tops).places(space.nodes), straight(space, tops).places(space.nodes), atol=1e-14
    )


def test_it_goes_along_with_a_rigid_motion(bent):
    space, _, tops = bent
    surface, spin = rounded(space, tops, tops), rotation_matrix(np.array([0.3, -0.8, 0.5]))
    moved = surface.places(space.nodes @ spin.T + [1.0, 2.0, 3.0])
    np.testing.assert_allclose(moved, surface.places(space.nodes) @ spin.T + [1.0, 2.0, 3.0], atol=1e-12)


def test_neighbours_meet_in_their_edge_however_the_block_deforms(bent):
    space, _, tops = bent
    deformed = space.nodes + 0.1 * np.random.default_rng(4).standard_normal(space.nodes.shape)
    places, across = rounded(space, tops, tops).places(deformed), neighbours_across(tops)
    met = 0
    for one, others in enumerate(across):
        for edge, other in enumerate(others):
            if other >= 0:
                back = list(across[other]).index(one)
                np.testing.assert_allclose(places[one, 3 + edge], places[other, 3 + back], atol=1e-12)
                met += 1
    assert met > 10


def test_linear_triangles_are_moved_by_their_corners(bent):
    space, _, tops = bent
    positions = space.nodes + np.random.default_rng(1).standard_normal(space.nodes.shape)
    places = linear(tops).places(positions)
    np.testing.assert_allclose(places[:, :3], positions[tops])
    for middle, (a, b) in enumerate(TRI_EDGES, start=3):
        np.testing.assert_allclose(places[:, middle], 0.5 * (positions[tops[:, a]] + positions[tops[:, b]]))


@pytest.fixture(scope="module", params=["rounded", "linear"])
def touching(bent, request):
    """Contact pairs of the two, and a state in which they are deformed and pressed together."""
    space, bottoms, tops = bent
    surfaces = [rounded(space, face, face) if request.param == "rounded" else linear(face) for face in (bottoms, tops)]
    contact = SurfaceContact("contact", space, *surfaces, ContactPenalty(500.0, 0.004, 0.05), rim=0.05)
    x = 0.01 * np.random.default_rng(2).standard_normal(3 * space.n_nodes)
    pairs = contact.pair(x)
    assert len(pairs.dofs) > 20
    return pairs, x


def test_forces_balance(bent, touching):
    space, (pairs, x) = bent[0], touching
    forces = total(pairs.dofs, pairs.forces(x, 0.0)[1], len(x)).reshape(-1, 3)
    size = np.abs(forces).sum()
    assert size > 1.0
    assert np.abs(forces.sum(axis=0)).max() <= 1e-12 * size
    moment = np.cross(space.nodes + x.reshape(-1, 3), forces).sum(axis=0)
    assert np.abs(moment).max() <= 1e-11 * size


def test_forces_are_the_slope_of_the_energy_and_the_tangent_that_of_the_forces(touching):
    pairs, x = touching
    direction, step = np.random.default_rng(3).standard_normal(len(x)), 1e-7

    def at(size):
        energy, rows = pairs.forces(x + size * direction, 0.0)
        return energy, total(pairs.dofs, rows, len(x))

    (energy_after, after), (energy_before, before) = at(step), at(-step)
    _, here = at(0.0)
    assert (energy_after - energy_before) / (2 * step) == pytest.approx(here @ direction, rel=1e-6)
    change = np.einsum("nab,nb->na", pairs.tangent(x, 0.0), direction[pairs.dofs])
    change = total(pairs.dofs, change, len(x))
    np.testing.assert_allclose(change, (after - before) / (2 * step), atol=1e-5 * np.abs(change).max())


def test_energy_is_lost_over_the_rim_by_sliding_alone():
    """Two flat plates, one some way over the rim of the other: lifted, it loses nothing; slid off, all it had."""
    lower, cells = plate((0.0, 1.0, 2.0), (0.0, 1.0, 2.0))
    upper = lower + [0.4, 0.0, 0.99]
    space = QuadraticSpace(np.vstack([lower, upper]), np.vstack([cells, cells + len(lower)]))
    tops = np.array([c for c in _faces(cells) if np.all(lower[c, 2] > 1 - 1e-9)])
    bottoms = np.array([c for c in _faces(cells) if np.all(lower[c, 2] < 1e-9)]) + len(lower)
    penalty = ContactPenalty(500.0, 0.004, 0.05)
    contact = SurfaceContact("contact", space, straight(space, bottoms), straight(space, tops), penalty, rim=0.5)
    moving = np.unique(space.cell_nodes[len(cells) :])

    def moved(*by):
        x = np.zeros((space.n_nodes, 3))
        x[moving] = by
        return x.ravel()

    def energy(x):
        return contact.pair(x).forces(x, 0.0)[0]

    start = moved(0.0, 0.0, 0.0)
    assert 0.0 < contact.faded_energy(start, moved(0.05, 0.0, 0.0)) < energy(start)
    assert contact.faded_energy(start, moved(0.0, 0.0, 0.5)) == pytest.approx(0.0, abs=1e-9 * energy(start))
    assert contact.faded_energy(start, moved(5.0, 0.0, 0.0)) > 0.0

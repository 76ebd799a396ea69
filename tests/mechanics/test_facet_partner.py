"""The gap of a point does not jump where it passes from one facet to the next."""

import numpy as np
import pytest

from fem_lumbar.foundation.closest_point import nearest_on_surface
from fem_lumbar.mechanics.facet_partner import neighbours_across, settled_partners, shared_with
from fem_lumbar.mechanics.quadratic_facet import feet

# Two triangles that share the edge from 0 to 1 along y.
TRIANGLES = np.array([[0, 1, 2], [1, 0, 3]])


def folded(height: float, sag: float = 0.0) -> np.ndarray:
    """Six nodes (2, 6, 3): a level triangle, and one that rises by ``height``, its free mid-edges off by ``sag``."""
    corners = np.array([[0.0, -1, 0], [0, 1, 0], [-1.5, 0, 0], [1.5, 0, height]])
    out = []
    for (a, b, c), off in zip(TRIANGLES, (0.0, sag), strict=True):
        own = corners[[a, b, c]]
        mid = np.array([own[0] + own[1], own[1] + own[2], own[0] + own[2]]) / 2
        mid[1:, 2] += off
        out.append(np.vstack([own, mid]))
    return np.array(out)


def gaps(facets: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = facets[:, :3]
    nearest, _ = nearest_on_surface(points, flat)
    partner, start = settled_partners(
        points, facets, neighbours_across(TRIANGLES), nearest, np.full((len(points), 2), 1 / 3)
    )
    return feet(points, facets[partner], start).gap, partner


def test_neighbours_across_edges():
    assert neighbours_across(TRIANGLES).tolist() == [[1, -1, -1], [0, -1, -1]]


@pytest.mark.parametrize("height", [0.2, -0.2])
@pytest.mark.parametrize("sag", [0.0, 0.05, -0.05])
@pytest.mark.parametrize("above", [0.05, -0.05])
def test_gap_does_not_jump_over_an_edge(height, sag, above):
    """A ridge and a valley, flat and curved, from outside and from within: steps are no longer than the slide."""
    across = np.linspace(-0.2, 0.2, 2001)
    points = np.column_stack([across, np.full_like(across, 0.1), height / 1.5 * np.maximum(across, 0) + above])
    gap, partner = gaps(folded(height, sag), points)
    assert set(partner) == {0, 1}
    assert np.abs(np.diff(gap)).max() < 1e-4  # half of the slide between two points, mm


def test_a_point_with_its_foot_inside_a_facet_stays_with_it():
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(0.4, 0.8, 50), rng.uniform(-0.2, 0.2, 50), rng.uniform(-0.05, 0.05, 50)])
    facets = folded(0.0)
    gap, partner = gaps(facets, points)
    right = int(facets[1, :3, 0].max() > 1)
    assert (partner == right).all()
    assert np.abs(gap) == pytest.approx(np.abs(points[:, 2]), abs=1e-12)


def shares(height: float, depth: float, across: np.ndarray, width: float = 0.003) -> tuple[np.ndarray, np.ndarray]:
    """Part (n,) of the force of points below a fold that each side carries."""
    facets, beyond = folded(height), neighbours_across(TRIANGLES)
    points = np.column_stack([across, np.full_like(across, 0.1), height / 1.5 * np.maximum(across, 0) - depth])
    nearest, _ = nearest_on_surface(points, facets[:, :3])
    partner, start = settled_partners(points, facets, beyond, nearest, np.full((len(points), 2), 1 / 3))
    which, other, part = shared_with(points, facets, beyond, partner, feet(points, facets[partner], start), width)
    carried = np.zeros((len(points), 2))
    carried[np.arange(len(points)), partner] = 1.0
    carried[which, partner[which]] -= part
    carried[which, other] += part
    return carried, which


@pytest.mark.parametrize("height", [0.2, -0.2])
def test_over_an_edge_the_force_goes_over_from_side_to_side(height):
    across = np.linspace(-0.1, 0.1, 4001)
    carried, which = shares(height, 0.01, across)
    assert carried.sum(axis=1) == pytest.approx(1.0)
    assert len(which) > 50
    assert np.abs(np.diff(carried[:, 0])).max() < 2.0 * (across[1] - across[0]) * 0.2 / 0.003
    assert {tuple(row) for row in carried[[0, -1]].tolist()} == {(1.0, 0.0), (0.0, 1.0)}


def test_far_from_edges_nothing_is_shared():
    _, which = shares(0.0, 0.01, np.linspace(0.4, 0.6, 41))
    assert len(which) == 0


def test_triangles_of_one_facet_are_looked_at_together_without_a_change():
    """Facets of 0.5 to 4 mm at random, points near and far: the same triangle and the same foot to the last bit."""
    rng = np.random.default_rng(5)
    corners = rng.uniform(-10.0, 10.0, (80, 1, 3)) + rng.uniform(-2.0, 2.0, (80, 3, 3))
    facets = np.concatenate([corners, 0.5 * (corners + np.roll(corners, -1, axis=1))], axis=1)
    flat = facets[:, [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]]].reshape(-1, 3, 3)
    points = rng.uniform(-15.0, 15.0, (500, 3))
    one_by_one, together = nearest_on_surface(points, flat), nearest_on_surface(points, flat, 4)
    for alone, grouped in zip(one_by_one, together, strict=True):
        assert np.array_equal(alone, grouped)
    by_hand = np.linalg.norm(points - one_by_one[1], axis=1)
    assert (by_hand <= np.linalg.norm(points[:, None] - facets.reshape(-1, 3), axis=2).min(axis=1)).all()

"""Elements of the nerve: derivatives, patch test, objectivity, no locking."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from fem_lumbar.nerve.ogden import Ogden
from fem_lumbar.nerve.plane import PlaneNerve, disc

LAW, BULK = Ogden(0.0129, 6.5), 20.0


@pytest.fixture(scope="module")
def nerve():
    return PlaneNerve(disc(0.4, 12), LAW, BULK)


def matrix(nerve, parts):
    return coo_matrix((parts.values, (parts.rows, parts.columns)), (nerve.unknowns,) * 2).tocsr()


def moved(nerve, gradient, pressure=0.0):
    x = np.full(nerve.unknowns, pressure)
    x[: 2 * nerve.count] = (nerve.nodes @ (np.asarray(gradient) - np.eye(2)).T).ravel()
    return x


def test_mesh_is_round_and_its_own_mirror_image(nerve):
    assert nerve.area == pytest.approx(np.pi * 0.16, rel=5e-4)
    for mirror in ([1, -1], [-1, 1]):
        apart = np.linalg.norm(nerve.nodes[:, None] * mirror - nerve.nodes, axis=2).min(axis=1)
        assert apart.max() < 1e-12


def test_forces_and_stiffness_are_derivatives(nerve):
    rng = np.random.default_rng(0)
    x, way, step = 0.01 * rng.normal(size=nerve.unknowns), rng.normal(size=nerve.unknowns), 1e-6
    here, ahead, behind = (nerve.assemble(x + sign * step * way) for sign in (0, 1, -1))
    assert here.forces @ way == pytest.approx((ahead.energy - behind.energy) / (2 * step), rel=1e-6)
    change = (ahead.forces - behind.forces) / (2 * step)
    stiffness = matrix(nerve, here)
    np.testing.assert_allclose(stiffness @ way, change, atol=1e-6 * np.abs(change).max())
    assert abs(stiffness - stiffness.T).max() < 1e-15


def test_motion_as_a_rigid_body_takes_no_force(nerve):
    angle = 0.7
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    x = moved(nerve, turn)
    x[: 2 * nerve.count] += np.tile([3.0, -1.0], nerve.count)
    assert np.abs(nerve.assemble(x).forces).max() < 1e-14


def test_patch(nerve):
    """The outline moved as in a homogeneous, volume-preserving deformation: so does the inside, with one pressure."""
    stretch = 0.8
    wanted = moved(nerve, [[1 / stretch, 0.0], [0.0, stretch]])
    outline = np.unique(nerve.edge_nodes)
    held = np.concatenate([2 * outline, 2 * outline + 1])
    free = np.setdiff1d(np.arange(nerve.unknowns), held)
    x = np.zeros(nerve.unknowns)
    for part in np.linspace(0.25, 1.0, 4):
        x[held] = part * wanted[held]
        for _ in range(12):
            parts = nerve.assemble(x)
            x[free] -= spsolve(matrix(nerve, parts)[np.ix_(free, free)].tocsc(), parts.forces[free])
    assert np.abs(x - wanted)[: 2 * nerve.count].max() < 1e-9
    assert np.abs(x[2 * nerve.count :]).max() < 1e-6 * LAW.shear_modulus
    f = np.diag([1 / stretch, stretch])
    _, stress, _ = LAW.response(f @ f)
    np.testing.assert_allclose(nerve.mean_stress(x) / nerve.area, f @ stress @ f, atol=1e-8)

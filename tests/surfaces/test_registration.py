"""Registration finds a known deformation, in any frame, without folding."""

import numpy as np
import pytest

from fem_lumbar.surfaces import Surface, register
from fem_lumbar.surfaces.distortion import distortion
from fem_lumbar.surfaces.field import FieldFit, spread_out
from fem_lumbar.surfaces.rigid import rigid_alignment
from tests.surfaces.shapes import motion, outward, sphere, vertebra, warp


@pytest.fixture(scope="module")
def template() -> Surface:
    return vertebra(3.0)


@pytest.fixture(scope="module")
def target() -> Surface:
    bone = vertebra(2.0)  # other triangles than the template has
    return outward(warp(bone.points), bone.triangles)


@pytest.fixture(scope="module")
def registration(template, target):
    return register(template, target)


def test_a_known_deformation_is_found(registration, template, target):
    assert registration.to_target.mean < 0.5 and registration.from_target.mean < 0.5
    error = np.linalg.norm(registration.points - warp(template.points), axis=1)
    rigid = np.linalg.norm(template.moved(registration.rigid).points - warp(template.points), axis=1)
    assert error.mean() < 1.5 < 2.0 < rigid.mean()
    assert registration.not_reached.mean() < 0.01


def test_nothing_folds(registration, template):
    strain = registration.distortion
    assert not strain.folds and strain.turned > 0.7
    assert 0.3 < strain.least < 1.0 < strain.most < 3.0


def test_vertices_go_where_any_points_go(registration, template):
    np.testing.assert_allclose(registration.carried(template.points), registration.points, atol=1e-9)


def test_the_frame_of_the_target_decides_nothing(registration, template, target):
    place = motion(4)
    elsewhere = register(template, target.moved(place))
    expected = registration.points @ place[:3, :3].T + place[:3, 3]
    np.testing.assert_allclose(elsewhere.points, expected, atol=1e-5)
    np.testing.assert_array_equal(elsewhere.not_reached, registration.not_reached)


def test_an_ellipsoid_becomes_a_bumpy_one():
    ball = sphere(1.0, fineness=3)
    smooth = Surface(ball.points * [50.0, 35.0, 22.0], ball.triangles)
    fine = sphere(1.0, fineness=4)
    bumps = 1.0 + 0.08 * np.sin(4.0 * fine.points[:, :1]) * np.cos(3.0 * fine.points[:, 1:2] + 1.0)
    found = register(smooth, Surface(fine.points * bumps * [50.0, 35.0, 22.0], fine.triangles))
    assert max(found.to_target.mean, found.from_target.mean) < 0.5
    assert not found.distortion.folds and not found.not_reached.any()


def test_a_missing_process_is_reported_not_crushed(template):
    bone = vertebra(2.0)
    # The spinous process shrinks to a stump.
    behind = np.minimum(bone.points[:, 0] + 46.0, 0.0)
    points = bone.points.copy()
    points[:, 0] -= 0.9 * behind
    found = register(template, Surface(points, bone.triangles), rigid=np.eye(4))
    assert not found.distortion.folds
    assert found.to_target.max > 3.0
    assert found.not_reached.any() and template.points[found.not_reached, 0].mean() < -40.0


@pytest.mark.parametrize("seed", range(2))
def test_rigid_alignment_finds_any_motion(template, seed):
    place = motion(seed)
    found = rigid_alignment(template, vertebra(2.0).moved(place))
    np.testing.assert_allclose(found[:3, :3], place[:3, :3], atol=5e-3)
    np.testing.assert_allclose(found[:3, 3], place[:3, 3], atol=0.3)


def test_field_reproduces_affine_displacements_and_their_gradient():
    random = np.random.default_rng(0)
    points = random.uniform(-30.0, 30.0, (400, 3))
    slope, shift = random.normal(0.0, 0.1, (3, 3)), np.array([1.0, 2.0, 3.0])
    field = FieldFit(points, points[spread_out(points, 60)]).fit(points @ slope.T + shift, np.ones(400), 10.0)
    np.testing.assert_allclose(field.displacement(2.0 * points), 2.0 * points @ slope.T + shift, atol=1e-5)
    np.testing.assert_allclose(field.gradient(points), np.broadcast_to(np.eye(3) + slope, (400, 3, 3)), atol=1e-6)


def test_gradient_is_the_derivative_of_the_displacement():
    random = np.random.default_rng(1)
    points = random.uniform(-30.0, 30.0, (300, 3))
    field = FieldFit(points, points[spread_out(points, 80)]).fit(random.normal(0.0, 3.0, (300, 3)), np.ones(300), 0.01)
    step = 1e-4
    for axis in np.eye(3):
        change = (field.displacement(points + step * axis) - field.displacement(points - step * axis)) / (2.0 * step)
        np.testing.assert_allclose(field.gradient(points) @ axis, axis + change, atol=1e-6)


def test_folding_is_noticed():
    ball = sphere(30.0)
    pulled = -1.5 * ball.points * (ball.points[:, :1] > 15.0)  # one cap through the middle to the other side
    field = FieldFit(ball.points, ball.points[spread_out(ball.points, 200)]).fit(pulled, np.ones(len(pulled)), 1e-4)
    strain = distortion(ball, field)
    assert strain.folds and strain.strained.any()

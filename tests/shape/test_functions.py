"""The functions of the template: exact gradients, mirror symmetry, corners where the rounded rim is."""

import numpy as np
import pytest

from fem_lumbar.anatomy import Anatomy, default_anatomy_values
from fem_lumbar.anatomy.spine import ARCH_LEVELS, JOINTS, LEVELS, joint_levels
from fem_lumbar.foundation.conventions import mirrored
from fem_lumbar.shape.scene import Scene
from fem_lumbar.shape.vertebra import bone_shape

STEP = 1e-5
BODY_FUNCTIONS = ("bone", "body", "wall", "superior", "inferior")


@pytest.fixture(scope="module")
def scene():
    return Scene(Anatomy.model_validate(default_anatomy_values()))


def around(centre, reach, count=400):
    return centre + np.random.default_rng(1).uniform(-reach, reach, (count, 3))


def differences(function, points):
    steps = STEP * np.eye(3)
    return np.stack([(function(points + e).value - function(points - e).value) / (2 * STEP) for e in steps], axis=1)


def assert_exact(function, points):
    """Gradients equal finite differences, but for the few points that straddle the end of a clip."""
    error = np.abs(function(points).gradient - differences(function, points)).max(axis=1)
    assert np.percentile(error, 99) < 1e-6
    assert error.max() < 1e-2


@pytest.mark.parametrize("name", BODY_FUNCTIONS)
@pytest.mark.parametrize("level", LEVELS)
def test_gradient_of_a_bone(level, name):
    points = np.random.default_rng(0).uniform([-70.0, -50.0, -30.0], [25.0, 50.0, 30.0], (400, 3))
    assert_exact(lambda x: getattr(bone_shape(level)(x), name), points)


@pytest.mark.parametrize("level", LEVELS)
def test_a_bone_is_its_own_mirror_image(level):
    points = np.random.default_rng(0).uniform([-70.0, -50.0, -30.0], [25.0, 50.0, 30.0], (400, 3))
    one, other = bone_shape(level)(points), bone_shape(level)(mirrored(points))
    np.testing.assert_allclose(one.bone.value, other.bone.value, atol=1e-12)
    np.testing.assert_allclose(one.bone.gradient, mirrored(other.bone.gradient), atol=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_corners_lie_on_the_surface(level):
    shape = bone_shape(level)
    values = shape(np.array(list(shape.corners.values())))
    np.testing.assert_allclose(values.bone.value, 0.0, atol=1e-8)
    for row, name in enumerate(shape.corners):
        plate = getattr(values, name.partition("_")[0])
        assert abs(plate.value[row] - values.wall.value[row]) < 1e-8


@pytest.mark.parametrize("level", LEVELS)
def test_rims_lie_on_the_body(level):
    azimuth = np.linspace(0.0, np.pi, 19)
    for face in ("superior", "inferior"):
        rim = bone_shape(level).rim(face, azimuth)
        np.testing.assert_allclose(bone_shape(level)(rim).body.value, 0.0, atol=1e-8)
        np.testing.assert_allclose(np.arctan2(rim[:, 1], rim[:, 0]), azimuth, atol=1e-8)


@pytest.mark.parametrize("joint", JOINTS)
def test_gradients_of_a_joint(scene, joint):
    centre = scene.facets[joint].frame.centre
    assert_exact(lambda x: scene.gap(joint, x), around(centre, 9.0))
    assert_exact(scene.facets[joint].outside, around(centre, 9.0))
    assert_exact(lambda x: scene.bone(joint_levels(joint)[0], x), around(centre, 9.0))
    middle = scene.discs[joint].middle[:3, 3]
    assert_exact(scene.discs[joint].wall, around(middle, 20.0))
    assert_exact(scene.discs[joint].nucleus, around(middle, 20.0))


@pytest.mark.parametrize("level", ARCH_LEVELS)
def test_gradients_of_an_arch(scene, level):
    arch = scene.arches[level]
    for function in (arch.strap, arch.beyond_ends, arch.groove, lambda x: scene.bone(level, x)):
        assert_exact(function, around(arch.centre, 7.0))


@pytest.mark.parametrize("level", ARCH_LEVELS)
def test_an_arch_springs_from_bone_and_spans_a_free_groove(scene, level):
    arch = scene.arches[level]
    middle = arch.start + np.linspace(0.0, 1.0, 11)[:, None] * arch.length * arch.along
    depth = np.linspace(-6.0, 3.0, 91)
    free = []
    for point in middle:
        line = point + depth[:, None] * arch.outward
        bone = depth[scene.bone(level, line).value < 0.0]
        free.append(-bone.max())
    assert free[0] < 0.0 and free[-1] < 0.0  # bone over both feet of the chord
    assert 2.0 < max(free) < 4.5


@pytest.mark.parametrize("joint", JOINTS)
def test_bones_clear_one_another_at_the_gap(scene, joint):
    """Beyond the faces the level of the joint is half the difference of the bones: on it both are equally far."""
    upper, lower = joint_levels(joint)
    points = around(scene.facets[joint].frame.centre, 25.0, 4000)
    far = scene.facets[joint].outside(points).value > 2.1
    level = scene.gap(joint, points[far]).value
    both = 0.5 * (scene.bones[lower](points[far]).bone.value - scene.bones[upper](points[far]).bone.value)
    np.testing.assert_allclose(level, both, atol=1e-12)


@pytest.mark.parametrize("joint", JOINTS)
def test_the_gap_is_uniform_normal_to_the_faces(scene, joint):
    """A step along the gradient from one face by the gap ends on the other one."""
    facet = scene.facets[joint]
    points = around(facet.frame.centre, 5.0)
    for _ in range(20):
        height = facet.height(points)
        square = np.sum(height.gradient**2, axis=1)
        points = points - ((height.value + facet.half_gap) / square)[:, None] * height.gradient
    slope = facet.height(points).gradient
    slope /= np.linalg.norm(slope, axis=1, keepdims=True)
    across = facet.height(points + 2.0 * facet.half_gap * slope).value
    np.testing.assert_allclose(across, facet.half_gap, atol=0.01)

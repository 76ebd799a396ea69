"""The fit of a shape: exact derivatives, and a known shape found again from its own surface."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from fem_lumbar.shape.contour import bone_contour
from fem_lumbar.shape.fit import distances, fitted
from fem_lumbar.shape.fit_kernel import add_slopes
from fem_lumbar.shape.vertebra import bone_shape

SHAPE = bone_shape("L4")


def turned(turns, index, axis, angle):
    turns = turns.copy()
    turns[index] = turns[index] @ Rotation.from_rotvec(angle * np.eye(3)[axis]).as_matrix()
    return turns


def test_derivatives_with_respect_to_the_numbers():
    random = np.random.default_rng(0)
    points = random.uniform([-60.0, -40.0, -30.0], [20.0, 40.0, 25.0], (300, 3))
    weights = random.normal(size=300)
    ellipsoids, wall, plates = np.zeros((len(SHAPE.centres), 9)), np.zeros_like(SHAPE.wall), np.zeros((2, 9))
    tables = (SHAPE.plates["superior"], SHAPE.plates["inferior"], SHAPE.rounding, SHAPE.blend)
    add_slopes(points, weights, SHAPE.centres, SHAPE.turns, SHAPE.axes, SHAPE.wall, *tables, ellipsoids, wall, plates)

    def slope(change, step=1e-6):
        ahead, behind = (weights @ change(sign * step)(points).bone.value for sign in (1.0, -1.0))
        return (ahead - behind) / (2.0 * step)

    def bumped(field, place, step):
        array = getattr(SHAPE, field).copy()
        array[place] += step
        return replace(SHAPE, **{field: array})

    for part in (0, 7, 20, 33, 47):
        for axis in range(3):
            place = (part, axis)
            expected = [
                slope(lambda h, at=place: bumped("centres", at, h)),
                slope(lambda h, at=place: bumped("axes", at, h * SHAPE.axes[at])),
                slope(lambda h, at=place: replace(SHAPE, turns=turned(SHAPE.turns, *at, h))),
            ]
            np.testing.assert_allclose(ellipsoids[part, axis::3], expected, rtol=1e-5, atol=1e-6)
    for place in ((0, 0), (1, 5), (3, 2), (7, 4)):
        expected = slope(lambda h, at=place: bumped("wall", at, h))
        np.testing.assert_allclose(wall[place], expected, rtol=1e-5, atol=1e-6)
    for row, face in enumerate(SHAPE.plates):
        for term in range(9):
            step = np.eye(9)[term]
            expected = slope(
                lambda h, f=face, s=step: replace(SHAPE, plates={**SHAPE.plates, f: SHAPE.plates[f] + h * s})
            )
            np.testing.assert_allclose(plates[row, term], expected, rtol=1e-5, atol=1e-6)


def test_a_moved_shape_is_fitted_back():
    random = np.random.default_rng(3)
    start = replace(SHAPE, centres=SHAPE.centres + random.normal(0.0, 0.6, SHAPE.centres.shape))
    surface = bone_contour(SHAPE, 2.0)
    losses = []
    shape = fitted(surface, start, 60, lambda step, loss: losses.append(loss))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    before, after = (distances(bone_contour(one, 2.0), surface).mean() for one in (start, shape))
    assert after < 0.7 * before

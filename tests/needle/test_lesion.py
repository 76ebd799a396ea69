"""Sizes of lesions, and what part of a straight nerve they cover, against closed forms."""

import numpy as np
import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.needle.coverage import Nerve, Placed, covered, worst_excess
from fem_lumbar.needle.lesion import Lesion, lesion, lesions_shown_only
from fem_lumbar.needle.parameters import needle_quantities

R, A, B, H = 0.4, 6.0, 3.0, 1.2
"""Radius of the nerve, half length and half width of the lesion, distance of their axes, mm."""
X = np.array([1.0, 0.0, 0.0])
Z = np.array([0.0, 0.0, 1.0])


def straight(step=0.02):
    points = np.column_stack([np.arange(-15.0, 15.0, step), np.zeros((round(30.0 / step), 2))])
    return Nerve.along(points, np.tile(X, (len(points), 1)), R, np.zeros(len(points) - 1, dtype=int))


def covered_mm(body, middle, along, **kwargs):
    nerve = straight()
    placed = Placed(body, np.array([middle], float), np.array([along], float))
    lengths, longest = covered(nerve, worst_excess(nerve, [placed]), **kwargs)
    return lengths.sum(), longest[0]


def body(half_length, half_width, shape="spheroid"):
    return Lesion("test", half_length, half_width, 10.0, 0.6, shape)


@pytest.mark.parametrize("shift", [0.0, 1.234])
@pytest.mark.parametrize(
    ("half_length", "half_width", "shape", "along", "expected"),
    [
        (B, B, "spheroid", Z, 2 * np.sqrt(B**2 - (H + R) ** 2)),  # sphere
        (A, B, "spheroid", X, 2 * A * np.sqrt(1 - ((H + R) / B) ** 2)),  # spheroid along the nerve
        (B, A, "spheroid", X, 2 * B * np.sqrt(1 - ((H + R) / A) ** 2)),  # flat spheroid
        (A, B, "cylinder", X, 2 * A),  # cylinder along the nerve
        (A, B, "cylinder", Z, 2 * np.sqrt(B**2 - R**2)),  # cylinder square to the nerve
    ],
)
def test_length_of_a_straight_nerve_in_a_lesion(half_length, half_width, shape, along, expected, shift):
    """The nerve runs along x, the middle of the lesion is at z = H."""
    total, longest = covered_mm(body(half_length, half_width, shape), [shift, 0.0, H], along)
    assert total == pytest.approx(expected, abs=2e-4)
    assert longest == pytest.approx(expected, abs=2e-4)


def test_a_nerve_that_is_partly_outside_is_not_covered():
    assert covered_mm(body(B, B), [0.0, 0.0, B - 0.99 * R], Z)[0] == 0.0
    assert covered_mm(body(A, B, "cylinder"), [0.0, 0.0, B - 0.99 * R], X)[0] == 0.0
    assert covered_mm(body(A, B, "cylinder"), [0.0, 0.0, B - 1.01 * R], X)[0] == pytest.approx(2 * A, abs=2e-4)


def test_two_lesions_count_together_and_a_gap_breaks_the_run():
    nerve = straight()
    middles = [np.array([[x, 0.0, 0.0]]) for x in (-4.0, 4.0)]
    small = body(A, B, "cylinder")
    both = [Placed(small, middle, Z[None]) for middle in middles]
    one = 2 * np.sqrt(B**2 - R**2)
    lengths, longest = covered(nerve, worst_excess(nerve, both))
    assert lengths.sum() == pytest.approx(2 * one, abs=4e-4)
    assert longest[0] == pytest.approx(one, abs=2e-4)


def test_heat_that_is_stopped_leaves_the_nerve_there_and_breaks_the_run():
    nerve = straight()
    middle = 0.5 * (nerve.rims.mean(axis=1)[1:] + nerve.rims.mean(axis=1)[:-1])[:, 0]
    total, longest = covered_mm(body(A, B, "cylinder"), [0.0, 0.0, 0.0], X, open_to_heat=np.abs(middle - 1.0) > 1.0)
    assert total == pytest.approx(2 * A - 2.0, abs=1e-3)  # stopped from 0 to 2
    assert longest == pytest.approx(A, abs=1e-3)


def test_sizes_are_those_of_the_sources():
    gauges = tuple(needle_quantities()["cannulas"])
    widths = [2 * lesion(gauge).half_width_mm for gauge in gauges]
    np.testing.assert_allclose(widths, [5.7, 6.5, 7.7, 9.2])
    assert 2 * lesion("18G").half_length_mm == pytest.approx(13.0)
    assert 2 * lesion("18G", tip_mm=5.0).half_length_mm == pytest.approx(8.0)
    small = [lesion(gauge, "small") for gauge in gauges]
    np.testing.assert_allclose([one.half_width_mm - one.needle_radius_mm for one in small], [1.1, 1.3, 1.7, 2.2])
    assert all(lesion(gauge).half_width_mm > one.half_width_mm for gauge, one in zip(gauges, small))


def test_growth_with_temperature_and_time_is_that_of_the_source():
    def width(**setting):
        return lesion("18G", **setting).half_width_mm

    assert width(temperature_degC=90.0) / width(temperature_degC=60.0) == pytest.approx(2.30)
    assert width(time_s=120.0) / width(time_s=60.0) == pytest.approx(1.155)
    assert width(time_s=180.0) / width(time_s=60.0) == pytest.approx(1.275)
    assert width(time_s=90.0) < width() < width(temperature_degC=85.0)


def test_recalled_lesions_are_never_judged():
    assert [one.judged for one in lesions_shown_only()] == [False, False]
    assert lesion("18G").judged


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"gauge": "19G"}, "'19G' is none of 22G, 20G, 18G, 16G; did you mean"),
        ({"gauge": "18G", "temperature_degC": 42.0}, "temperature 42 °C: must be between 60 and 90"),
        ({"gauge": "18G", "time_s": 600.0}, "must be between 60 and 180 s"),
        ({"gauge": "18G", "tip_mm": 0.0}, "must be between 2 and 20 mm"),
    ],
)
def test_what_the_sources_do_not_cover_is_refused(asked, told):
    with pytest.raises(InputError, match=told):
        lesion(**asked)

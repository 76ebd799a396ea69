"""Error bars from sequences of values: known orders and limits, scatter, and sequences that do not converge."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.comparison.discretisation import SAFETY, SAFETY_ASSUMED, Behaviour, estimate_errors

SIZES = (4.2, 2.8, 2.1, 1.6)


def power_law(sizes, order, limit=5.0, slope=-0.3):
    return [limit + slope * size**order for size in sizes]


@pytest.mark.parametrize("order", [0.6, 1.0, 2.0, 2.9])
@pytest.mark.parametrize("sizes", [SIZES, SIZES[1:], (3.0, 1.0, 0.9)])
def test_power_law_gives_back_order_and_limit(order, sizes):
    values = power_law(sizes, order)
    found = estimate_errors(sizes, values)
    assert found.behaviour is Behaviour.CONVERGING
    assert found.order == pytest.approx(order, abs=1e-4)
    assert found.limit == pytest.approx(5.0, abs=1e-3)
    assert found.errors == pytest.approx([SAFETY * abs(value - 5.0) for value in values], rel=1e-2)


def test_sequence_of_the_meshes_does_not_matter():
    values = power_law(SIZES, 1.7)
    forward, backward = estimate_errors(SIZES, values), estimate_errors(SIZES[::-1], values[::-1])
    assert backward.order == pytest.approx(forward.order)
    assert backward.errors[::-1] == pytest.approx(forward.errors)


def test_constant_ratio_is_the_textbook_formula():
    sizes, values = (4.0, 2.0, 1.0), (1.6, 1.2, 1.1)
    found = estimate_errors(sizes, values)
    assert found.order == pytest.approx(2.0, abs=1e-6)
    assert found.limit == pytest.approx(1.1 - 0.1 / 3.0)
    assert found.errors[-1] == pytest.approx(1.25 * 0.1 / 3.0)


@pytest.mark.parametrize(("order", "assumed"), [(0.2, 1.0), (-1.0, 1.0), (0.0, 1.0), (4.5, 2.0)])
def test_order_out_of_range_is_not_reported_and_the_bar_is_large(order, assumed):
    sizes = SIZES[1:]
    values = [np.log(size) for size in sizes] if order == 0.0 else power_law(sizes, order)
    found = estimate_errors(sizes, values)
    assert found.behaviour is Behaviour.OUT_OF_RANGE
    assert found.order is None and found.limit is None
    step = abs(values[-1] - values[-2])
    assert found.errors[-1] > SAFETY_ASSUMED * 0.5 * step / ((sizes[-2] / sizes[-1]) ** assumed - 1.0)


@pytest.mark.parametrize("values", [(1.0, 1.4, 1.1), (1.0, 0.7, 0.9), (0.0, 0.0, 0.3)])
def test_values_that_go_up_and_down_give_their_spread_and_no_order(values):
    found = estimate_errors(SIZES[1:], values)
    assert found.behaviour is Behaviour.NOT_MONOTONE
    assert found.order is None and found.limit is None
    assert found.errors == pytest.approx([np.ptp(values)] * 3)


def test_two_values_near_each_other_by_chance_make_no_small_bar():
    found = estimate_errors(SIZES, (10.0, 8.0, 7.0, 7.05))
    assert found.behaviour is Behaviour.NOT_MONOTONE
    assert found.errors == pytest.approx([3.0, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("seed", range(20))
def test_bars_hold_the_limit_of_values_that_scatter(seed):
    scatter = np.random.default_rng(seed).normal(scale=0.02, size=len(SIZES))
    values = power_law(SIZES, 2.0, slope=0.05) + scatter
    found = estimate_errors(SIZES, values.tolist())
    assert all(bar >= 0.0 for bar in found.errors)
    assert abs(values[0] - 5.0) <= found.errors[0]
    assert abs(values[-1] - 5.0) <= found.errors[-1] + 3 * 0.02


def test_two_meshes_rest_on_an_assumed_order():
    found = estimate_errors((2.0, 1.0), (1.3, 1.0))
    assert found.behaviour is Behaviour.TWO_MESHES
    assert found.order is None and found.limit is None
    assert found.errors == pytest.approx((3.0 * 0.4, 3.0 * 0.1))


def test_single_mesh_tells_nothing():
    assert estimate_errors((2.0,), (1.3,)).errors == (None,)


def test_changes_below_the_resolution_are_none():
    found = estimate_errors(SIZES, (1e-10, 3e-10, -2e-10, 4e-10), resolution=1e-8)
    assert found.behaviour is Behaviour.CONSTANT
    assert found.errors == (1e-8,) * 4
    assert estimate_errors(SIZES, (0.0,) * 4).errors == (0.0,) * 4


def test_bar_is_never_below_the_distance_to_the_finest_mesh():
    for values in ((3.0, 2.0, 1.0, 0.0), (1.0, 1.1, 1.5, 3.0), power_law(SIZES, 2.5)):
        found = estimate_errors(SIZES, values)
        assert all(bar >= abs(value - values[-1]) for bar, value in zip(found.errors, values, strict=True))


def test_mesh_of_another_family_has_a_bar_but_no_say():
    values = [9.0, *power_law(SIZES[1:], 2.0)]
    found = estimate_errors(SIZES, values, family=(False, True, True, True))
    assert found.order == pytest.approx(2.0, abs=1e-4)
    assert found.limit == pytest.approx(5.0, abs=1e-4)
    assert found.errors[0] >= 4.0
    alone = estimate_errors((2.0, 1.0), (1.3, 1.0), family=(False, True))
    assert alone.behaviour is Behaviour.TWO_MESHES


def test_equal_cell_sizes_are_refused():
    with pytest.raises(ValueError, match="different"):
        estimate_errors((2.0, 2.0), (1.0, 1.1))


@pytest.mark.parametrize("seed", range(20))
def test_no_mesh_has_a_smaller_bar_than_a_finer_one_or_than_its_distance_from_finer_values(seed):
    """A coarse value near the finest one by chance must not look better than the values between."""
    drawn = np.random.default_rng(seed)
    sizes = np.array([4.0, 3.0, 2.2, 1.6])
    values = 20.0 + drawn.normal(size=4) if seed % 2 else 20.0 + 0.3 * sizes**2 + 0.05 * drawn.normal(size=4)
    family = [False, True, True, True] if seed % 3 else None
    bars = np.array(estimate_errors(sizes, values, 1e-6, family).errors)
    assert (np.diff(bars) <= 0.0).all()
    for i in range(4):
        assert bars[i] >= np.abs(values[i:] - values[i]).max() - 1e-12

"""Distribution of the change of volume, its limits, and the checks made of them."""

from __future__ import annotations

from importlib import resources
from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.foundation.parameters import quantities, read_data
from fem_lumbar.foundation.quantiles import weighted_quantile
from fem_lumbar.measures.check import Check
from fem_lumbar.measures.checks import volume_checks
from fem_lumbar.measures.volume import volume_limits, volume_ratios


def sources():
    return quantities(read_data(resources.files("fem_lumbar.measures").joinpath("data/volume_limits.yaml"))["sources"])


def test_limits_follow_from_their_sources():
    given = {name: quantity.value for name, quantity in sources().items()}
    limits = volume_limits()
    for tissue, water in (
        ("nucleus", "nucleus"),
        ("facet_cartilage", "cartilage"),
        ("mal", "ligament"),
    ):
        assert limits[tissue]["smallest"] == pytest.approx(1 - given[f"water_fraction_{water}"])
    worst = given["height_lost_in_a_day_worst_region"] / given["height_lost_in_a_day"]
    for tissue in ("annulus", "nucleus"):
        assert limits[tissue]["mean"] == pytest.approx(1 - given["volume_lost_in_a_day"])
    lost = given["volume_lost_in_a_day_worst_level"] * worst
    assert limits["nucleus"]["quantile_01"] == pytest.approx(1 - lost, abs=5e-4)
    annulus, most, any_point = limits["annulus"], given["element_error_of_most"], given["element_error_of_any"]
    assert (annulus["quantile_01"], annulus["quantile_99"]) == pytest.approx((1 - most, 1 + most))
    assert (annulus["smallest"], annulus["largest"]) == pytest.approx((1 - any_point, 1 + any_point))
    assert most < lost and any_point < given["water_fraction_annulus"]  # closer than what is physically possible
    for tissue in ("cancellous", "posterior"):
        assert limits[tissue]["quantile_01"] == pytest.approx(1 - 3 * given["bone_yield_strain"], abs=5e-4)


def test_quantile_counts_volume_and_not_points():
    values, weights = np.array([1.0, 0.5, 0.9]), np.array([98.0, 0.5, 1.5])
    assert weighted_quantile(values, weights, 0.004) == 0.5
    assert weighted_quantile(values, weights, 0.01) == 0.9
    assert weighted_quantile(values, weights, 0.5) == 1.0


class Stretched:
    """Cells of given volume ratios and volumes, one point each."""

    def __init__(self, ratios, volumes, first):
        self.nodes = np.arange(first, first + 4 * len(ratios)).reshape(-1, 4)
        self.weights = np.array(volumes, dtype=float)[:, None]
        self._f = np.array([np.diag([1.0, 1.0, ratio]) for ratio in ratios])[:, None]

    def volume_ratio(self, x):
        return np.linalg.det(self._f)


def segment_of(**regions):
    """Regions ``annulus`` (of L4-L5) and others as ratios and volumes; cell k has all its nodes at x = k."""
    solids, first, places = {}, 0, []
    for name, (ratios, volumes) in regions.items():
        solids[name.replace("__", ".").replace("_to_", "-")] = [Stretched(ratios, volumes, first)]
        first += 4 * len(ratios)
        places += [[k, 0.0, 0.0] for k in range(len(ratios)) for _ in range(4)]
    return SimpleNamespace(solids=solids, space=SimpleNamespace(nodes=np.array(places, dtype=float)))


def test_distribution_of_known_cells():
    segment = segment_of(L4_to_L5__annulus=([1.0, 0.5, 1.1], [90.0, 2.0, 8.0]), L4__posterior=([0.99], [5.0]))
    found = volume_ratios(segment, np.zeros(1))
    annulus = found["annulus"]["L4-L5"]
    assert annulus.pop("smallest_at_mm") == [1.0, 0.0, 0.0]
    assert annulus.pop("largest_at_mm") == [2.0, 0.0, 0.0]
    assert annulus == pytest.approx(
        {
            "smallest": 0.5,
            "largest": 1.1,
            "quantile_01": 0.5,
            "median": 1.0,
            "quantile_99": 1.1,
            "mean": 0.90 + 0.01 + 0.088,
        }
    )
    assert found["posterior"]["L4"]["mean"] == pytest.approx(0.99)


def test_nonsense_fails_with_tissue_joint_and_place():
    segment = segment_of(L3_to_L4__annulus=([1.0, 0.9], [99.5, 0.5]), L4_to_L5__annulus=([1.0, 0.2], [99.5, 0.5]))
    checks = volume_checks(volume_ratios(segment, np.zeros(1)))
    assert checks["smallest_volume_ratio"]["passed"]
    smallest = checks["volume_ratio.annulus.smallest"]
    assert not smallest["passed"]
    assert Check.read("flexion", "volume_ratio.annulus.smallest", smallest).told() == (
        "volume_ratio.annulus.smallest = 0.2 is out of tolerance "
        "(at least 0.5; L4-L5 annulus at x 1.0, y 0.0, z 0.0 mm)"
    )
    assert checks["volume_ratio.annulus.quantile_01"]["passed"]
    assert checks["volume_ratio.annulus.mean"]["passed"]
    assert checks["volume_ratio.annulus.quantile_99"]["direction"] == "upper"
    swollen = volume_checks(volume_ratios(segment_of(L4_to_L5__annulus=([1.0, 1.2], [98.0, 2.0])), np.zeros(1)))
    assert [name for name, one in swollen.items() if not one["passed"]] == ["volume_ratio.annulus.quantile_99"]
    assert "volume_ratio.nucleus.mean" not in checks  # a tissue that is not there


def test_a_disc_squeezed_out_as_a_whole_fails_where_no_cell_stands_out():
    checks = volume_checks(volume_ratios(segment_of(L4_to_L5__nucleus=([0.8, 0.82], [1.0, 1.0])), np.zeros(1)))
    assert checks["volume_ratio.nucleus.smallest"]["passed"]
    assert not checks["volume_ratio.nucleus.mean"]["passed"]
    assert checks["volume_ratio.nucleus.mean"]["where"] == "L4-L5 nucleus"


def test_a_cell_turned_inside_out_fails_in_any_tissue():
    checks = volume_checks(volume_ratios(segment_of(L4__mystery=([-0.1, 1.0], [1.0, 1.0])), np.zeros(1)))
    assert not checks["smallest_volume_ratio"]["passed"]
    assert "L4 mystery" in checks["smallest_volume_ratio"]["where"]

"""What keeps the volume of a disc tissue at points: its sum with the pressure field is the law that was asked for."""

from __future__ import annotations

import pytest

from fem_lumbar.foundation.numerics import POINTWISE_BULK_MPA, POINTWISE_STIFFENING
from fem_lumbar.materials.records import Nucleus
from fem_lumbar.model.tissues import kept_at_points


@pytest.mark.parametrize(
    ("bulk_MPa", "at_points_MPa", "stiffening"),
    [
        (1666.7, POINTWISE_BULK_MPA, POINTWISE_STIFFENING),
        (110.0, POINTWISE_BULK_MPA, POINTWISE_STIFFENING),  # the field carries ten times as much
        (65.0, POINTWISE_BULK_MPA, 0.5 * POINTWISE_STIFFENING),
        (20.0, POINTWISE_BULK_MPA, 0.0),
        (0.5, 0.25, 0.0),  # compressible: half of the law at points, and no other law
    ],
)
def test_part_at_points_and_its_stiffening(bulk_MPa, at_points_MPa, stiffening):
    kept = kept_at_points(Nucleus(c10_MPa=0.01, c01_MPa=0.0, bulk_modulus_MPa=bulk_MPa, swelling_strain=0.0))
    assert (kept.bulk_modulus_MPa, kept.stiffening) == pytest.approx((at_points_MPa, stiffening))
    physical = -3.0 / bulk_MPa  # tissue under 3 MPa
    if bulk_MPa >= 110.0:
        assert kept.bulk_modulus_MPa * kept.stiffening * abs(physical) ** 3 < 0.01 * 3.0

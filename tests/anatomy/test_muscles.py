"""The fascicles of the source: all there, and consistent in themselves."""

from __future__ import annotations

import numpy as np

from fem_lumbar.anatomy.muscles import SACRUM, UPPER_BODY, fascicles, source_origins_mm
from fem_lumbar.conventions import LEVELS


def test_all_thirty_are_there():
    found = fascicles()
    assert len(found) == 30
    assert sum(one.muscle == "longissimus" for one in found.values()) == 5
    places = {SACRUM, *UPPER_BODY, *LEVELS}
    assert all(set(one.ends) <= places for one in found.values())
    assert {one.name for one in found.values() if one.bypasses} == {
        *(f"longissimus.{level}" for level in UPPER_BODY),
        *(f"multifidus.{name}" for name in ("m1t.2", "m1t.3", "m2t.1", "m2t.2", "m2t.3")),
    }


def test_end_points_give_lengths_and_directions():
    """With the bodies where they are said to have stood, every line of action is that from end point to end point."""
    origins = source_origins_mm()
    for one in fascicles().values():
        lower, upper = (origins[end] + point for end, point in one.ends.items())
        assert np.linalg.norm(upper - lower - one.length_mm * one.direction) < 0.3, one.name
        assert lower[1] < 0.0 and upper[1] < 0.0  # right side

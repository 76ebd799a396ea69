"""Landmarks measured on real vertebrae, to compare a mesh with; none of them enters a mesh."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fem_lumbar.foundation.parameters import QuantityTree, read_quantities

_DATA = Path(__file__).parent / "data" / "reference_landmarks.yaml"


@cache
def reference_landmarks() -> QuantityTree:
    """Landmarks of real vertebrae with unit, source and confidence.

    ``levels`` holds points in the body frame of each level, ``joints`` centres and orientations of the facets in the
    body frame of the lower vertebra. Points of one side are x, lateral distance, z.
    """
    return read_quantities(_DATA)

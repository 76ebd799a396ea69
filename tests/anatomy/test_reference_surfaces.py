"""The reference surfaces are whole, closed and small, and carry their source and licence."""

import numpy as np
import pytest

from fem_lumbar.anatomy import reference_surfaces as module
from fem_lumbar.anatomy.reference_surfaces import reference_landmarks, reference_source, reference_surfaces
from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import Quantity
from fem_lumbar.foundation.triangles import area_vectors, edge_counts


@pytest.mark.parametrize("level", LEVELS)
def test_each_surface_is_closed_and_as_large_as_a_vertebra(level):
    points, triangles = reference_surfaces()[level]
    assert triangles.max() == len(points) - 1
    _, count = edge_counts(triangles)
    assert np.all(count == 2)
    corners = points[triangles]
    volume = np.einsum("ki,ki->", corners[:, 0], area_vectors(corners)) / 3.0
    assert 55_000 < volume < 70_000
    assert 80 < np.ptp(points[:, 0]) < 100 and 85 < np.ptp(points[:, 1]) < 100


def test_levels_follow_each_other_downwards():
    heights = [reference_surfaces()[level][0][:, 2].mean() for level in LEVELS]
    assert heights[0] - 25 > heights[1] > heights[2] + 25


def test_source_and_licence_are_with_the_data():
    source, licence = reference_source()
    assert "Clouthier et al. 2023" in source
    assert licence.startswith("MIT License") and "Allison Clouthier" in licence
    assert module._SURFACES.stat().st_size < 1_000_000


def test_landmarks_have_units_and_sources():
    tree = reference_landmarks()
    assert set(tree["levels"]) == set(LEVELS) and set(tree["joints"]) == set(JOINTS)
    assert all(set(sides) == set(SIDES) for joint in tree["joints"].values() for sides in joint.values())

    def leaves(node):
        if isinstance(node, Quantity):
            yield node
        else:
            for item in node.values():
                yield from leaves(item)

    found = list(leaves(tree))
    assert len(found) == 54
    assert all(item.unit in ("mm", "deg") and item.source and item.confidence == "measured" for item in found)

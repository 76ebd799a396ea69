"""Landmarks of real vertebrae carry unit, source and confidence."""

from fem_lumbar.anatomy.reference_landmarks import reference_landmarks
from fem_lumbar.anatomy.spine import JOINTS, LEVELS
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.parameters import Quantity


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

"""Every check of the verification suite, at a size that tests can afford."""

from __future__ import annotations

from functools import cache, partial

import pytest

from fem_lumbar.verification.cylinder import displacement_form
from fem_lumbar.verification.derivatives import missing_items, missing_laws
from fem_lumbar.verification.record import Outcome
from fem_lumbar.verification.suite import TOPICS

SMALLER = {
    "convergence": {"refinements": (2, 3)},
    "nafems": {"sizes": (12,)},
    "cylinder": {"finest": (5, 4)},
}
"""Arguments that leave out what only the page needs.

The cylinder is held to its 1.5 % between m10k and a structured mesh of 8 275 nodes instead of 38 000: the force comes
down slowly and one way with the number of nodes (595 N at 4 303, 582 at 8 275, 576 on m10k, 572 at 38 000), so two
meshes of about the size of m10k differ by as much.
"""


@cache
def outcome(topic) -> Outcome:
    return partial(topic, **SMALLER.get(topic.__name__, {}))()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda one: one.__name__)
def test_topic(topic):
    found = outcome(topic)
    assert found.records
    failed = [
        f"{record.name}: {record.quantity} = {record.computed:.8g} {record.unit}, expected {record.expected:.8g} "
        f"within {record.tolerance:.2g}"
        for record in found.records
        if not record.passed
    ]
    assert not failed, "\n".join(failed)


def test_every_item_and_law_has_a_specimen():
    """A new class in mechanics or materials needs a specimen, so that its derivatives are checked."""
    assert missing_items() == []
    assert missing_laws() == []


def test_a_new_item_is_noticed(monkeypatch):
    class Novelty:
        __module__ = "fem_lumbar.mechanics.pull"

        def forces(self, x, load): ...

        def tangent(self, x, load): ...

    monkeypatch.setattr("fem_lumbar.mechanics.pull.Novelty", Novelty, raising=False)
    assert missing_items() == ["Novelty"]


def test_cylinder_with_the_other_linear_solver():
    assert all(record.passed for record in displacement_form("tiny", "scipy"))

"""Every check of the verification suite, at a size that tests can afford."""

from __future__ import annotations

from functools import cache, partial

import pytest

from fem_lumbar.verification.cylinder import displacement_form, mixed_form
from fem_lumbar.verification.derivatives import missing_items, missing_laws
from fem_lumbar.verification.record import Outcome
from fem_lumbar.verification.suite import TOPICS

SMALLER = {
    "convergence": {"refinements": (2, 3)},
}
"""Arguments that leave out what only the page needs."""
ELSEWHERE = {"cylinder"}  # too long in full


@cache
def outcome(topic) -> Outcome:
    return partial(topic, **SMALLER.get(topic.__name__, {}))()


@pytest.mark.parametrize(
    "topic", [one for one in TOPICS if one.__name__ not in ELSEWHERE], ids=lambda one: one.__name__
)
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


@pytest.mark.parametrize("solver", ["auto", "scipy"])
def test_cylinder_displacement_form(solver):
    assert all(record.passed for record in displacement_form("tiny", solver))


def test_cylinder_mixed_form():
    records, _, _ = mixed_form("tiny")
    assert all(record.passed for record in records)

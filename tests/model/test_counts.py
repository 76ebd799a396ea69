"""Iterations and factorisations of the baseline: counts, not seconds, beside the stored table."""

from __future__ import annotations

from benchmarks.counts import MODELS, Counts, grown, measured, store, stored


def test_no_load_case_takes_more_iterations_or_factorisations_than_stored():
    """Where this is meant to change: ``python -m benchmarks.counts --store``. The command counts all load cases."""
    assert grown(dict(measured("L4-L5")), stored()["L4-L5"]) == []


def test_growth_of_one_case_and_of_the_sum_is_named():
    before = {"flexion": Counts(20, 10), "extension": Counts(40, 20)}
    assert grown(before, before) == []
    assert grown({"flexion": Counts(22, 11), "extension": Counts(44, 22)}, before) == []
    assert grown({"flexion": Counts(23, 10), "extension": Counts(20, 20)}, before) == []  # no more than round-off
    assert grown({"flexion": Counts(24, 10), "extension": Counts(20, 20)}, before) == [
        "flexion: 24 iterations, stored 20"
    ]
    assert grown({"flexion": Counts(20, 14), "extension": Counts(40, 22)}, before) == [
        "flexion: 14 factorisations, stored 10",
        "sum: 36 factorisations, stored 30",
    ]
    assert grown({"standing": Counts(1, 1)}, before) == ["standing: not in the stored table"]


def test_stored_table_is_read_as_it_was_written(tmp_path):
    table = {"L3-L5": {"flexion": Counts(20, 10), "extension": Counts(40, 20)}, "L4-L5": {"flexion": Counts(19, 9)}}
    store(table, tmp_path / "counts.yaml")
    assert stored(tmp_path / "counts.yaml") == table
    assert {model: tuple(cases) for model, cases in stored().items()} == {
        model: cases for model, (cases, _) in MODELS.items()
    }

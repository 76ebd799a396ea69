"""Summaries of two runs as compare reads them, and the comparison of both."""

from __future__ import annotations

from fem_lumbar.comparison.compare import compare as compare_runs
from tests.synthetic_bars import bars_of_cases
from tests.synthetic_run import SyntheticScenario, synthetic_entry

SYMMETRIC = SyntheticScenario().resolved()
LEFT_BONE = SyntheticScenario("b", {"mal.L5.left.state": "type_III"}).resolved()


def summary(cases=("flexion", "axial_rotation_left", "axial_rotation_right"), mesh="a" * 64):
    """What compare reads of a summary."""
    entries = {case: synthetic_entry(case) for case in cases}
    for entry in entries.values():
        entry["numerical_floor"]["rotation_deg"]["L4-L5"]["flexion"] = 1e-4
    return {
        "scenario": "synthetic",
        "status": "completed",
        "model": {"symmetric_mesh": True, "density": "test"},
        "provenance": {"mesh_sha256": mesh},
        "load_cases": entries,
    }


def compare(a, resolved_a, b, resolved_b, bars=None):
    """Runs whose discretisation errors are known, and too small to matter unless others are given."""
    cases = {*a["load_cases"], *b["load_cases"]}
    return compare_runs(a, resolved_a, b, resolved_b, bars=bars or bars_of_cases(cases))


def verdict_of(comparison, case, path):
    (found,) = [item for item in comparison.differences if item.case == case and item.path == path]
    return found

"""Loads in time have tables of their own in the report of a run."""

from __future__ import annotations

from fem_lumbar.documents.summary_text import run_document, run_title
from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.runs.run import load_run
from tests.synthetic_run import synthetic_entry, write_run

CASES = ("flexion", "axial_rotation_left")


def test_loads_in_time_have_tables(tmp_path):
    """A held load has rows at several times, cycles one for each measure; other runs have neither table."""
    told = {case: synthetic_entry(case) for case in CASES}
    at_full = {key: told["flexion"][key] for key in ("rotation_deg", "idp_MPa", "facet_force_N", "ligament_force_N")}
    at_full["disc_shortening_mm"] = dict.fromkeys(told["flexion"]["idp_MPa"], 0.5)
    rows = [{"time_s": 3.0 * i, "load_factor": 1.0, "applied": told["flexion"]["applied"], **at_full} for i in range(9)]
    rotation = told["flexion"]["rotation_deg"]
    told["flexion"]["held"] = {"loading_s": None, "duration_s": 24.0, "history": rows}
    measures = {"neutral_zone_deg": rotation, "range_of_motion_deg": rotation, "dissipated_Nmm": 12.5}
    told["axial_rotation_left"]["cycle"] = {"period_s": 40.0, "cycles": 3, **measures, "history": rows}
    run = load_run(write_run(tmp_path, "timed", told))
    text = to_markdown(run_title(run), run_document(run))
    held = [line for line in text.splitlines() if "| 24 |" in line]
    assert len(held) == len(rotation)
    assert text.count("| neutral zone |") == len(rotation)
    assert "12.5 N·mm are lost in a cycle" in text
    plain = load_run(write_run(tmp_path, "plain"))
    assert "Held loads" not in to_markdown(run_title(plain), run_document(plain))

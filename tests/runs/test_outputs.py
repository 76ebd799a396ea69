"""Every output has a definition, and the page of them is the one in docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.runs.outputs import column_definition, definition, entries, outputs_page, sections
from fem_lumbar.runs.store import load_run
from tests.synthetic_run import write_run

PAGE = Path(__file__).parents[2] / "docs" / "outputs.md"


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == outputs_page(), "python -m fem_lumbar.runs.outputs > docs/outputs.md"


def test_every_entry_of_a_stored_summary_is_defined(tmp_path):
    summary = load_run(write_run(tmp_path)).summary
    assert [path for path in entries(summary) if definition(path) is None] == []


def test_every_number_with_a_unit_in_its_key_says_that_unit():
    units = {"N": "N", "Nm": "N·m", "Nmm": "N·mm", "mm": "mm", "mm2": "mm²", "mm3": "mm³", "MPa": "MPa", "deg": "°"}
    for section in sections():
        for path, one in section.keys.items():
            named = [key.rsplit("_", 1)[-1] for key in path.split(".") if "_" in key]
            expected = [units[unit] for unit in named if unit in units]
            if expected:
                assert one.unit == expected[-1], path


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("load_cases.flexion.load_path.L4-L5.carried.CL_left.axial_N", "N"),
        ("load_cases.flexion.load_path.L4-L5.applied.follower.moment_Nm.flexion", "N·m"),
        ("load_cases.a case.facet.L3-L4.left.force_vector_N.2", "N"),
        ("model.condensed_anew.0", ""),
        ("load_cases.x.numerical_floor.facet.L3-L4.left.area_mm2", "that of the number"),
    ],
)
def test_paths_find_their_definition(path, unit):
    assert definition(path.split(".")).unit == unit


@pytest.mark.parametrize("path", ["load_cases.flexion", "model.colour", "load_cases.x.load_share.L3-L4.spleen", ""])
def test_what_is_no_output_has_no_definition(path):
    assert definition(path.split(".")) is None


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("moment_Nm", "N·m"),
        ("rotation_deg.L4-L5.flexion", "°"),
        ("facet.L3-L4.left.centre_mm.1", "mm"),
        ("muscles.multifidus.m1t.1.left.force_N", "N"),
        ("checks.load_share_closure.L3-L4.limit", "as its unit says"),
    ],
)
def test_columns_find_their_definition(column, unit):
    assert column_definition(column).unit == unit
    assert column_definition(f"{column}.nothing.such") is None

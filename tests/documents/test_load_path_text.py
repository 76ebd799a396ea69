"""Tables and picture of the load path: what is summed, what is left out, what stands beside the numbers."""

from __future__ import annotations

import pytest

from fem_lumbar.documents.checks_text import volume_table
from fem_lumbar.documents.load_path_figure import load_path
from fem_lumbar.documents.load_path_text import facet_table, ligament_tables, load_path_tables, load_share_table
from fem_lumbar.runs.run import load_run
from tests.synthetic_run import synthetic_entry, write_run

CASES = ("flexion", "axial_rotation_right", "compression")


def stored(tmp_path, change=lambda entries: None):
    entries = {case: synthetic_entry(case) for case in CASES}
    change(entries)
    return load_run(write_run(tmp_path, entries=entries))


def row_of(table, case, joint="L4-L5"):
    (row,) = [row for row in table.rows if row[:2] == (case, joint)]
    return dict(zip(table.columns, row, strict=True))


def test_columns_of_structures_sum_to_what_is_applied(tmp_path):
    run = stored(tmp_path)
    for table, applied in zip(
        load_path_tables(run), ({"flexion": 0, "compression": 500}, {"flexion": 7.5}), strict=True
    ):
        for case, value in applied.items():
            row = row_of(table, case)
            structures = [name for name in table.columns[2:] if name not in ("applied", "closure error")]
            assert {"disc", "facet left", "CL", "ALL"} <= set(structures)
            assert sum(float(row[name]) for name in structures) == pytest.approx(value, abs=0.02)
            assert float(row["applied"]) == value
    assert row_of(load_path_tables(run)[0], "flexion")["CL"] == "-20"  # both sides


def test_moment_is_the_one_the_case_is_about(tmp_path):
    table = load_path_tables(stored(tmp_path))[1]
    assert row_of(table, "axial rotation right")["applied"] == "-7.5"
    assert float(row_of(table, "axial rotation right")["disc"]) < 0


def test_share_only_under_net_compression(tmp_path):
    def change(entries):
        for entry in entries.values():
            for share in entry["load_share"].values():
                share |= {"axial_N": 0.0, "compression_N": 80.0}  # as older results have in pure moments, with ±1
        for share in entries["compression"]["load_share"].values():
            share |= {"axial_N": 500.0, "compression_N": 500.0}

    table = load_share_table(stored(tmp_path, change))
    assert {row[0] for row in table.rows} == {"compression"}
    assert "no share is given" in table.note


def test_contact_force_stands_beside_its_axial_part(tmp_path):
    def change(entries):
        entries["compression"]["facet_force_N"]["L4-L5"]["left"] = 35.6
        entries["compression"]["load_share"]["L4-L5"]["facet_left_N"] = 10.4

    table = facet_table(stored(tmp_path, change))
    row = row_of(table, "compression")
    assert row["left contact force (N)"].split()[0] == "35.6"  # behind it the mark of a large mesh error
    assert row["left axial part (N)"] == "10.4"
    assert "resultant" in table.note and "only this enters load path and load share" in table.note


def test_ligaments_have_tension_and_strain(tmp_path):
    tension, strain = ligament_tables(stored(tmp_path))
    assert (tension.title, strain.title) == ("Ligament tension (N)", "Ligament strain")
    assert row_of(tension, "flexion")["CL left"] == "12"
    assert row_of(strain, "flexion")["CL left"] == "0.045"


def test_results_without_a_load_path_are_still_shown(tmp_path):
    def change(entries):
        for entry in entries.values():
            del entry["load_path"]

    run = stored(tmp_path, change)
    assert [table.rows for table in load_path_tables(run)] == [[], []]
    assert load_path(run) is None
    assert facet_table(run).rows


def test_picture_marks_the_applied_sum_and_stacks_to_it(tmp_path):
    figure = load_path(stored(tmp_path))
    force, moment = figure.axes[:2]
    assert force.get_lines()[0].get_ydata().tolist() == [0.0, 0.0, 500.0]
    assert moment.get_lines()[0].get_ydata().tolist() == [7.5, 7.5, 0.0]  # in the sense of the applied moment
    for axes in (force, moment):
        for place, applied in enumerate(axes.get_lines()[0].get_ydata()):
            bars = [bar.get_height() for bar in axes.patches if abs(bar.get_x() + bar.get_width() / 2 - place) < 0.1]
            assert sum(bars) == pytest.approx(applied)
        low, high = axes.get_ylim()
        assert low < min(0.0, *axes.get_lines()[0].get_ydata()) and high > max(axes.get_lines()[0].get_ydata())


def test_change_of_volume_where_a_tissue_loses_most(tmp_path):
    def ratio(part):
        keys = ("smallest", "quantile_01", "median", "quantile_99", "mean")
        return dict.fromkeys(keys, part) | {"smallest_at_mm": [0.0, 1.0, 2.0]}

    def change(entries):
        entries["flexion"]["volume_ratio"] = {"annulus": {"L3-L4": ratio(0.9), "L4-L5": ratio(0.8)}}
        entries["compression"]["volume_ratio"] = {"annulus": {"L3-L4": ratio(0.7), "L4-L5": ratio(0.95)}}

    assert volume_table(stored(tmp_path, change)).rows == [("annulus", "L3-L4", "compression", *["0.7"] * 5)]

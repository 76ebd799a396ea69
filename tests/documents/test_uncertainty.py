"""Uncertainty budget in the report of a run, from a stored sensitivity of that run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fem_lumbar.documents.summary_text import run_document, write_report
from fem_lumbar.documents.uncertainty_text import TITLE, uncertainty
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.runs.run import load_run
from fem_lumbar.sensitivity.budget import budgets
from fem_lumbar.sensitivity.files import TABLE, read_sensitivity, write_sensitivity
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives
from tests.synthetic_run import synthetic_entry, write_run

CASE, PRESSURE, JOINT = "flexion", "idp_MPa", "L4-L5"


@pytest.fixture
def run(tmp_path):
    return load_run(write_run(tmp_path, "a", {CASE: synthetic_entry(CASE)}))


def derivatives(run, factor=1.0):
    """Pressure grows by 0.1 of itself with each unit of a, half as much with b, not with c."""
    value = run.cases[CASE][PRESSURE][JOINT]
    parameters = [
        Parameter(key, 2.0, "MPa", (1.0, 3.0), "published", reach=(1.0, 3.0)) for key in ("a.one", "b.one", "c.one")
    ]
    slopes = np.array([[0.1 * value], [-0.05 * value], [0.0]])
    found = CaseDerivatives(
        [(PRESSURE, JOINT)], np.array([factor * value]), slopes, 0.01 * abs(slopes), {1: f"{JOINT} LF slackens"}
    )
    return Derivatives("a", "test", parameters, {CASE: found}, {"d.one": "no reason"})


def test_what_is_stored_is_read_back(run):
    table = derivatives(run)
    write_sensitivity(run.folder, table, budgets(table))
    back = read_sensitivity(run.folder)
    assert [one.key for one in back.parameters] == ["a.one", "b.one", "c.one"]
    assert back.parameters[:2] == table.parameters[:2] and back.left_out == table.left_out
    (kept,) = back.cases.values()
    for field in dataclasses.fields(kept):
        np.testing.assert_equal(getattr(kept, field.name), getattr(table.cases[CASE], field.name))
    assert budgets(back) == budgets(table)


def test_report_has_the_budget_beside_mesh_and_floor(run):
    table = derivatives(run)
    write_sensitivity(run.folder, table, budgets(table))
    (shown,) = [part for part in run_document(run) if part.title == TITLE]
    row = dict(zip(shown.columns, shown.rows[0], strict=True))
    value = run.cases[CASE][PRESSURE][JOINT]
    assert row["result"] == f"{PRESSURE}.{JOINT}"
    assert float(row["± ranges"]) == pytest.approx(abs(value) * np.hypot(0.1, 0.05) * 2.0 / 12**0.5, rel=0.05)
    assert (row["unknown 1"], row["unknown 2"], row["unknown 3"]) == ("a.one: 80%", "b.one: 20%*", "")
    assert TITLE in write_report(run).read_text(encoding="utf-8")


def test_without_a_sensitivity_the_report_says_which_command_computes_it(run):
    assert "fem-lumbar sensitivity RUN" in uncertainty(run).text


def test_sensitivity_of_another_run_is_not_shown(run):
    table = derivatives(run, factor=1.1)
    write_sensitivity(run.folder, table, budgets(table))
    assert "other results" in uncertainty(run).text


def test_files_that_cannot_be_read_are_told(run):
    table = derivatives(run)
    write_sensitivity(run.folder, table, budgets(table))
    (run.folder / TABLE).write_text("case,quantity\nflexion", encoding="utf-8")
    with pytest.raises(InputError, match="repeat fem-lumbar sensitivity"):
        read_sensitivity(run.folder)

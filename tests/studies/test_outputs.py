"""Outputs of a study: which numbers, their errors, left against right."""

from __future__ import annotations

import pytest

from fem_lumbar.comparison.discretisation_bars import stored_bars
from fem_lumbar.studies.outputs import output_column, output_fault, outputs_of

CASE = "compression"


def summary(**results):
    applied = stored_bars().data["load_cases"][CASE]["applied"]
    entry = {"status": "converged", "applied": applied, **results}
    return {"model": {"density": "test"}, "load_cases": {CASE: entry, "flexion": {"status": "failed"}}}


def test_value_stands_beside_what_solver_and_mesh_may_change():
    results = {"idp_MPa": {"L4-L5": 0.4}, "numerical_floor": {"idp_MPa": {"L4-L5": 1e-9}}}
    found = outputs_of(summary(**results), ["idp_MPa.*"], stored_bars())[CASE]["idp_MPa.L4-L5"]
    stored = stored_bars().data["load_cases"][CASE]["quantities"]["idp_MPa.L4-L5"]["relative"][0]
    assert (found.value, found.floor) == (0.4, 1e-9)
    assert found.mesh_error == pytest.approx(0.4 * stored)


def test_asymmetry_index_is_that_of_the_pair():
    results = {"facet_force_N": {"L4-L5": {"left": 3.0, "right": 1.0}}}
    found = outputs_of(summary(**results), ["asymmetry_index.facet_force_N.*.left"], stored_bars())
    assert found[CASE]["asymmetry_index.facet_force_N.L4-L5.left"].value == 0.5
    assert "flexion" not in found


def test_outputs_come_in_the_order_of_their_paths():
    results = {"idp_MPa": {"L3-L4": 1.0, "L4-L5": 2.0}, "rotation_deg": {"L4-L5": {"flexion": 3.0}}}
    found = outputs_of(summary(**results), ["rotation_deg.*.flexion", "idp_MPa.L4-L5", "idp_MPa.*"], stored_bars())
    assert list(found[CASE]) == ["rotation_deg.L4-L5.flexion", "idp_MPa.L4-L5", "idp_MPa.L3-L4"]


def test_units_are_those_of_the_names():
    assert output_column("facet_force_N.L4-L5.left").unit == "N"
    assert output_column("asymmetry_index.facet_force_N.L4-L5.left").unit == ""


@pytest.mark.parametrize("path", ["mal.L5.left.tension_N", "muscles.*", "facet.*.left.area_mm2", "load_share.*.*"])
def test_paths_that_may_be_results_are_taken(path):
    assert output_fault(path) is None

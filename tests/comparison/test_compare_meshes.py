"""Comparison across meshes: discretisation errors, moved cells, and meshes that have nothing in common."""

from __future__ import annotations

import inspect

import pytest

from fem_lumbar.comparison.compare import MOVED_MESH
from fem_lumbar.comparison.compare import compare as compare_runs
from fem_lumbar.comparison.differences import Verdict
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.meshing.morph import morphed
from tests.comparison.compared_runs import LEFT_BONE, SYMMETRIC, compare, summary, verdict_of
from tests.synthetic_run import synthetic_entry


def changed_pressure(delta=0.01):
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["idp_MPa"]["L4-L5"] += delta
    return a, b


def bars_of_flexion(**relative):
    """Stored bars for flexion at one density, by dotted quantity (written with __)."""
    quantities = {
        key.replace("__", ".").replace("L4_L5", "L4-L5"): {"relative": [value], "absolute": [None], "value": [1.0]}
        for key, value in relative.items()
    }
    applied = synthetic_entry("flexion")["applied"]
    made = {"scenario": "synthetic", "version": "0"}
    return DiscretisationBars(
        {
            "provenance": made,
            "densities": ["test"],
            "load_cases": {"flexion": {"applied": applied, "quantities": quantities}},
        }
    )


@pytest.mark.parametrize(("relative", "expected"), [(0.30, Verdict.RESOLVED), (0.34, Verdict.NOT_RESOLVED)])
def test_number_that_the_mesh_tells_to_no_better_than_a_third_has_no_resolved_effect(relative, expected):
    a, b = changed_pressure(0.1)
    for run in (a, b):
        run["model"]["density"] = "test"
    bars = bars_of_flexion(idp_MPa__L4_L5=relative)
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE, bars=bars), "flexion", ("idp_MPa", "L4-L5"))
    assert found.mesh_error / abs(found.delta) == pytest.approx(relative)
    assert found.verdict is expected


def test_number_near_zero_takes_the_largest_relative_error_of_its_kind():
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["axial_rotation"] = 0.03
    for run in (a, b):
        run["model"]["density"] = "test"
    bars = bars_of_flexion(rotation_deg__L4_L5__flexion=0.2)
    comparison = compare(a, SYMMETRIC, b, LEFT_BONE, bars=bars)
    found = verdict_of(comparison, "flexion", ("rotation_deg", "L4-L5", "axial_rotation"))
    assert found.mesh_error / abs(found.delta) == pytest.approx(0.2)
    assert found.error == pytest.approx((2 * 1e-5**2 + (0.2 * 0.03) ** 2) ** 0.5)


def test_other_mesh_makes_every_floor_void():
    a, b = summary(), summary(mesh="b" * 64)
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["flexion"] += 1.0
    comparison = compare_runs(a, SYMMETRIC, b, LEFT_BONE)
    assert not comparison.same_mesh
    for items in (comparison.differences, comparison.sides):
        assert {item.verdict for item in items} == {Verdict.MESH_NOISE}
        assert {(item.mesh_error, item.error, item.floor) for item in items} == {(None, None, None)}


def test_moved_cells_of_the_default_mesh_share_their_discretisation_error():
    a, b = changed_pressure()
    b["provenance"]["mesh_sha256"] = "b" * 64
    for run, made_by in ((a, "meshing this anatomy"), (b, MOVED_MESH)):
        run["model"] |= {"density": "test", "nodes": 10, "cells": 5, "mesh_made_by": made_by}
    comparison = compare(a, SYMMETRIC, b, LEFT_BONE)
    assert (comparison.same_mesh, comparison.moved_mesh) == (False, True)
    assert verdict_of(comparison, "flexion", ("idp_MPa", "L4-L5")).verdict is Verdict.RESOLVED
    b["model"]["cells"] = 6
    assert not compare(a, SYMMETRIC, b, LEFT_BONE).moved_mesh


def test_moved_meshes_say_so_as_compare_reads_it():
    assert f'"made_by": "{MOVED_MESH}"' in inspect.getsource(morphed)

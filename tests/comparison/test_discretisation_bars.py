"""Stored error bars: looked up for other runs, said to be unknown where they do not apply."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fem_lumbar.comparison.compare import compare
from fem_lumbar.comparison.differences import Verdict
from fem_lumbar.comparison.discretisation import Behaviour
from fem_lumbar.comparison.discretisation_bars import (
    WHOLE,
    DiscretisationBars,
    bars_of,
    bars_text,
    density_of,
    is_whole,
    mark,
    stored_bars,
)
from fem_lumbar.comparison.mesh_convergence import MeshLevel, converge, is_image, soft_cell_size
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.loader import load_scenario
from tests.synthetic_run import SyntheticScenario, synthetic_entry, synthetic_mesh

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SIZES = {"test": 1.8, "coarse": 1.35, "standard": 1.0, "fine": 0.75}
FACET = ("facet_force_N", "L4-L5", "left")
ROTATION = ("rotation_deg", "L4-L5", "flexion")
BENDING = ("rotation_deg", "L4-L5", "lateral_bending")
PRESSURE = ("idp_MPa", "L4-L5")
RESOLVED = SyntheticScenario().resolved()
LEFT_BONE = SyntheticScenario("b", {"mal.L5.left.state": "type_III"}).resolved()


def summary(density="coarse", mesh="a", size=0.0):
    """A run whose disc pressure and facet force depend on the cell size with order 2; rotations do not."""
    entry = synthetic_entry("flexion")
    entry["idp_MPa"]["L4-L5"] = 0.35 - 0.02 * size**2
    entry["facet_force_N"]["L4-L5"] = {"left": 5.0 + size**2, "right": 5.0 + size**2}
    entry["rotation_deg"]["L4-L5"]["lateral_bending"] = 1e-12 * size
    return {
        "status": "completed",
        "model": {"symmetric_mesh": True, "density": density, "cells": 10, "dofs": 100},
        "provenance": {"mesh_sha256": mesh * 64, "scenario_sha256": "0" * 64, "version": "1"},
        "load_cases": {"flexion": entry},
    }


@pytest.fixture(scope="module")
def found():
    levels = [
        MeshLevel(name, size, summary(name, size=size), {"density": name}, "parametric") for name, size in SIZES.items()
    ]
    return converge("baseline", levels[::-1])


@pytest.fixture(scope="module")
def bars(found):
    return DiscretisationBars(json.loads(bars_text(bars_of(found))))


def series(found, path):
    (item,) = [item for item in found.series if item.path == path]
    return item


def test_numbers_of_a_study_have_order_and_limit(found):
    assert found.densities == tuple(SIZES)
    assert [level.in_family for level in found.levels] == [False, True, True, True]
    pressure = series(found, PRESSURE)
    assert pressure.estimate.order == pytest.approx(2.0, abs=1e-3)
    assert pressure.estimate.limit == pytest.approx(0.35)
    assert pressure.relative[-1] == pytest.approx(1.25 * 0.02 * 0.75**2 / (0.35 - 0.02 * 0.75**2), rel=1e-3)


def test_facet_forces_of_both_sides_are_taken_together(found):
    total = series(found, ("facet_force_N", "L4-L5", "total"))
    assert total.values == pytest.approx([2 * (5.0 + size**2) for size in SIZES.values()])
    by_name = {(item.case, item.path): item for item in found.series}
    assert is_image(series(found, ("facet_force_N", "L4-L5", "right")), by_name)
    assert not is_image(series(found, FACET), by_name)


def test_number_that_is_zero_by_symmetry_has_an_absolute_bar_only(found):
    item = series(found, BENDING)
    assert item.estimate.behaviour is Behaviour.CONSTANT
    assert item.relative == (None,) * 4
    assert all(0.0 < error < 1e-4 for error in item.errors)


def test_case_that_did_not_converge_on_one_mesh_is_judged_on_the_others():
    levels = [
        MeshLevel(name, size, summary(name, size=size), {"density": name}, "parametric") for name, size in SIZES.items()
    ]
    levels[-1].summary["load_cases"]["flexion"] = {"status": "failed", "reason": "stopped"}
    item = series(converge("baseline", levels), PRESSURE)
    assert item.values[-1] is None and item.errors[-1] is None and item.relative[-1] is None
    assert item.estimate.behaviour is Behaviour.TWO_MESHES
    assert all(error is not None for error in item.errors[:-1])


def test_cell_size_is_that_of_soft_tissue():
    mesh = synthetic_mesh()
    size = soft_cell_size(mesh)
    finer = replace(mesh, points=0.5 * mesh.points)
    assert soft_cell_size(finer) == pytest.approx(0.5 * size)
    bone = replace(mesh, region=np.zeros_like(mesh.region))
    assert soft_cell_size(bone) != pytest.approx(size)


def test_relative_error_is_applied_to_the_value(bars):
    applied = synthetic_entry("flexion")["applied"]
    stored = bars.data["load_cases"]["flexion"]["quantities"]["idp_MPa.L4-L5"]["relative"][1]
    assert bars.error("flexion", applied, "coarse", PRESSURE, -0.7) == pytest.approx(stored * 0.7)


def test_bar_is_unknown_where_it_does_not_apply(bars):
    applied = synthetic_entry("flexion")["applied"]
    assert bars.error("extension", applied, "coarse", PRESSURE, 0.7) is None
    assert bars.error("flexion", applied | {"follower_N": 900.0}, "coarse", PRESSURE, 0.7) is None
    assert bars.error("flexion", applied, "ultra", PRESSURE, 0.7) is None
    assert bars.error("flexion", applied, None, PRESSURE, 0.7) is None
    assert bars.error("flexion", applied, "coarse", ("idp_MPa", "L5-S1"), 0.7) is None
    assert DiscretisationBars().error("flexion", applied, "coarse", PRESSURE, 0.7) is None


def test_bar_of_a_zero_says_nothing_of_a_number_that_is_not(bars):
    applied = synthetic_entry("flexion")["applied"]
    assert bars.error("flexion", applied, "coarse", BENDING, 0.0) is not None
    assert bars.error("flexion", applied, "coarse", BENDING, 0.1) is None


def test_own_cell_sizes_are_of_no_density():
    run = {"model": {"density": "coarse"}}
    assert density_of(run, {"mesh": {"density": "coarse", "disc_mm": None}}) == "coarse"
    assert density_of(run, {"mesh": {"density": "coarse", "disc_mm": 2.0}}) is None
    assert density_of({"model": {}}, {}) is None


def test_file_is_read_back_and_a_wrong_one_refused(bars, tmp_path):
    file = tmp_path / "bars.json"
    assert stored_bars(file).origin == ""
    file.write_text(bars_text(bars.data), encoding="utf-8")
    assert stored_bars(file) == bars
    assert "scenario baseline at test, coarse, standard, fine" in stored_bars(file).origin
    for wrong in ("{", '{"schema_version": 7}'):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(InputError, match=r"bars\.json"):
            stored_bars(file)


@pytest.mark.parametrize(
    ("path", "density", "value", "shown"),
    [
        (("facet_force_N", "L4-L5", "left"), "coarse", 6.8, "±33 %"),
        (PRESSURE, "fine", 0.34, ""),
        (PRESSURE, None, 0.34, "?"),
        (("idp_MPa", "L5-S1"), "coarse", 0.34, "?"),
        (PRESSURE, "coarse", None, ""),
        (PRESSURE, "coarse", 0.0, ""),
    ],
)
def test_number_with_a_large_or_unknown_bar_is_marked(bars, path, density, value, shown):
    assert mark(bars, "flexion", synthetic_entry("flexion")["applied"], density, path, value) == shown


def test_a_bar_larger_than_the_number_is_given_in_its_unit():
    """Not as ±114951 % of 0.00145 N."""
    wide = SimpleNamespace(error=lambda *asked: 1.667)
    assert mark(wide, "extension", {}, "test", ("facet_force_N", "L3-L4", "left"), 0.00145) == "±1.7"
    assert mark(wide, "extension", {}, "test", ("facet_force_N", "L3-L4", "left"), -2.0) == "±83 %"


def test_largest_relative_error_of_a_kind_is_over_all_loads_and_not_of_numbers_near_zero(bars):
    entries = bars.data["load_cases"]["flexion"]["quantities"]
    worst = bars.worst("coarse")
    assert worst["facet_force_N",] == max(
        entry["relative"][1] for name, entry in entries.items() if name.startswith("facet_force_N")
    )
    assert worst["rotation_deg",] < 1e-5
    assert bars.worst("ultra") == bars.worst(None) == DiscretisationBars().worst("coarse") == {}


def difference(comparison, path):
    (item,) = [item for item in comparison.differences if item.path == path]
    return item


def test_on_one_mesh_the_relative_bar_is_the_error_of_the_effect(bars):
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["idp_MPa"]["L4-L5"] *= 1.02
    shown = difference(compare(a, RESOLVED, b, LEFT_BONE, bars=bars), PRESSURE)
    bare = difference(compare(a, RESOLVED, b, LEFT_BONE), PRESSURE)
    assert shown.error == pytest.approx(np.hypot(shown.algebraic, shown.mesh_error))
    assert shown.mesh_error / abs(shown.delta) == pytest.approx(shown.discretisation[0] / shown.a)
    assert shown.verdict is Verdict.RESOLVED and shown.words == "resolved"
    assert bare.verdict is Verdict.NOT_RESOLVED and bare.words == "not resolved, mesh error not known"
    assert bare.error == pytest.approx(np.hypot(bare.algebraic, bare.delta))
    assert shown.discretisation[0] > abs(shown.delta)
    assert bare.discretisation == (None, None)


@pytest.mark.parametrize(("factor", "expected"), [(2.9, Verdict.NOT_RESOLVED), (3.1, Verdict.RESOLVED)])
def test_difference_on_other_meshes_must_exceed_three_combined_errors(bars, factor, expected):
    a, b = summary("coarse", size=1.35), summary("fine", "b", size=0.75)
    forces = b["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]
    for _ in range(20):  # the second error is in proportion to the second force
        item = difference(compare(a, RESOLVED, b, LEFT_BONE, bars=bars), FACET)
        forces["left"] = forces["right"] = item.a + factor * np.hypot(*item.discretisation)
    assert item.delta == pytest.approx(factor * np.hypot(*item.discretisation))
    assert item.floor == pytest.approx(3.0 * np.hypot(*item.discretisation), rel=1e-2)
    assert item.verdict is expected


def test_other_mesh_without_a_bar_includes_mesh_noise(bars):
    a, b = summary(), summary("ultra", "b")
    verdicts = {item.verdict for item in compare(a, RESOLVED, b, LEFT_BONE, bars=bars).differences}
    assert verdicts == {Verdict.MESH_NOISE}


@pytest.mark.parametrize(("name", "whole"), [("baseline", True), ("disc_only_L4-L5", False)])
def test_a_scenario_as_it_is_resolved_today_is_known_as_whole(name, whole):
    assert is_whole(load_scenario(SCENARIOS / f"{name}.yaml").resolved()) is whole


def test_one_functional_unit_is_not_the_whole_segment():
    assert not is_whole({"structures": WHOLE, "segment": {"bodies": ["L4", "L5"]}})
    assert not is_whole({"structures": {**WHOLE, "joints": ["L4-L5"]}})
    assert is_whole({"structures": {**WHOLE, "joints": ["L3-L4", "L4-L5"]}}) and is_whole({})


def test_bars_are_those_of_the_whole_segment(bars):
    assert bars.of_model(RESOLVED) is bars
    assert bars.of_model({"structures": WHOLE}) is bars
    assert not bars.of_model({"structures": {**WHOLE, "posterior_elements": False}}).data


@pytest.mark.parametrize("source", ["smooth", "surfaces"])
def test_bars_are_those_of_one_template(bars, source):
    """Runs stored before there were two name no source; a person's bones are those of the smooth template."""
    assert bars.data["template"] == "parametric"
    other = {**RESOLVED, "anatomy": {"source": source}}
    assert bars.of_model({**RESOLVED, "anatomy": {"source": "parametric"}}) is bars
    assert not bars.of_model(other).data
    smooth = DiscretisationBars({**bars.data, "template": "smooth"})
    assert smooth.of_model(other) is smooth and not smooth.of_model(RESOLVED).data
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["idp_MPa"]["L4-L5"] *= 1.02
    item = difference(compare(a, other, b, {**LEFT_BONE, "anatomy": {"source": source}}, bars=bars), PRESSURE)
    assert item.words == "not resolved, mesh error not known"

"""Comparison: verdicts on known numbers, floors from both sources, and what is not compared."""

from __future__ import annotations

import copy
import inspect
import math

import pytest

from fem_lumbar.comparison.asymmetry import asymmetry_floor, side_pairs
from fem_lumbar.comparison.compare import MOVED_MESH
from fem_lumbar.comparison.compare import compare as compare_runs
from fem_lumbar.comparison.differences import Verdict
from fem_lumbar.comparison.discretisation_bars import DiscretisationBars
from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.measures.quantities import (
    is_symmetric,
    kind,
    label,
    mirrored_case,
    mirrored_path,
    numbers,
    prescribed,
    unit,
)
from fem_lumbar.meshing.morph import morphed
from fem_lumbar.runs.run import load_run
from tests.synthetic_bars import bars_of_cases
from tests.synthetic_run import SyntheticScenario, synthetic_entry, write_run

ERROR = 2.0**0.5 * 1e-4
"""Combined error of the rotation looked at: both runs report 1e-4, above what runs repeat a value to."""
FLEXION = ("rotation_deg", "L4-L5", "flexion")


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


SYMMETRIC = SyntheticScenario().resolved()
LEFT_BONE = SyntheticScenario("b", {"mal.L5.left.state": "type_III"}).resolved()


def compare(a, resolved_a, b, resolved_b, bars=None):
    """Runs whose discretisation errors are known, and too small to matter unless others are given."""
    cases = {*a["load_cases"], *b["load_cases"]}
    return compare_runs(a, resolved_a, b, resolved_b, bars=bars or bars_of_cases(cases))


def verdict_of(comparison, case, path):
    (found,) = [item for item in comparison.differences if item.case == case and item.path == path]
    return found


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (0.0, Verdict.NOT_RESOLVED),
        (0.99 * 3.0 * ERROR, Verdict.NOT_RESOLVED),
        (-1.01 * 3.0 * ERROR, Verdict.NEGLIGIBLE),
        (0.059, Verdict.NEGLIGIBLE),
        (0.07, Verdict.RESOLVED),
    ],
)
def test_verdict_follows_floor_and_threshold(delta, expected):
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["flexion"] += delta
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE), "flexion", FLEXION)
    assert found.verdict is expected
    assert found.delta == pytest.approx(delta, abs=1e-12)
    assert found.error == pytest.approx(ERROR)
    assert found.floor == pytest.approx(3.0 * ERROR)


def test_rotation_is_related_to_the_range_of_motion_of_its_joint():
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["axial_rotation"] = 0.03
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE), "flexion", ("rotation_deg", "L4-L5", "axial_rotation"))
    assert found.scale == pytest.approx(6.0)
    assert found.relative == pytest.approx(0.005)
    assert found.verdict is Verdict.NEGLIGIBLE


def test_error_of_each_run_is_the_larger_of_algebraic_and_asymmetry():
    a, b = summary(), summary()
    a["load_cases"]["flexion"]["facet_force_N"]["L3-L4"]["left"] += 0.02
    b["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]["left"] += 0.015
    path = ("facet_force_N", "L4-L5", "left")
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE), "flexion", path)
    assert found.error == pytest.approx(2.0**0.5 * 0.02)
    assert found.verdict is Verdict.NOT_RESOLVED
    unsymmetric = verdict_of(compare(a, LEFT_BONE, b, LEFT_BONE), "flexion", path)
    assert unsymmetric.error == pytest.approx(2.0**0.5 * 1e-3)
    assert unsymmetric.verdict is Verdict.NEGLIGIBLE


def test_number_without_any_floor_is_never_called_resolved():
    a, b = summary(cases=("flexion",)), summary(cases=("flexion",))
    b["load_cases"]["flexion"]["disc_bulge_mm"]["L3-L4"]["anterior"] = 0.8
    found = verdict_of(compare(a, LEFT_BONE, b, LEFT_BONE), "flexion", ("disc_bulge_mm", "L3-L4", "anterior"))
    assert found.floor is None
    assert found.verdict is Verdict.NO_FLOOR


def test_other_mesh_makes_every_floor_void():
    a, b = summary(), summary(mesh="b" * 64)
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["flexion"] += 1.0
    comparison = compare_runs(a, SYMMETRIC, b, LEFT_BONE)
    assert not comparison.same_mesh
    assert {item.verdict for item in comparison.differences} == {Verdict.MESH_NOISE}


def test_failed_and_missing_cases_are_named_not_compared():
    a, b = summary(), summary(cases=("flexion", "axial_rotation_left"))
    b["load_cases"]["axial_rotation_left"] = {"status": "failed", "reason": "stopped"}
    b["load_cases"]["flexion"]["applied"]["moment_Nm"] = [0.0, 5.0, 0.0]
    comparison = compare(a, SYMMETRIC, b, LEFT_BONE)
    assert comparison.differences == []
    assert comparison.not_compared == {
        "flexion": "the applied loads differ",
        "axial_rotation_left": "did not converge in the second run",
        "axial_rotation_right": "not in the second run",
    }


def test_changes_of_the_scenario_are_listed():
    comparison = compare(summary(), SYMMETRIC, summary(), LEFT_BONE)
    assert comparison.changes == {"mal.L5.left.state": ("fibrous", "type_III")}
    assert not comparison.identical_input
    assert compare(summary(), SYMMETRIC, summary(), SyntheticScenario("other name").resolved()).identical_input


def test_compare_reads_stored_runs(tmp_path):
    a = load_run(write_run(tmp_path, "a"))
    b = load_run(write_run(tmp_path, "b", mal__L5__left__state="type_III"))
    comparison = compare(a.summary, a.resolved, b.summary, b.resolved)
    assert comparison.same_mesh
    assert comparison.changes == {"mal.L5.left.state": ("fibrous", "type_III")}
    assert all(item.delta == 0.0 for item in comparison.differences)
    assert len(comparison.differences) > 100


@pytest.mark.parametrize("case", [*MOMENT_AXIS, "standing"])
def test_symmetric_run_equals_its_mirror_image(case):
    cases = {name: synthetic_entry(name) for name in [*MOMENT_AXIS, "standing"]}
    image = cases[mirrored_case(case, cases)]
    there = numbers(image)
    for path, value in numbers(cases[case]).items():
        other, sign = mirrored_path(path)
        assert value == pytest.approx(sign * there[other]), path


def test_mirror_of_names_and_signs():
    assert mirrored_path(("ligament_force_N", "L3-L4", "CL_left")) == (("ligament_force_N", "L3-L4", "CL_right"), 1.0)
    assert mirrored_path(("load_share", "L3-L4", "facet_left")) == (("load_share", "L3-L4", "facet_right"), 1.0)
    assert mirrored_path(("rotation_deg", "L3-L4", "axial_rotation"))[1] == -1.0
    assert mirrored_path(("rotation_deg", "L3-L4", "flexion"))[1] == 1.0
    path = ("facet", "L3-L4", "left", "force_vector_N", "1")
    assert mirrored_path(path) == (("facet", "L3-L4", "right", "force_vector_N", "1"), -1.0)


def test_mirrored_case_needs_the_mirrored_load():
    cases = {name: synthetic_entry(name) for name in ("axial_rotation_left", "axial_rotation_right", "flexion")}
    assert mirrored_case("axial_rotation_left", cases) == "axial_rotation_right"
    assert mirrored_case("flexion", cases) == "flexion"
    cases["axial_rotation_right"]["applied"]["moment_Nm"] = [0.0, 0.0, -5.0]
    assert mirrored_case("axial_rotation_left", cases) is None
    cases["flexion"]["applied"]["moment_Nm"] = [1.0, 7.5, 0.0]
    assert mirrored_case("flexion", cases) is None


def test_asymmetry_floor_only_of_a_symmetric_run():
    run = summary()
    run["load_cases"]["flexion"]["idp_MPa"]["L3-L4"] = 0.31
    run["load_cases"]["flexion"]["rotation_deg"]["L3-L4"]["axial_rotation"] = 1e-4
    floor = asymmetry_floor(run, SYMMETRIC)
    assert floor["flexion"][("rotation_deg",)] == pytest.approx(2e-4)
    assert ("idp_MPa",) not in floor["flexion"]
    assert ("idp_MPa",) in floor["axial_rotation_left"]
    assert asymmetry_floor(run, LEFT_BONE) == {}
    run["model"]["symmetric_mesh"] = False
    assert asymmetry_floor(run, SYMMETRIC) == {}


@pytest.mark.parametrize(
    ("started", "measures"),
    [
        ([("unloaded state", 30), ("unloaded state", 31)], True),
        ([("unloaded state", 30), ("mirror image", 0)], False),
        ([("mirror image", 2), ("unloaded state", 30)], False),
        ([("earlier run", 0), ("earlier run", 0)], False),
        ([("earlier run", 5), ("earlier run", 4)], True),
    ],
)
def test_case_that_was_taken_over_from_its_mirror_image_measures_nothing(started, measures):
    run = summary()
    for side, (origin, iterations) in zip(("left", "right"), started, strict=True):
        run["load_cases"][f"axial_rotation_{side}"] |= {"started_from": origin, "iterations": iterations}
    run["load_cases"]["axial_rotation_left"]["idp_MPa"]["L3-L4"] += 0.01
    run["load_cases"]["flexion"] |= {"started_from": "earlier run", "iterations": 0}
    run["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]["left"] += 0.02
    floor = asymmetry_floor(run, SYMMETRIC)
    assert ("axial_rotation_left" in floor) is measures
    if measures:
        assert floor["axial_rotation_left"]["idp_MPa",] == pytest.approx(0.01)
    assert floor["flexion"]["facet_force_N",] == pytest.approx(0.02)


def test_run_that_copies_its_mirror_cases_has_no_floor_for_them():
    """Numbers without a reported error are then not known, instead of exact."""
    a, b = summary(), summary()
    path = ("disc_bulge_mm", "L3-L4", "left")
    for run in (a, b):
        for side, origin in (("left", "unloaded state"), ("right", "mirror image")):
            run["load_cases"][f"axial_rotation_{side}"] |= {"started_from": origin, "iterations": 0}
    b["load_cases"]["axial_rotation_left"]["disc_bulge_mm"]["L3-L4"]["left"] += 0.1
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE), "axial_rotation_left", path)
    assert (found.algebraic, found.verdict) == (None, Verdict.NO_FLOOR)


def muscle_runs(applied, muscles=None):
    """Runs of which the second has another activation, force, unloaded tunnel and fraction of bone."""
    a, b = summary(cases=("flexion",)), summary(cases=("flexion",))
    for run, size in ((a, 1.0), (b, 2.0)):
        entry = run["load_cases"]["flexion"]
        entry["applied"] |= applied
        entry["muscles"] = {"m1": {"left": {"activation": 0.05 * size, "force_N": size}}}
        tunnel = {"area_mm2": 18.0 * size, "area_unloaded_mm2": 18.0 * size}
        entry["mal"]["L5"]["left"] |= {"bony_volume_fraction": size - 1.0, "tunnel": tunnel}
    resolved = [one | {"muscles": muscles or {"short_range_stiffness": 0.0}} for one in (SYMMETRIC, LEFT_BONE)]
    return {".".join(item.path) for item in compare(a, resolved[0], b, resolved[1]).differences}


def test_inputs_are_not_effects():
    found = muscle_runs({"muscle_activation": 0.05})
    assert "mal.L5.left.tunnel.area_mm2" in found and "mal.L5.left.tension_N" in found
    assert not found & {"mal.L5.left.bony_volume_fraction", "mal.L5.left.tunnel.area_unloaded_mm2"}
    assert not [name for name in found if name.startswith("muscles.")]


def test_muscle_forces_are_effects_where_they_are_found():
    assert {"muscles.m1.left.activation", "muscles.m1.left.force_N"} <= muscle_runs({"muscles_balanced": True})
    found = muscle_runs({"muscle_activation": 0.05}, {"short_range_stiffness": 23.4})
    assert "muscles.m1.left.force_N" in found and "muscles.m1.left.activation" not in found


def test_effect_is_relative_to_the_first_value_and_a_factor_where_that_says_more():
    def changed(first, second):
        a, b = summary(), summary()
        for run, value in ((a, first), (b, second)):
            run["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]["left"] = value
        half = SyntheticScenario("c", {"mal.L5.left.state": "type_I"}).resolved()
        return verdict_of(compare(a, LEFT_BONE, b, half), "flexion", ("facet_force_N", "L4-L5", "left"))

    grown = changed(0.228, 1.254)
    assert grown.relative == pytest.approx(4.5) and grown.factor == pytest.approx(5.5)
    assert grown.joint_scale == pytest.approx(45.0) and grown.joint_relative == pytest.approx(1.026 / 45.0)
    assert changed(5.0, 5.5).factor is None and changed(5.0, 5.5).relative == pytest.approx(0.1)
    assert changed(5.0, 2.4).factor == pytest.approx(0.48)
    near = changed(0.04, 0.5)
    assert near.near_zero and near.scale == pytest.approx(5.0) and near.factor == pytest.approx(12.5)
    assert changed(0.003, 0.5).factor is None  # within three times its error of 1e-3 in both runs
    assert changed(1.0, -1.0).factor is None


def test_side_pairs_compare_each_side_with_the_mirrored_case():
    run = copy.deepcopy(summary())
    run["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]["left"] = 15.0
    pairs = {(pair.case, pair.path): pair for pair in side_pairs(run)}
    pair = pairs["flexion", ("facet_force_N", "L4-L5", "left")]
    assert (pair.left, pair.right, pair.difference) == (15.0, 5.0, 10.0)
    assert pair.index == pytest.approx(0.5)
    loaded = pairs["axial_rotation_right", ("facet_force_N", "L4-L5", "left")]
    assert (loaded.left, loaded.right, loaded.mirrored_case) == (45.0, 45.0, "axial_rotation_left")
    assert not any(path[-1].endswith("right") for _, path in pairs)


def test_symmetry_of_a_scenario():
    assert is_symmetric(SYMMETRIC)
    assert not is_symmetric(LEFT_BONE)
    assert not is_symmetric(SYMMETRIC | {"muscles": {"scale": {"L5": {"left": 0.69}}}})
    assert is_symmetric(SYMMETRIC | {"muscles": {"scale": {"L5": {"left": 0.69, "right": 0.69}}}})


def test_names_units_and_kinds():
    assert label(("idp_MPa", "L4-L5")) == "disc pressure L4-L5"
    assert label(("mal", "L5", "left", "tension_N")) == "MAL L5 left tension"
    assert unit(("mal", "L5", "left", "energy_Nmm")) == "N·mm"
    assert unit(("facet", "L3-L4", "left", "force_vector_N", "1")) == "N"
    assert unit(("mal", "L5", "left", "strain_max")) == "-"
    assert unit(("load_share", "L3-L4", "disc")) == "-"
    assert kind(("load_share", "L3-L4", "facet_left")) == ("load_share", "facet")
    moment = ("load_path", "L4-L5", "carried", "CL_left", "moment_Nm", "axial_rotation")
    axial = ("load_path", "L3-L4", "carried", "disc", "axial_N")
    assert (unit(moment), unit(axial)) == ("N·m", "N")
    assert (kind(moment), kind(axial)) == (("load_path", "moment_Nm"), ("load_path", "axial_N"))
    assert label(axial) == "load path L3-L4 carried disc axial"
    turned = ("load_path", "L4-L5", "carried", "CL_right", "moment_Nm", "axial_rotation")
    assert mirrored_path(moment) == (turned, -1.0)
    assert mirrored_path((*turned[:-1], "flexion"))[1] == 1.0


def test_loads_and_errors_of_the_load_path_are_no_results():
    found = numbers(synthetic_entry("flexion"), ("load_path",))
    assert ("load_path", "L4-L5", "carried", "disc", "axial_N") in found
    assert {path[2] for path in found} == {"carried"}
    assert kind(("ligament_force_N", "L3-L4", "CL_left")) == kind(("ligament_force_N", "L4-L5", "ALL"))


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
    assert found.mesh_ratio == pytest.approx(relative)
    assert found.verdict is expected


def test_number_near_zero_takes_the_largest_relative_error_of_its_kind():
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["axial_rotation"] = 0.03
    for run in (a, b):
        run["model"]["density"] = "test"
    bars = bars_of_flexion(rotation_deg__L4_L5__flexion=0.2)
    comparison = compare(a, SYMMETRIC, b, LEFT_BONE, bars=bars)
    found = verdict_of(comparison, "flexion", ("rotation_deg", "L4-L5", "axial_rotation"))
    assert found.mesh_ratio == pytest.approx(0.2)
    assert found.error == pytest.approx((2 * 1e-5**2 + (0.2 * 0.03) ** 2) ** 0.5)


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


def test_change_of_left_against_right_carries_the_errors_of_both():
    a, b = summary(), summary()
    b["load_cases"]["flexion"]["facet_force_N"]["L4-L5"]["left"] += 1.0
    found = {(item.case, item.path): item for item in compare(a, SYMMETRIC, b, LEFT_BONE).sides}
    item = found["flexion", ("facet_force_N", "L4-L5", "left")]
    assert item.delta == pytest.approx(1.0)
    assert item.scale == pytest.approx(10.0)
    assert item.error == pytest.approx(2.0 * 1e-3)
    assert item.verdict is Verdict.RESOLVED
    unchanged = found["flexion", ("facet_force_N", "L3-L4", "left")]
    assert unchanged.verdict is Verdict.NOT_RESOLVED


@pytest.mark.parametrize(
    "load", [{"upper_body_N": 397.0}, {"upper_body_lever_arm_mm": 50.0}, {"muscles_balanced": True}]
)
def test_upper_body_and_balance_are_part_of_the_load(load):
    applied = {"moment_Nm": [0.0, 0.0, 0.0], "follower_N": 0.0}
    assert prescribed({**applied, **load}) != prescribed(applied)


def test_error_is_no_smaller_than_what_runs_repeat_a_value_to():
    """To 1e-6 of it, also where a run reports less."""
    a, b = summary(), summary()
    for run in (a, b):
        floor = run["load_cases"]["flexion"]["numerical_floor"]
        floor["rotation_deg"]["L4-L5"]["flexion"] = 1e-12
    size = a["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["flexion"]
    b["load_cases"]["flexion"]["rotation_deg"]["L4-L5"]["flexion"] *= 1.0 + 3e-6
    found = verdict_of(compare(a, SYMMETRIC, b, LEFT_BONE), "flexion", FLEXION)
    assert found.error >= 0.99e-6 * math.sqrt(2.0) * abs(size)
    assert found.verdict is Verdict.NOT_RESOLVED

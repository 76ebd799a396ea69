"""Left against right: mirror images, the asymmetry floor and what it is measured on, changes between the sides."""

from __future__ import annotations

import copy

import pytest

from fem_lumbar.comparison.asymmetry import asymmetry_floor, side_pairs
from fem_lumbar.comparison.differences import Verdict
from fem_lumbar.foundation.conventions import MOMENT_AXIS
from fem_lumbar.measures.quantities import mirrored_case, mirrored_path, numbers
from tests.comparison.compared_runs import LEFT_BONE, SYMMETRIC, compare, summary, verdict_of
from tests.synthetic_run import synthetic_entry


@pytest.mark.parametrize("case", [*MOMENT_AXIS, "standing"])
def test_symmetric_run_equals_its_mirror_image(case):
    cases = {name: synthetic_entry(name) for name in [*MOMENT_AXIS, "standing"]}
    image = cases[mirrored_case(case, cases)]
    there = numbers(image)
    for path, value in numbers(cases[case]).items():
        other, sign = mirrored_path(path)
        assert value == pytest.approx(sign * there[other]), path


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

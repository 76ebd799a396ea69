"""Comparison: verdicts on known numbers, floors from both sources, and what is not compared."""

from __future__ import annotations

import math

import pytest

from fem_lumbar.comparison.differences import Verdict
from fem_lumbar.documents.comparison_text import claim
from fem_lumbar.runs.run import load_run
from tests.comparison.compared_runs import LEFT_BONE, SYMMETRIC, compare, summary, verdict_of
from tests.synthetic_run import SyntheticScenario, write_run

ERROR = 2.0**0.5 * 1e-4
"""Combined error of the rotation looked at: both runs report 1e-4, above what runs repeat a value to."""
FLEXION = ("rotation_deg", "L4-L5", "flexion")


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


def muscle_runs(applied, muscles=None):
    """Runs of which the second has another activation, force, unloaded tunnel and fraction of bone."""
    a, b = summary(cases=("flexion",)), summary(cases=("flexion",))
    for run, size in ((a, 1.0), (b, 2.0)):
        entry = run["load_cases"]["flexion"]
        entry["applied"] |= applied
        entry["muscles"] = {"m1": {"left": {"activation": 0.05 * size, "force_N": size, "mal_share": 0.2 * size}}}
        on_mal = {"muscles": {"multifidus": {"force_N": size, "share": 0.2 * size}}, "pull": {"size_N": size}}
        entry["mal"]["L5"]["left"] |= on_mal
        tunnel = {"area_mm2": 18.0 * size, "area_unloaded_mm2": 18.0 * size}
        entry["mal"]["L5"]["left"] |= {"bony_volume_fraction": size - 1.0, "tunnel": tunnel}
    resolved = [one | {"muscles": muscles or {"short_range_stiffness": 0.0}} for one in (SYMMETRIC, LEFT_BONE)]
    return {".".join(item.path) for item in compare(a, resolved[0], b, resolved[1]).differences}


def test_inputs_are_not_effects():
    found = muscle_runs({"muscle_activation": 0.05}, {"mal_share": 0.5})
    assert "mal.L5.left.tunnel.area_mm2" in found and "mal.L5.left.tension_N" in found
    assert not found & {"mal.L5.left.bony_volume_fraction", "mal.L5.left.tunnel.area_unloaded_mm2"}
    assert not found & {"mal.L5.left.muscles.multifidus.force_N", "mal.L5.left.pull.size_N"}
    assert not [name for name in found if name.startswith("muscles.")]
    assert "muscles.m1.left.mal_share" not in muscle_runs({"muscles_balanced": True}, {"mal_share": 0.5})


def test_muscle_forces_are_effects_where_they_are_found():
    assert {"muscles.m1.left.activation", "muscles.m1.left.force_N"} <= muscle_runs({"muscles_balanced": True})
    found = muscle_runs({"muscle_activation": 0.05}, {"short_range_stiffness": 23.4})
    assert "muscles.m1.left.force_N" in found and "muscles.m1.left.activation" not in found


def test_what_enters_through_a_mal_is_an_effect_where_its_share_is_found():
    """Given forces divide between MAL and process by the stiffness of both."""
    found = muscle_runs({"muscle_activation": 0.05})
    on_mal = {
        f"mal.L5.left.{name}" for name in ("muscles.multifidus.share", "muscles.multifidus.force_N", "pull.size_N")
    }
    assert on_mal | {"muscles.m1.left.mal_share"} <= found
    assert not found & {"muscles.m1.left.force_N", "muscles.m1.left.activation"}


def test_comparison_of_a_held_load_says_that_only_full_load_is_compared():
    a, b = summary(cases=("flexion",)), summary(cases=("flexion",))
    assert "at once" not in claim(compare(a, SYMMETRIC, b, SYMMETRIC))
    b["load_cases"]["flexion"]["held"] = {"loading_s": None, "duration_s": 60.0, "history": []}
    assert "flexion" in claim(found := compare(a, SYMMETRIC, b, SYMMETRIC)) and found.in_time == ("flexion",)
    assert "full load that came on at once" in claim(found)


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

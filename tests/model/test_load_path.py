"""What carries the load across the joints of the whole segment, at test density."""

from __future__ import annotations

import pytest

from fem_lumbar.anatomy.spine import JOINTS
from fem_lumbar.foundation.conventions import BONE_PLACES, ROTATION_COMPONENTS, SIDES
from fem_lumbar.runs.outputs import column_definition, definition, entries
from fem_lumbar.runs.schema import validate_case

CASES = {"flexion": 7.5, "extension": -7.5, "axial_rotation_left": 7.5}


def summed(part, component=None):
    values = [one["axial_N"] if component is None else one["moment_Nm"][component] for one in part.values()]
    return sum(values)


@pytest.mark.parametrize("case", CASES)
def test_a_pure_moment_is_carried_whole_at_every_section(runs, case):
    component = "axial_rotation" if case.startswith("axial") else "flexion"
    for joint in JOINTS:
        path = runs.case(case).summary["load_path"][joint]
        assert set(path["applied"]) == {"moment"}
        for name in ROTATION_COMPONENTS:
            applied = CASES[case] if name == component else 0.0
            assert path["applied"]["moment"]["moment_Nm"][name] == pytest.approx(applied, abs=1e-9)
            assert summed(path["carried"], name) == pytest.approx(applied, abs=1e-4)
        assert summed(path["carried"]) == pytest.approx(0.0, abs=1e-4)
        share = runs.case(case).summary["load_share"][joint]
        assert share["disc"] is None and share["ligaments"] is None
        assert share["disc_N"] == pytest.approx(path["carried"]["disc"]["axial_N"])


@pytest.mark.parametrize("case", ["compression", "standing"])
def test_follower_load_and_muscles_are_carried_whole(runs, case):
    summary = runs.case(case).summary
    for joint in JOINTS:
        path, share = summary["load_path"][joint], summary["load_share"][joint]
        assert path["applied"]["follower"]["axial_N"] == pytest.approx(500.0, rel=5e-3)  # along the path of centres
        assert summed(path["carried"]) == pytest.approx(summed(path["applied"]), abs=1e-3)
        for name in ROTATION_COMPONENTS:
            assert summed(path["carried"], name) == pytest.approx(summed(path["applied"], name), abs=1e-4)
        assert share["axial_N"] == pytest.approx(summed(path["applied"]))
        bones = [f"bone_contact_{place}" for place in BONE_PLACES]
        carriers = ("disc", "facet_left", "facet_right", *bones, "ligaments")
        assert sum(share[name] for name in carriers) == pytest.approx(share["axial_N"] / share["compression_N"])


def test_no_structure_carries_more_along_the_axis_than_its_force(runs):
    """The axial part is a component: of the contact force of a facet joint, of the tension of a ligament."""
    for case in (*CASES, "standing"):
        summary = runs.case(case).summary
        for joint in JOINTS:
            carried = summary["load_path"][joint]["carried"]
            for side in SIDES:
                assert abs(carried[f"facet_{side}"]["axial_N"]) <= summary["facet_force_N"][joint][side] + 1e-9
            for name, tension in summary["ligament_force_N"][joint].items():
                assert tension >= 0.0
                assert abs(carried[name]["axial_N"]) <= tension + 1e-9
    extended = runs.case("extension").summary
    facet = extended["load_path"]["L4-L5"]["carried"]["facet_left"]["axial_N"]
    assert 0.0 < facet < 0.7 * extended["facet_force_N"]["L4-L5"]["left"]  # most of the contact force is not axial


def test_capsules_stretch_in_flexion_and_go_slack_in_extension(runs):
    flexion, extension = (runs.case(case).summary["ligament_strain"]["L4-L5"] for case in ("flexion", "extension"))
    assert flexion["CL_left"] == pytest.approx(flexion["CL_right"], rel=1e-4)
    assert 0.1 < flexion["CL_left"] < 0.3
    assert extension["CL_left"] < 0.15


def test_posterior_ligaments_balance_flexion_and_facets_extension_and_rotation(runs):
    flexion = runs.case("flexion").summary["load_path"]["L4-L5"]["carried"]
    behind = [flexion[name] for name in ("ISL", "SSL", "LF_left", "LF_right", "CL_left", "CL_right")]
    assert all(one["axial_N"] <= 0.0 < one["moment_Nm"]["flexion"] for one in behind)
    assert sum(one["moment_Nm"]["flexion"] for one in behind) > 0.5
    assert flexion["disc"]["axial_N"] > 0.0
    rotation = runs.case("axial_rotation_left").summary["load_path"]["L4-L5"]["carried"]
    assert rotation["facet_right"]["moment_Nm"]["axial_rotation"] > 0.5
    assert (
        rotation["facet_right"]["moment_Nm"]["axial_rotation"] > rotation["facet_left"]["moment_Nm"]["axial_rotation"]
    )


@pytest.mark.parametrize("case", ["flexion", "standing"])
def test_every_output_of_a_case_is_defined_and_follows_the_schema(runs, case):
    result = runs.case(case)
    validate_case(case, result.summary)
    undefined = [path for path in entries(result.summary) if definition(("load_cases", case, *path)) is None]
    assert undefined == []
    assert [column for column in result.curves[-1] if column_definition(column) is None] == []


def test_nonsense_of_volume_fails(runs):
    """The least bulk modulus that a scenario may give, far below any tissue: cells lose half of their volume."""
    sets = ("materials.annulus.bulk_modulus_MPa=0.5", "load_cases.compression.follower_N=700")
    result = runs.case("compression", "disc_only_L4-L5.yaml", *sets)
    assert result.status == "converged"
    found = result.summary["checks"]
    assert found["smallest_volume_ratio"]["passed"]
    assert not found["volume_ratio.annulus.smallest"]["passed"]
    assert not found["volume_ratio.annulus.quantile_01"]["passed"]
    assert "annulus" in found["volume_ratio.annulus.smallest"]["where"]

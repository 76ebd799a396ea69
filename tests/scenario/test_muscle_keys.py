"""Keys about muscles and the upper body: what is accepted, and what is refused with which words."""

from __future__ import annotations

import pytest
import yaml

from fem_lumbar.measures.quantities import is_symmetric, mirrored_data
from fem_lumbar.model.muscles import effort_weights
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

HEAD = "schema_version: 1\nname: muscles\n"


def loaded(tmp_path, text: str):
    path = tmp_path / "muscles.yaml"
    path.write_text(HEAD + text)
    return load_scenario(path)


def test_defaults_of_the_upper_body_and_of_muscles(tmp_path):
    scenario = loaded(tmp_path, "load_cases: {standing: {upper_body: {}, muscle_activation: balanced}}\n")
    case = scenario.load_cases["standing"]
    assert (case.upper_body.weight_N, case.upper_body.lever_arm_mm) == (397.0, 28.0)
    assert case.muscle_activation == "balanced"
    assert scenario.muscles.short_range_stiffness == 0.0
    assert scenario.muscles.fat_fraction == {}
    assert scenario.warnings == ()
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(scenario.resolved()))
    assert load_scenario(again).sha256 == scenario.sha256


def test_fat_without_muscles_is_told(tmp_path):
    scenario = loaded(tmp_path, "load_cases: {pull: {follower_N: 5}}\nmuscles: {fat_fraction: {L5: {left: 0.2}}}\n")
    assert scenario.warnings == ("muscles.fat_fraction has no effect: no load case has muscle_activation",)


def test_denervation_is_one_sided_and_told_when_no_muscle_pulls(tmp_path):
    lost = "muscles: {denervated: {L4: {left: 0.3}}}\n"
    scenario = loaded(tmp_path, "load_cases: {pull: {follower_N: 5}}\n" + lost)
    assert scenario.warnings == ("muscles.denervated has no effect: no load case has muscle_activation",)
    relaxed = loaded(tmp_path, "load_cases: {pull: {follower_N: 5, muscle_activation: 0}}\n" + lost)
    assert relaxed.warnings == ("muscles.denervated has no effect: muscle_activation is 0 in every load case",)
    assert not is_symmetric(scenario.resolved())
    image = mirrored_data(scenario.resolved())
    assert image["muscles"]["denervated"] == {"L4": {"right": 0.3}}
    both = loaded(tmp_path, "load_cases: {pull: {follower_N: 5}}\n" + lost.replace("0.3", "0.3, right: 0.3"))
    assert is_symmetric(both.resolved())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: balancd}}",
            ["got text 'balancd'", "allowed: a number or balanced", "did you mean balanced?"],
        ),
        ("load_cases: {standing: {follower_N: 500, muscle_activation: balanced}}", ["no upper body or moment"]),
        ("load_cases: {standing: {upper_body: {weight_N: -3}}}", ["weight_N: -3 N is outside", "0 to 2000 N"]),
        (
            "load_cases: {standing: {upper_body: {lever_mm: 3}}}",
            ["lever_mm: unknown key", "did you mean lever_arm_mm?"],
        ),
        (
            "load_cases: {standing: {upper_body: {carried: {mass_kg: -1}}}}",
            ["mass_kg: -1 kg is outside", "0 to 200 kg"],
        ),
        ("load_cases: {standing: {upper_body: {carried: {kg: 1}}}}", ["carried.kg: unknown key", "mass_kg"]),
        ("load_cases: {standing: {upper_body: {inclination_deg: 200}}}", ["inclination_deg: 200", "-30 to 120"]),
        ("load_cases: {standing: {abdominal_pressure_kPa: 90}}", ["abdominal_pressure_kPa: 90 kPa", "0 to 50 kPa"]),
        (
            "load_cases: {standing: {abdominal_pressure_kPa: 5, muscle_activation: balanced}}",
            ["balanced, but there is no upper body or moment to balance"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 0.1}}\nmuscles: {groups: [multifidus, psoa]}",
            ["muscles.groups[1]", "did you mean psoas?"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\n"
            "muscles: {fascicles: {psoas.L4: {left: {activation: 0.5}}}}",
            ["psoas is not among muscles.groups, so psoas.L4 does not pull"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 0.1}}\nmuscles: {groups: [rectus_abdominis]}",
            ["standing.muscle_activation: no muscle pulls: those of muscles.groups (rectus_abdominis) run past"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 0.1}}\n"
            "muscles: {groups: [rectus_abdominis], fascicles: {rectus_abdominis: {left: {force_scale: 0.5}}}}",
            ["standing.muscle_activation: no muscle pulls"],  # a size alone is no force
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\n"
            "muscles: {groups: [psoas], scale: {L5: {left: 0.7}}}",
            ["multifidus is not among them"],
        ),
        ("load_cases: {standing: {upper_body: {weight_N: 0}}}", ["nothing loads the segment", "upper_body"]),
        (
            "load_cases: {flexed: {upper_body: {}, lumbar_flexion_deg: {L4-L5: 5}}}",
            ["load_cases.flexed.lumbar_flexion_deg", "held by balanced muscles", "muscle_activation balanced"],
        ),
        (
            "load_cases: {flexed: {upper_body: {}, muscle_activation: balanced, lumbar_flexion_deg: {L4-L6: 5}}}",
            ["lumbar_flexion_deg.L4-L6: unknown key", "did you mean L4-L5 or"],
        ),
        (
            "load_cases: {flexed: {upper_body: {}, muscle_activation: balanced, lumbar_flexion_deg: {L4-L5: 45}}}",
            ["lumbar_flexion_deg.L4-L5: 45 deg is outside", "-15 to 20 deg"],
        ),
        (
            "segment: {bodies: [L4, L5]}\n"
            "load_cases: {flexed: {upper_body: {}, muscle_activation: balanced, lumbar_flexion_deg: {L3-L4: 4}}}",
            ["lumbar_flexion_deg.L3-L4", "L3-L4 is not in the model (segment.bodies: L4, L5)"],
        ),
        (
            "load_cases: {flexion: {rotation_deg: 3, upper_body: {}, muscle_activation: balanced}}",
            ["hold the joints still, but rotation_deg moves them"],
        ),
        (
            "load_cases: {flexion: {moment_Nm: 3, follower_first: true, upper_body: {}, muscle_activation: balanced}}",
            ["follower_first applies some of them later"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\nmuscles: {fat_fraction: {L5: {left: 2}}}",
            ["muscles.fat_fraction.L5.left: 2 is outside", "0 to 1"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\nmuscles: {denervated: {L6: {left: 0.3}}}",
            ["muscles.denervated.L6: unknown key", "allowed: L1, L2, L3, L4, L5"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\nmuscles: {denervated: {L4: {left: 30}}}",
            ["muscles.denervated.L4.left: 30 is outside", "0 to 1"],
        ),
        (
            "segment: {bodies: [L3, L4]}\nload_cases: {standing: {upper_body: {}, muscle_activation: 1}}\n"
            "muscles: {denervated: {L5: {left: 0.3}}}",
            ["muscles.denervated.L5: the model has no fascicle supplied by the branch of L5", "L1, L2, L3, L4"],
        ),
        (
            "load_cases: {standing: {upper_body: {}, muscle_activation: 1}}\nmuscles: {denervated: {L4: {left: 0.3}}, "
            "fascicles: {multifidus.m4s: {left: {force_N: 9}}}}",
            ["muscles.denervated.L4.left: force_N of multifidus.m4s prescribes the force"],
        ),
    ],
)
def test_refusals(tmp_path, text, words):
    with pytest.raises(ScenarioError) as refusal:
        loaded(tmp_path, text + "\n")
    for word in words:
        assert word in str(refusal.value)


def test_a_weight_of_effort_is_one_sided_and_told_where_nothing_is_balanced(tmp_path):
    guarded = (
        "muscles: {effort_weight: {left: 4}, fascicles: {psoas.L4: {left: {effort_weight: 2}}}, groups: [psoas]}\n"
    )
    scenario = loaded(tmp_path, "load_cases: {pull: {follower_N: 5, muscle_activation: 0.1}}\n" + guarded)
    assert scenario.warnings == ("effort_weight has no effect: no load case has muscle_activation: balanced",)
    balanced = loaded(tmp_path, "load_cases: {standing: {upper_body: {}, muscle_activation: balanced}}\n" + guarded)
    assert balanced.warnings == ()
    assert not is_symmetric(balanced.resolved())
    muscles = [("psoas.L4", "left"), ("psoas.L4", "right"), ("psoas.L3", "left")]
    assert effort_weights(balanced, muscles) == [8.0, 1.0, 4.0]
    plain = loaded(tmp_path, "load_cases: {standing: {upper_body: {}, muscle_activation: balanced}}\n")
    assert "effort_weight" not in plain.resolved()["muscles"] and effort_weights(plain, muscles) == [1.0, 1.0, 1.0]

"""Keys that are valid but change nothing beside the others are told."""

from __future__ import annotations

import pytest

from fem_lumbar.scenario.loader import load_scenario

PULL = "load_cases: {pull: {follower_N: 5}}"
GIVEN = "{fascicles: {multifidus.m3s: {left: {activation: 0.3, effort_weight: 3}, right: {effort_weight: 3}}}}"


def told(tmp_path, text: str) -> list[str]:
    path = tmp_path / "odd.yaml"
    path.write_text(f"schema_version: 1\nname: odd\n{text}\n")
    return [line for line in load_scenario(path).warnings if "effect" in line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "load_cases: {pull: {follower_N: 5, abdominal_area_cm2: 300}}",
            ["load_cases.pull: abdominal_area_cm2 without effect: there is no abdominal_pressure_kPa"],
        ),
        ("load_cases: {pull: {abdominal_pressure_kPa: 5, abdominal_area_cm2: 300}}", []),
        (
            f"{PULL}\nmaterials: {{joints: {{L4-L5: {{ligaments: {{IL: {{area_mm2: 30}}, CL: {{area_mm2: 50}}}}}}}}}}",
            ["materials.joints.L4-L5.ligaments.IL has no effect: this ligament is not in the model"],
        ),
        (
            f"{PULL}\nsegment: {{bodies: [L5, S1]}}\nmaterials: {{joints: {{L5-S1: {{ligaments: "
            "{SSL: {area_mm2: 20}, IL: {area_mm2: 30}}}}}",
            ["materials.joints.L5-S1.ligaments.SSL has no effect: this ligament is not in the model"],
        ),
        (
            f"{PULL}\nstructures: {{ligaments: [ALL, CL]}}\n"
            "materials: {joints: {L4-L5: {ligaments: {PLL: {area_mm2: 20}}}}}",
            ["materials.joints.L4-L5.ligaments.PLL has no effect: this ligament is not in the model"],
        ),
        (
            f"load_cases: {{stand: {{upper_body: {{}}, muscle_activation: balanced}}}}\nmuscles: {GIVEN}",
            ["muscles.fascicles.multifidus.m3s.left.effort_weight has no effect: its force or activation is given"],
        ),
    ],
)
def test_what_changes_nothing_is_told(tmp_path, text, words):
    assert told(tmp_path, text) == words

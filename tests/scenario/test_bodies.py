"""Which bodies are in the model: ``segment.bodies``, the older ``structures.joints``, and what is outside."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fem_lumbar.scenario.earlier_keys import in_keys_of_today
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
UNIT = "segment.bodies=[L4, L5]"


def test_the_whole_template_is_the_default():
    scenario = load_scenario(BASELINE)
    assert scenario.segment.bodies == ("L3", "L4", "L5") and scenario.segment.joints == ("L3-L4", "L4-L5")
    same = load_scenario(BASELINE, ["segment.bodies=[L3, L4, L5]"])
    assert same == scenario and same.sha256 == scenario.sha256


def test_one_motion_segment_of_the_baseline():
    scenario = load_scenario(BASELINE, [UNIT])
    assert scenario.segment.joints == scenario.structures.joints == ("L4-L5",)
    states = {level: {mal.state for mal in sides.values()} for level, sides in scenario.mal.items()}
    assert states == {"L3": {"absent"}, "L4": {"fibrous"}, "L5": {"fibrous"}}
    assert list(scenario.load_cases) == list(load_scenario(BASELINE).load_cases)


def test_the_older_key_says_the_same():
    old, new = load_scenario(BASELINE, ["structures.joints=[L4-L5]"]), load_scenario(BASELINE, [UNIT])
    assert old == new and old.sha256 == new.sha256 != load_scenario(BASELINE).sha256


def test_resolved_scenarios_say_it_once_and_stored_ones_are_read(tmp_path):
    scenario = load_scenario(BASELINE, [UNIT])
    resolved = scenario.resolved()
    assert resolved["segment"] == {"bodies": ["L4", "L5"]} and "joints" not in resolved["structures"]
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(resolved), encoding="utf-8")
    assert load_scenario(path) == scenario
    stored = {key: value for key, value in resolved.items() if key != "segment"}
    stored["structures"] = {**resolved["structures"], "joints": ["L4-L5"]}
    path.write_text(yaml.safe_dump(stored), encoding="utf-8")
    assert load_scenario(path) == scenario
    assert in_keys_of_today(stored) == resolved


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["segment.bodies=[L5, L4]"], ["segment.bodies: L5, L4 are not neighbours in order", "did you mean L4, L5?"]),
        (["segment.bodies=[L3, L5]"], ["L3, L5 are not neighbours", "did you mean L3, L4, L5?"]),
        (["segment.bodies=[L4, L4]"], ["segment.bodies: L4 is listed twice"]),
        (["segment.bodies=[L4]"], ["segment.bodies: needs at least 2, got a list of 1"]),
        (["segment.bodies=[L4, L6]"], ["segment.bodies[1]: got text 'L6'", "allowed: L3, L4, L5"]),
        (["segment.levels=[L4, L5]"], ["segment.levels: unknown key", "allowed: bodies"]),
        ([UNIT, "structures.joints=[L3-L4]"], ["structures.joints: L3-L4, but segment.bodies is L4, L5"]),
        ([UNIT, "mal.L3.left.state=type_III"], ["mal.L3: L3 is not in the model (segment.bodies: L4, L5)"]),
        ([UNIT, "mal.L3.left.fibrous_modulus_MPa=90"], ["mal.L3: L3 is not in the model"]),
        ([UNIT, "anatomy.levels.L3.pedicle_width_mm=9"], ["anatomy.levels.L3: L3 is not in the model"]),
        ([UNIT, "anatomy.left.levels.L3.pedicle_width_mm=9"], ["anatomy.left.levels.L3: L3 is not in the model"]),
        ([UNIT, "anatomy.free_facets.L3_superior.angle_deg=40"], ["anatomy.free_facets.L3_superior: L3_superior is"]),
        (
            [UNIT, "anatomy.joints.L3-L4.disc_height_anterior_mm=9", "anatomy.joints.L3-L4.facet_angle_deg=45"],
            ["anatomy.joints.L3-L4.disc_height_anterior_mm: L3-L4 is not in the model", "allowed: no settings of it"],
        ),
        ([UNIT, "structures.removed_nuclei=[L3-L4]"], ["structures.removed_nuclei: L3-L4 is not in the model"]),
    ],
)  # fmt: skip
def test_refusals(sets, words):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(BASELINE, sets)
    message = str(caught.value)
    assert "1 problem in" in message and all(word in message for word in words), message


def test_defaults_and_neighbouring_facets_are_no_settings_of_what_is_outside():
    """The joint above shapes the superior processes of the uppermost body; a MAL that is fibrous anyway is no wish."""
    sets = [UNIT, "anatomy.joints.L3-L4.facet_angle_deg=45", "mal.L3.left.state=fibrous", "anatomy.size_percentile=60"]
    assert load_scenario(BASELINE, sets).mal["L3"]["left"].state == "absent"

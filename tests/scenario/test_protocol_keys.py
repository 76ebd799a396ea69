"""Keys that experimental protocols need: surgery, order of loading, prescribed motion."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import ScenarioError

HEAD = "schema_version: 1\n"
FLEXION = HEAD + "load_cases: {flexion: {moment_Nm: 7.5}}\n"


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "protocol.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def case(settings: str, name: str = "flexion") -> str:
    return HEAD + f"load_cases: {{{name}: {{{settings}}}}}\n"


ACCEPTED = {
    "nothing asked for": FLEXION,
    "nucleotomy": FLEXION + "structures: {removed_nuclei: [L4-L5]}\n",
    "facetectomy": FLEXION + "structures: {facetectomy: {L4-L5: {left: 0.5, right: 1.0}}}\n",
    "no facetectomy where there is no joint": FLEXION
    + "structures: {joints: [L4-L5], facetectomy: {L3-L4: {left: 0.0}}}\n",
    "follower load first": case("moment_Nm: 7.5, follower_N: 400, follower_first: true"),
    "muscles first": case("moment_Nm: 7.5, muscle_activation: 0.05, follower_first: true"),
    "follower load, then rotation": case("rotation_deg: 5, follower_N: 400, follower_first: true, unload: true"),
    "rotation in place of the moment of another file": case("moment_Nm: null, rotation_deg: 5"),
    "displacement": case("axial_displacement_mm: 1.0", "compression"),
    "traction": case("axial_displacement_mm: -0.5", "traction"),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted_and_resolved_to_the_same(tmp_path, text):
    scenario = load(tmp_path, text)
    assert scenario.warnings == ()
    again = load(tmp_path, yaml.safe_dump(scenario.resolved(), sort_keys=False))
    assert again == scenario


def test_each_changes_the_hash(tmp_path):
    found = {load(tmp_path, text).sha256 for text in ACCEPTED.values()}
    assert len(found) == len(ACCEPTED)


WRONG = {
    "nucleus of a joint that is not there": (
        FLEXION + "structures: {joints: [L4-L5], removed_nuclei: [L3-L4]}\n",
        ["structures.removed_nuclei: L3-L4 is not in the model", "allowed: L4-L5"],
    ),
    "nucleus twice": (FLEXION + "structures: {removed_nuclei: [L4-L5, L4-L5]}\n", ["L4-L5 is listed twice"]),
    "nucleus of no joint": (FLEXION + "structures: {removed_nuclei: [L5-S1]}\n", ["L3-L4, L4-L5"]),
    "facets of a joint that is not there": (
        FLEXION + "structures: {joints: [L4-L5], facetectomy: {L3-L4: {left: 0.5}}}\n",
        ["structures.facetectomy.L3-L4: L3-L4 is not in the model"],
    ),
    "facets without processes": (
        FLEXION + "structures: {posterior_elements: false, facetectomy: {L4-L5: {left: 0.5}}}\n",
        ["structures.facetectomy.L4-L5: the facet joints belong to the posterior elements"],
    ),
    "facets without contact": (
        FLEXION + "structures: {facet_contact: false, facetectomy: {L4-L5: {left: 0.5}}}\n",
        ["structures.facetectomy.L4-L5: no facet joint carries load"],
    ),
    "more than the whole facet": (
        FLEXION + "structures: {facetectomy: {L4-L5: {left: 1.5}}}\n",
        ["structures.facetectomy.L4-L5.left: 1.5 is outside", "at most 1"],
    ),
    "facet on no side": (FLEXION + "structures: {facetectomy: {L4-L5: {lift: 0.5}}}\n", ["mean left?"]),
    "nothing to come first": (
        case("moment_Nm: 7.5, follower_first: true"),
        ["load_cases.flexion.follower_first: true, but there is neither a follower load nor muscle force"],
    ),
    "nothing to come then": (
        case("follower_N: 500, follower_first: true", "compression"),
        ["load_cases.compression.follower_first: true, but no moment or motion follows"],
    ),
    "moment and rotation": (case("moment_Nm: 7.5, rotation_deg: 5"), ["moment_Nm and rotation_deg are both given"]),
    "three ways to turn": (
        case("moment_Nm: 7.5, rotation_deg: 5, moment_vector_Nm: [1, 0, 0]"),
        ["moment_Nm and moment_vector_Nm and rotation_deg are all given"],
    ),
    "rotation about no axis": (
        case("rotation_deg: 5", "extention"),
        ["load_cases.extention.rotation_deg: the name 'extention' does not give the axis", "did you mean extension"],
    ),
    "no rotation": (case("rotation_deg: 0"), ["needs a moment", "moment_Nm or rotation_deg above 0"]),
    "rotation with a sign": (case("rotation_deg: -5"), ["-5 deg is outside", "in the name of the case"]),
    "too far": (case("axial_displacement_mm: 50", "compression"), ["50 mm is outside", "allowed: -5 to 5 mm"]),
    "displacement of nothing": (case("axial_displacement_mm: 0", "compression"), ["nothing loads the segment"]),
    "truth as a word": (case("moment_Nm: 7.5, unload: backwards"), ["unload: expected true or false"]),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_message(tmp_path, text, expected):
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path, text)
    for part in expected:
        assert part in str(caught.value)

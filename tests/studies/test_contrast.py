"""Pairs of points that differ in one factor: what is asked is the difference."""

import numpy as np
import pytest
import yaml

from fem_lumbar.scenario.problems import ScenarioError
from fem_lumbar.studies.answers.contrast import contrasted
from fem_lumbar.studies.answers.gather import answers
from fem_lumbar.studies.execution import manifest_of
from fem_lumbar.studies.manifest import FactorColumn
from fem_lumbar.studies.reading import load_study
from fem_lumbar.studies.table import DONE, FAILED
from tests.studies.synthetic_study import study as synthetic

FILE = {
    "schema_version": 1,
    "name": "pairs",
    "scenario": "scenario.yaml",
    "cases": ["flexion"],
    "factors": {
        "state": {"key": "mal.L5.left.state", "values": ["fibrous", "type_III"]},
        "modulus": {"key": "materials.mal.ossified_modulus_MPa", "range": [500, 12000], "log": True},
        "nucleus": {"key": "materials.nucleus.c10_MPa", "range": [0.01, 0.1]},
    },
    "contrast": "state",
    "design": {"kind": "latin_hypercube", "points": 6, "seed": 1},
    "outputs": ["rotation_deg.*.flexion"],
}
SCENARIO = {"schema_version": 1, "name": "some", "load_cases": {"flexion": {"moment_Nm": 5.0}}}


def written(folder, **changes):
    (folder / "scenario.yaml").write_text(yaml.safe_dump(SCENARIO))
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(FILE | changes))
    return file


def test_every_point_is_run_at_both_values(tmp_path):
    study = load_study(written(tmp_path))
    points = list(study.points())
    assert [point.number for point in points] == list(range(12))
    for first, second in zip(points[::2], points[1::2], strict=True):
        assert (first.values["state"], second.values["state"]) == ("fibrous", "type_III")
        assert {**first.values, "state": 0} == {**second.values, "state": 0}
    assert len({point.values["modulus"] for point in points}) == 6
    assert study.scenario_at(points[1].values).mal["L5"]["left"].state == "type_III"
    told = manifest_of(study).design
    assert told["points"] == 12 and told["contrast"] == "state"


def test_pairs_share_a_design_whatever_the_contrast_is_called(tmp_path):
    """The contrast takes no column of the design: the other factors have the values they have without it."""
    pairs = list(load_study(written(tmp_path)).points())[::2]
    alone = {name: one for name, one in FILE["factors"].items() if name != "state"}
    others = list(load_study(written(tmp_path, factors=alone, contrast=None)).points())
    assert [one.values["modulus"] for one in pairs] == [one.values["modulus"] for one in others]


def asking(output, **finding):
    one = {"title": "t", "finding": finding or {"modulus": {"above": 5000}}}
    return {"comparisons": [one | {"outcomes": [{"case": "flexion", "output": output}]}]}


def test_questions_are_about_the_differences(tmp_path):
    study = load_study(written(tmp_path, asks=asking("change.rotation_deg.L4-L5.flexion")))
    assert study.asks["comparisons"][0]["outcomes"][0]["output"] == "change.rotation_deg.L4-L5.flexion"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"contrast": "sate"}, "no factor 'sate'"),
        ({"contrast": "modulus"}, "it is the contrast of the study"),
        (
            {"contrast": "nucleus", "factors": FILE["factors"] | {"nucleus": {"range": [0.01, 0.1], "levels": 2}}},
            "it is the contrast of the study",
        ),
        (
            {"correlation": {"factors": ["state", "modulus"], "matrix": [[1, 0.5], [0.5, 1]]}},
            "'state' is the contrast, which every point has both values of",
        ),
        ({"asks": asking("rotation_deg.L4-L5.flexion")}, "none of the outputs of the study"),
        ({"asks": asking("change.rotation_deg.L4-L5.flexion", state="fibrous")}, "no factor of this name"),
        ({"factors": {"state": FILE["factors"]["state"]}}, "the only factor"),
        (
            {
                "factors": FILE["factors"]
                | {
                    "fat": {
                        "key": "muscles.fat_fraction.L5.left",
                        "depends_on": "state",
                        "rows": [{"distribution": {"kind": "uniform", "low": 0.0, "high": 0.2}}],
                    }
                }
            },
            "other factors depend on 'state'",
        ),
    ],
)
def test_contrasts_that_compare_nothing_are_refused(tmp_path, changes, told):
    with pytest.raises(ScenarioError) as caught:
        load_study(written(tmp_path, **changes))
    assert told in str(caught.value)


def pairs(count=24, failed=None):
    """A study whose change is 3 a, while the values vary a thousand times as much with b."""
    rng = np.random.default_rng(0)
    a, b = (np.repeat(rng.uniform(0.0, 1.0, count), 2) for _ in range(2))
    state = np.tile([0.0, 1.0], count)
    manifest, frame = synthetic(
        {"a": a, "b": b, "state": state},
        {"force_N": lambda v: 3000.0 * v["b"] + 3.0 * v["a"] * v["state"]},
        floor=1e-6,
        mesh_error=30.0,
        failed=failed,
    )
    frame["state"] = np.where(state[frame["point"]] > 0, "on", "off")
    others = [one for one in manifest.factors if one.name != "state"]
    contrast = FactorColumn("state", "mal.L5.left.state", "", "values", {"values": ["off", "on"]}, ("off", "on"))
    manifest.design["contrast"] = "state"
    return manifest.__class__(**{**vars(manifest), "factors": (*others, contrast)}), frame


def test_outputs_are_differences_with_their_errors():
    manifest, table = contrasted(*pairs())
    assert [one.name for one in manifest.factors] == ["a", "b"]
    assert [(one.name, one.unit) for one in manifest.outputs] == [("change.force_N", "N")]
    assert manifest.design["points"] == 24 and "contrast" not in manifest.design
    assert manifest.design["change of"] == "state from off to on"
    assert table["change.force_N"].to_numpy() == pytest.approx(3.0 * table["a"].to_numpy(), rel=1e-9)
    assert table["floor:change.force_N"].to_numpy() == pytest.approx(np.sqrt(2.0) * 1e-6)
    smaller = 3000.0 * table["b"].to_numpy()
    assert (table["mesh_error:change.force_N"] <= 30.0 / smaller * 3.0 * table["a"] * (1.0 + 1e-9)).all()


def test_a_change_from_nothing_has_the_mesh_errors_of_both_values():
    manifest, frame = pairs()
    frame.loc[frame["point"] == 0, "force_N"] = 0.0
    _, table = contrasted(manifest, frame)
    assert table["mesh_error:change.force_N"][0] == pytest.approx(30.0 * np.sqrt(2.0))


def test_answers_are_about_the_effect():
    found = answers(*contrasted(*pairs())).outputs[0]
    assert found.surrogate.q2 > 0.99
    assert found.indices.total == pytest.approx([1.0, 0.0], abs=1e-3)


def test_a_pair_with_a_failed_run_has_failed():
    failed = np.zeros(48, dtype=bool)
    failed[3] = True
    _, table = contrasted(*pairs(failed=failed))
    assert table["status"].tolist() == [DONE, FAILED, *[DONE] * 22]
    assert table["reason"][1] != "" and np.isnan(table["change.force_N"][1])


def test_half_a_pair_is_left_out():
    manifest, frame = pairs()
    _, table = contrasted(manifest, frame[frame["point"] != 4])
    assert table["point"].tolist() == [0, 1, *range(3, 24)]


def test_other_studies_are_left_as_they_are():
    manifest, frame = synthetic({"a": np.linspace(0.0, 1.0, 8)}, {"force_N": lambda v: v["a"]})
    assert contrasted(manifest, frame) == (manifest, frame)

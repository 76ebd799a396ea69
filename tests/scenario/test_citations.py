"""Sources of a run: what is used and published, what the scenario sets, what was fitted."""

from __future__ import annotations

from pathlib import Path

from fem_lumbar.scenario.citations import SET_HERE, citations
from fem_lumbar.scenario.loader import load_scenario, with_values

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def sources(scenario) -> dict[str, list[str]]:
    return {entry["source"]: entry["values"] for entry in citations(scenario)}


def test_baseline_cites_bone_disc_ligaments_and_muscles():
    scenario = load_scenario(SCENARIOS / "baseline.yaml")
    told = " ".join(sources(scenario))
    for source in ("Clouthier", "PMC5592017", "Gruber 2024", "after Goel", "Christophy 2012"):
        assert source in told
    assert SET_HERE not in told


def test_muscles_are_cited_where_they_pull_only():
    told = " ".join(sources(load_scenario(SCENARIOS / "baseline.yaml", cases=["flexion"])))
    assert "Christophy 2012" not in told


def test_muscles_of_the_trunk_are_cited_where_they_are_in_the_model():
    path = SCENARIOS / "standing_balanced.yaml"
    for groups in ("[multifidus]", "[psoas]", "[multifidus, psoas]"):
        told = sources(load_scenario(path, [f"muscles.groups={groups}"]))
        assert any("muscles" in named for named in told.values()) == ("multifidus" in groups)
        assert any("MyoHub" in source for source in told) == ("psoas" in groups)


def test_what_is_not_in_the_model_is_not_cited():
    named = [name for names in sources(load_scenario(SCENARIOS / "disc_only_L4-L5.yaml")).values() for name in names]
    assert not [name for name in named if ".ligaments." in name or ".L3" in name or ".facet" in name or ".mal." in name]


def test_a_nucleus_that_is_gone_is_not_cited():
    path = SCENARIOS / "disc_only_L4-L5.yaml"
    for removed, cited in (("[]", True), ("[L4-L5]", False)):
        told = sources(load_scenario(path, [f"structures.removed_nuclei={removed}"])).values()
        assert any(name.startswith("materials.nucleus") for names in told for name in names) is cited


def test_values_of_the_scenario_are_told_as_such():
    scenario = load_scenario(
        SCENARIOS / "baseline.yaml", ["materials.nucleus.c10_MPa=0.1", "anatomy.size_percentile=70"]
    )
    assert sources(scenario)[SET_HERE] == ["materials.nucleus.c10_MPa"]


def test_a_measure_of_one_side_is_cited_where_it_is_in_the_model():
    width = ["anatomy.right.joints.L4-L5.facet_width_mm=11"]
    for contact, cited in (("true", True), ("false", False)):
        told = sources(load_scenario(SCENARIOS / "baseline.yaml", [*width, f"structures.facet_contact={contact}"]))
        named = ["anatomy.right.joints.L4-L5.facet_width_mm"]
        assert told.get(SET_HERE, []) == (named if cited else [])


def test_fitted_values_are_cited_as_their_set(tmp_path):
    base = (SCENARIOS / "baseline.yaml").as_posix()
    (tmp_path / "fitted.yaml").write_text(
        "parameter_set: {name: mine, keys: [materials.nucleus.c10_MPa], provenance: {calibration: c.yaml}}\n"
        "materials: {nucleus: {c10_MPa: 0.1}}\n"
    )
    (tmp_path / "run.yaml").write_text(f"extends: [{base}, fitted.yaml]\n")
    scenario = load_scenario(tmp_path / "run.yaml")
    assert sources(scenario)["fitted: parameter set mine (c.yaml)"] == ["materials.nucleus.c10_MPa"]


def test_a_fitted_value_that_is_changed_again_is_no_longer_cited_as_fitted(tmp_path):
    base = (SCENARIOS / "baseline.yaml").as_posix()
    (tmp_path / "fitted.yaml").write_text(
        "parameter_set: {name: mine, keys: [materials.nucleus.c10_MPa, materials.nucleus.c01_MPa]}\n"
        "materials: {nucleus: {c10_MPa: 0.1, c01_MPa: 0.02}}\n"
    )
    (tmp_path / "run.yaml").write_text(f"extends: [{base}, fitted.yaml]\nmaterials: {{nucleus: {{c10_MPa: 0.11}}}}\n")
    changed_in_file = load_scenario(tmp_path / "run.yaml")
    (tmp_path / "run.yaml").write_text(f"extends: [{base}, fitted.yaml]\n")
    changed_by_option = load_scenario(tmp_path / "run.yaml", ["materials.nucleus.c10_MPa=0.11"])
    changed_later = with_values(load_scenario(tmp_path / "run.yaml"), {"materials.nucleus.c10_MPa": 0.11})
    for scenario in (changed_in_file, changed_by_option, changed_later):
        assert sources(scenario)[SET_HERE] == ["materials.nucleus.c10_MPa"]
        assert sources(scenario)["fitted: parameter set mine"] == ["materials.nucleus.c01_MPa"]

"""The library of scenarios: what its files state, mirror images, and what is run when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.measures.quantities import is_symmetric, mirrored_data
from fem_lumbar.questions.mal.library import mirror_pairs, read_library, run_library
from fem_lumbar.questions.mal.question import read_question, require_known_groups
from fem_lumbar.runs.current import find_current
from fem_lumbar.scenario.model import Scenario
from tests.runs.fake_engine import FAILING_NM, FAKE

SHIPPED = Path(__file__).parents[2] / "scenarios" / "mal"
ENTRIES = {entry.name: entry for entry in read_library(SHIPPED)}
ONE_SIDED = [name for name in ENTRIES if "_left" in name]
HEADER = "".join(f"# {key}: text\n" for key in ("title", "group", "claim", "mechanism", "expectation", "source"))
BODY = "schema_version: 1\nname: {}\nload_cases: {{flexion: {{moment_Nm: {}}}}}\n"


def without_words(resolved):
    return {key: value for key, value in resolved.items() if key not in ("name", "description", "load_cases")}


def test_library_holds_what_the_question_needs():
    for level in ("L3", "L4", "L5"):
        for kind in ("I", "II", "III"):
            assert {f"type_{kind}_{level}_{place}" for place in ("left", "right", "both")} <= ENTRIES.keys()
        for side in ("left", "right"):
            assert {f"atrophy_{level}_{side}", f"atrophy_and_type_III_{level}_{side}"} <= ENTRIES.keys()
    assert {"worst", "tropism_L4-L5_left_5deg", "tropism_L4-L5_left_10deg", "stretch_reference"} <= ENTRIES.keys()


def test_library_pulls_on_an_ossified_mal_and_lets_muscles_answer():
    """Without, most claims of the question would not be tested."""
    ossified = [entry.scenario for entry in ENTRIES.values() if entry.group.startswith("mal")]
    cases = [(one, case) for one in ossified for case in one.load_cases.values()]
    assert any(case.muscle_activation == 0.5 for _, case in cases)
    assert any(case.muscle_activation == "balanced" for _, case in cases)
    assert any(one.muscles.short_range_stiffness > 0.0 and case.muscle_activation == 0.5 for one, case in cases)


@pytest.mark.parametrize("name", ENTRIES)
def test_name_is_that_of_the_file_and_every_case_of_the_twin_is_there(name):
    entry = ENTRIES[name]
    assert entry.path.stem == name
    assert entry.scenario.warnings == () or "muscles" not in " ".join(entry.scenario.warnings)
    if entry.against is not None:
        twin = ENTRIES[entry.against].scenario
        assert entry.scenario.load_cases.items() <= twin.load_cases.items()
        assert without_words(entry.scenario.resolved()) != without_words(twin.resolved())


@pytest.mark.parametrize("name", ONE_SIDED)
def test_mirror_image_is_the_shipped_other_side_or_a_valid_scenario(name):
    image = mirrored_data(ENTRIES[name].scenario.resolved())
    assert not is_symmetric(ENTRIES[name].scenario.resolved())
    other = ENTRIES.get(name.replace("_left", "_right"))
    if other is not None:
        assert without_words(image) == without_words(other.scenario.resolved())
    assert mirrored_data(Scenario.model_validate(image).resolved()) == ENTRIES[name].scenario.resolved()


def test_every_one_sided_mal_and_atrophy_has_its_mirror_image():
    pairs = {one.name: other.name for one, other in mirror_pairs(ENTRIES.values())}
    expected = [name for name in ONE_SIDED if "tropism" not in name and "stretch_atrophy" not in name]
    assert {name: name.replace("left", "right") for name in expected} == pairs


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.endswith("_both") or "reference" in name])
def test_bilateral_scenarios_and_twins_are_symmetric(name):
    assert is_symmetric(ENTRIES[name].scenario.resolved())


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES.values() if entry.mal_against], ids=lambda one: one.name)
def test_part_of_the_mal_is_told_by_a_scenario_that_differs_in_the_mal_alone(entry):
    ours, other = entry.scenario.resolved(), ENTRIES[entry.mal_against].scenario.resolved()
    differing = {key for key in without_words(ours) if ours[key] != other[key]}
    assert differing == {"mal"}


def write(folder, name, header=HEADER, moment=2.0):
    (folder / f"{name}.yaml").write_text(header + BODY.format(name, moment), encoding="utf-8")


def test_header_that_does_not_state_everything_is_refused(tmp_path):
    write(tmp_path, "one", HEADER.replace("# claim: text\n", ""))
    with pytest.raises(InputError, match=r"one\.yaml.*\n.*not stated: claim"):
        read_library(tmp_path)


def test_folder_of_scenarios_without_a_claim_is_no_library():
    with pytest.raises(InputError, match=r"scenarios/work: none of its scenarios states a claim.*\n.*fem-lumbar run"):
        read_library(SHIPPED.parent / "work")


def test_header_goes_on_over_indented_lines_and_ends_with_the_comment(tmp_path):
    header = HEADER.replace("# claim: text\n", "# claim: a long\n#   claim: of two lines\n")
    write(tmp_path, "one", header)
    (entry,) = read_library(tmp_path)
    assert entry.claim == "a long claim: of two lines"


def test_unknown_key_of_a_header_is_refused_with_the_nearest(tmp_path):
    write(tmp_path, "one", "# againts: two\n" + HEADER)
    with pytest.raises(InputError, match=r"one\.yaml: .*'againts' is none of .*did you mean against"):
        read_library(tmp_path)


def test_comparison_with_what_is_not_there_is_refused(tmp_path):
    write(tmp_path, "one", "# against: two\n" + HEADER)
    with pytest.raises(InputError, match="against: 'two' is not another scenario"):
        read_library(tmp_path)


def test_folder_without_scenarios_is_refused(tmp_path):
    (tmp_path / "_part.yaml").write_text("schema_version: 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="contains neither scenarios"):
        read_library(tmp_path)


def test_twins_run_first_and_what_is_there_is_not_run_again(tmp_path):
    write(tmp_path, "a_change", "# against: twin\n" + HEADER, moment=2.5)
    write(tmp_path, "twin", moment=2.0)
    entries, out = read_library(tmp_path), tmp_path / "out"
    first = [(done.entry.name, done.status) for done in run_library(entries, out, engine=FAKE)]
    assert first == [("twin", "completed"), ("a_change", "completed")]
    assert (out / "twin" / "report.md").is_file()
    again = [(done.entry.name, done.status) for done in run_library(entries, out, engine=FAKE)]
    assert again == [("twin", "there"), ("a_change", "there")]
    changed = entries[1].scenario.model_copy(update={"load_cases": {}})
    assert find_current(changed, [out / entries[1].name]) is None


def test_failed_scenario_is_told_and_run_again(tmp_path):
    write(tmp_path, "one", moment=FAILING_NM)
    entries, out = read_library(tmp_path), tmp_path / "out"
    for _ in range(2):
        (done,) = run_library(entries, out, engine=FAKE)
        assert done.status == "failed" and "cut back" in done.reason


@pytest.mark.parametrize("folder", ["ossification", "degeneration", "transitional", "clefts", "work_mal", "mal_shape"])
def test_other_libraries_have_headers_twins_and_mirror_images(folder):
    entries = {entry.name: entry for entry in read_library(SHIPPED.parent / folder)}
    assert len(entries) >= 5
    for name, entry in entries.items():
        assert entry.path.stem == name
        assert (
            entry.against is None
            or entries[entry.against].scenario.load_cases.keys() >= entry.scenario.load_cases.keys()
        )
        assert entry.mal_against is None or entry.mal_against in entries
        assert mirrored_data(mirrored_data(entry.scenario.resolved())) == entry.scenario.resolved()
    pairs = {one.name: other.name for one, other in mirror_pairs(entries.values())}
    both = [name for name in entries if "_left" in name and name.replace("_left", "_right") in entries]
    assert pairs == {name: name.replace("_left", "_right") for name in both}


def test_unknown_group_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"bone\.yaml: group: 'MAL' is none of .*did you mean mal"):
        require_known_groups(read_question(), [replace(ENTRIES["reference"], path=Path("bone.yaml"), group="MAL")])

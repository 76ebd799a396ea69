"""Clefts of the arch in scenarios: what is taken, what is refused, what stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.anatomy.posterior_cleft import PosteriorCleft, clefts_of
from fem_lumbar.measures.quantities import is_symmetric, mirrored_data
from fem_lumbar.questions.mal.library import read_library
from fem_lumbar.questions.mal.question import question_of, require_known_groups
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.scenario.problems import ScenarioError

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def scenario(*sets: str, file: str = "baseline.yaml") -> Scenario:
    """Keys with a point in them are those of the scenario, others those of ``anatomy.posterior_cleft``."""
    full = [one if "." in one.partition("=")[0] else f"anatomy.posterior_cleft.{one}" for one in sets]
    return load_scenario(SCENARIOS / file, full)


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["L4=midlin"], ["posterior_cleft.L4: got text 'midlin'", "did you mean midline?"]),
        (["L4={site: bot}"], ["posterior_cleft.L4.site", "did you mean both?"]),
        (["L4={width_mm: 2}"], ["posterior_cleft.L4.site: required"]),
        (["L4={site: both, widht_mm: 2}"], ["did you mean width_mm?"]),
        (["L4={site: both, width_mm: 20}"], ["20 mm is outside the accepted range", "0.5 to 4 mm"]),
        (["S1=midline"], ["S1 is not in the model"]),
        (["L3=midline", "segment.bodies=[L4, L5]"], ["L3 is not in the model"]),
        (["L5=left"], ["posterior_cleft.L5: left, but L5 is the lowermost body", "the joint below it (L5-S1)"]),
        (["L5={site: both}"], ["posterior_cleft.L5.site: both, but L5 is the lowermost body"]),
        (["L4=both", "segment.bodies=[L3, L4]"], ["L4 is the lowermost body"]),
    ],
)
def test_refusals(sets, words):
    with pytest.raises(ScenarioError) as caught:
        scenario(*sets)
    message = str(caught.value)
    assert "1 problem in" in message and all(word in message for word in words), message


@pytest.mark.parametrize(
    ("file", "given", "words"),
    [
        ("lumbosacral_L3-S1.yaml", "S1=left", ["S1 has no pars", "did you mean midline?"]),
        ("disc_only_L4-L5.yaml", "L4=midline", ["posterior elements, which are switched off"]),
    ],
)
def test_refusals_in_other_segments(file, given, words):
    with pytest.raises(ScenarioError) as caught:
        scenario(given, file=file)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_closed_arch_says_nothing_of_it_and_the_mirror_exchanges_sides():
    closed, left, both = scenario(), scenario("L4=left"), scenario("L4=both")
    assert "posterior_cleft" not in closed.resolved()["anatomy"]
    assert left.resolved()["anatomy"]["posterior_cleft"] == {"L4": "left"}
    assert len({one.sha256 for one in (closed, left, both, scenario("L4={site: both, tissue: empty}"))}) == 4
    assert mirrored_data(left.resolved())["anatomy"] == scenario("L4=right").resolved()["anatomy"]
    assert not is_symmetric(left.resolved()) and is_symmetric(both.resolved())
    assert Scenario.model_validate(both.resolved()) == both


def test_assumed_numbers_are_stated_with_their_values():
    def assumed(*sets: str) -> dict[str, float]:
        stated = {one["name"]: one["value"] for one in scenario(*sets).assumed_values}
        start = "anatomy.posterior_cleft.L4."
        return {name.removeprefix(start): value for name, value in stated.items() if name.startswith(start)}

    usual = {"width_mm": 2.0, "modulus_MPa": 5.0, "poisson_ratio": 0.3}
    assert assumed("L4=both") == assumed("L4={site: both}") == usual
    assert assumed("L4={site: both, modulus_MPa: 20}")["modulus_MPa"] == 20.0
    assert PosteriorCleft(site="both", tissue="empty").elasticity[0] < 0.02 * usual["modulus_MPa"]


def test_the_library_has_every_site_and_its_own_question():
    entries = read_library(SCENARIOS / "clefts")
    sites = {(level, one.site) for entry in entries for level, one in clefts_of(entry.scenario.anatomy.posterior_cleft)}
    assert {("L5", "both"), ("L4", "left"), ("L4", "right"), ("L5", "midline"), ("S1", "midline")} <= sites
    question = question_of(SCENARIOS / "clefts")
    require_known_groups(question, entries)
    assert question.page == "clefts"


def test_null_takes_an_inherited_cleft_away(tmp_path):
    with_clefts = "schema_version: 1\nanatomy: {posterior_cleft: {L3: midline, L4: left}}\n"
    (tmp_path / "below.yaml").write_text(f"extends: {SCENARIOS / 'baseline.yaml'}\n{with_clefts}", encoding="utf-8")
    own = "schema_version: 1\nextends: below.yaml\nanatomy: {posterior_cleft: {L4: null}}\n"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    assert load_scenario(tmp_path / "below.yaml", ()).anatomy.posterior_cleft == {"L3": "midline", "L4": "left"}
    assert load_scenario(tmp_path / "own.yaml", ()).anatomy.posterior_cleft == {"L3": "midline"}

"""Electromyography: power against published values, ratios by hand, verdicts."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from fem_lumbar.anatomy.muscles import fascicles
from fem_lumbar.cli.main import main
from fem_lumbar.documents.tables import to_markdown
from fem_lumbar.foundation.conventions import SIDES
from fem_lumbar.foundation.errors import InputError
from fem_lumbar.questions.emg.amplitude import runs_past, signals
from fem_lumbar.questions.emg.parameters import designs
from fem_lumbar.questions.emg.power import pairs_needed, power, visible_effect
from fem_lumbar.questions.emg.study import emg_study
from fem_lumbar.questions.emg.text import emg_document, emg_title, verdict
from fem_lumbar.scenario.loader import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"


def run(name: str, left: float, right: float, *sets: str, case: str = "standing") -> SimpleNamespace:
    muscles = {fascicle: {"left": {"activation": left}, "right": {"activation": right}} for fascicle in fascicles()}
    scenario = load_scenario(BASELINE, sets=sets)
    return SimpleNamespace(name=name, density="test", scenario=scenario, converged={case: {"muscles": muscles}})


def test_power_is_the_published_one():
    """Cohen 1988, exercise 2.5, and the paired t-test of the R package pwr, as their documentation prints them."""
    assert power(0.2, 60, 0.10) == pytest.approx(0.4555818, abs=2e-6)
    assert power(0.5, 33.36713, 0.05) == pytest.approx(0.8, abs=1e-7)


def test_pairs_are_the_fewest_that_suffice():
    assert pairs_needed(0.5, 0.8, 0.05) == 34
    assert visible_effect(20, 0.8, 0.05) == pytest.approx(0.6604413, abs=1e-6)
    for effect in (3.0, 1.0, 0.3, -0.05):
        pairs = pairs_needed(effect, 0.8, 0.05)
        assert power(effect, pairs, 0.05) >= 0.8
        assert pairs == 2 or power(effect, pairs - 1, 0.05) < 0.8


def test_no_effect_or_a_tiny_one_is_never_seen():
    assert pairs_needed(0.0, 0.8, 0.05) is None
    assert pairs_needed(1e-6, 0.8, 0.05) is None
    assert power(0.0, 50, 0.05) == pytest.approx(0.05)


def test_two_sessions_double_the_variance_of_two_sides():
    sides, same_day, other_day = designs()
    assert same_day.spread == pytest.approx(2 * 0.04) and other_day.spread == pytest.approx(2 * 0.07)
    assert sides.low < sides.spread < sides.high


def test_fascicles_below_an_electrode():
    at_l5 = {one.name for one in fascicles().values() if runs_past(one, "L5")}
    assert "multifidus.m1s" not in at_l5  # from L4 up to L1
    assert {"multifidus.m1t.1", "multifidus.m3s", "longissimus.L3"} <= at_l5


def test_atrophy_shows_in_the_amplitude_alone():
    """All fascicles at one activation: the amplitude falls by what is lost, the normalised one not at all."""
    reference, thin = run("healthy", 0.2, 0.2), run("thin", 0.2, 0.2, "muscles.scale.L5.left=0.5")
    study = emg_study(reference, [thin])
    multifidus = {one.signal.level: one for one in study.found if one.signal.muscle == "multifidus"}
    own = [one for one in fascicles().values() if one.muscle == "multifidus" and runs_past(one, "L5")]
    lost = sum(one.pcsa_mm2 for one in own if one.insertion_level == "L5")
    left = 1.0 - 0.5 * lost / sum(one.pcsa_mm2 for one in own)
    assert multifidus["L5"].changes["amplitude"].size == pytest.approx(math.log(left))
    assert multifidus["L5"].changes["normalised"].size == pytest.approx(0.0, abs=1e-12)
    assert multifidus["L5"].signal.normalised == pytest.approx((0.2, 0.2))
    longissimus = [one for one in study.found if one.signal.muscle == "longissimus"]
    assert all(one.changes["amplitude"].size == 0.0 for one in longissimus)


def test_persons_follow_from_the_change():
    study = emg_study(run("a", 0.2, 0.2), [run("b", 0.1, 0.2)])
    change = study.found[0].changes["normalised"]
    assert change.size == pytest.approx(math.log(0.5))
    assert change.persons["sides"] == pairs_needed(math.log(2.0) / designs()[0].spread, 0.8, 0.05)
    assert verdict(change) == "sides, same day, other day"
    tiny = emg_study(run("a", 0.2, 0.2), [run("b", 0.2001, 0.2)]).found[0].changes["normalised"]
    assert verdict(tiny) == "not visible" and tiny.persons["sides"] > 1_000_000


def test_a_silent_side_has_no_ratio():
    study = emg_study(run("a", 0.2, 0.2), [run("b", 0.0, 0.2)])
    assert all(verdict(one.changes["amplitude"]) == "silent" for one in study.found)
    text = to_markdown(emg_title(study), emg_document(study))
    assert "| silent |" in text and "Least visible change" in text


def test_a_fascicle_without_nerve_on_one_side_is_silent_there():
    """Balanced muscles leave a side without force out of what a run stores."""
    lost = run("lost", 0.2, 0.2, "muscles.denervated.L2.left=1")
    for name, fascicle in fascicles().items():
        if fascicle.medial_branch == "L2":
            del lost.converged["standing"]["muscles"][name]["left"]
    multifidus = {one.signal.level: one for one in emg_study(run("a", 0.2, 0.2), [lost]).found[:3]}
    own = [one for one in fascicles().values() if one.muscle == "multifidus" and runs_past(one, "L5")]
    gone = sum(one.pcsa_mm2 for one in own if one.medial_branch == "L2")
    left = math.log(1.0 - gone / sum(one.pcsa_mm2 for one in own))
    assert gone > 0.0 and multifidus["L5"].changes["amplitude"].size == pytest.approx(left)
    assert multifidus["L5"].signal.normalised == pytest.approx((0.2, 0.2))


def test_runs_without_a_case_in_common_are_refused():
    with pytest.raises(InputError, match="share no converged load case"):
        emg_study(run("a", 0.2, 0.2), [run("b", 0.2, 0.2, case="flexed")])


def test_signals_know_both_sides():
    one = run("a", 0.3, 0.1)
    found = signals(one.scenario, one.converged["standing"]["muscles"])
    assert [signal.level for signal in found] == ["L3", "L4", "L5"] * 2 and len(SIDES) == 2
    assert all(signal.log_ratio("amplitude") == pytest.approx(math.log(3.0)) for signal in found)


def test_a_folder_that_is_no_run(tmp_path, capsys):
    assert main(["emg", str(tmp_path), "--against", str(tmp_path)]) == 2
    assert "not a run folder" in capsys.readouterr().err

"""What a run says that it takes for granted about muscles."""

from __future__ import annotations

from pathlib import Path

import pytest

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.assumptions import model_assumptions

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def told(name: str, words: str, *sets: str) -> str:
    scenario = load_scenario(SCENARIOS / name, sets, None, "test")
    return next(line for line in model_assumptions(scenario) if words in line)


def test_muscles_that_help_are_those_of_the_model():
    few = told("standing_balanced.yaml", "Balanced muscles hold")
    many = told("work/flexed_round.yaml", "Balanced muscles hold")
    assert "multifidus" in few and "psoas" not in few and "flexed" not in few
    assert "psoas" in many and "rectus abdominis" in many and "flexed" in many


@pytest.mark.parametrize("groups", ["[multifidus]", "[multifidus, longissimus_lumborum]"])
def test_fascicles_of_uncertain_direction_are_those_of_the_model(groups):
    line = told("standing_balanced.yaml", "are uncertain", f"muscles.groups={groups}")
    assert "multifidus.m2t.3" in line  # bypasses the segment, and pulls where muscles are balanced
    assert ("longissimus.L4" in line) == ("longissimus" in groups)

"""Scenarios spoiled at random are either accepted or refused with a message, never anything else."""

from __future__ import annotations

import copy
import math
import random
from pathlib import Path

import pytest
import yaml

from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.scenario.problems import ScenarioError

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
WRONG_VALUES = [
    None, 0, -1, 1e300, math.nan, math.inf, 10**40, "", "x", "1e5", True, [], [1], [[1]], {}, {"a": 1}, {1: 2},
    {"left": None}, "type_III", {"state": "type_I"}, "L4-L5", ["L4-L5"], ["L9"], "2020-01-01",
]  # fmt: skip


def places(node, above=()):
    """Every key path below a node."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from places(item, (*above, key))


def spoiled(data, chance):
    """A copy in which one value is replaced, or one key misspelt or left out."""
    data = copy.deepcopy(data)
    *above, last = chance.choice(list(places(data)))
    here = data
    for key in above:
        here = here[key]
    what = chance.random()
    if what < 0.7 or isinstance(here, list):
        here[last] = copy.deepcopy(chance.choice(WRONG_VALUES))
    elif what < 0.85:
        here[f"{last}x"] = here.pop(last)
    else:
        del here[last]
    return data


@pytest.mark.parametrize("seed", range(4))
def test_spoiled_values(tmp_path, seed):
    chance = random.Random(seed)
    whole = load_scenario(BASELINE).resolved()
    refused = 0
    for _ in range(150):
        data = spoiled(spoiled(whole, chance), chance)
        path = tmp_path / "spoiled.yaml"
        path.write_text(yaml.safe_dump(data))
        try:
            load_scenario(path)
        except ScenarioError as error:
            refused += 1
            assert len(str(error).splitlines()) < 50
    assert 50 < refused <= 150


def test_spoiled_text(tmp_path):
    chance = random.Random(1)
    text = BASELINE.read_text()
    path = tmp_path / "spoiled.yaml"
    refused = 0
    for _ in range(400):
        at = chance.randrange(len(text))
        insert = "".join(chance.choices("{}[]:,-#&*!|>'\"%@`\n\t \x00\x07é0123", k=chance.randint(0, 3)))
        path.write_text(text[:at] + insert + text[at + chance.randint(0, 20) :], encoding="utf-8")
        try:
            load_scenario(path)
        except ScenarioError:
            refused += 1
    assert refused > 200

"""``run --dry-run``: scenarios are checked and what would be run is told, and nothing is solved or written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BASELINE, DISC = SCENARIOS / "baseline.yaml", SCENARIOS / "disc_only_L4-L5.yaml"


@pytest.fixture(autouse=True)
def nothing_is_solved(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a dry run builds no equations")

    monkeypatch.setattr("fem_lumbar.simulation.simulation.Simulation.__init__", refuse)


def test_valid_scenarios_are_told_with_their_size(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(BASELINE), str(DISC), "--density", "test", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first.startswith("baseline: valid; load cases: 8; mesh: ") and " cells, on this computer; time: " in first
    assert second.startswith("disc_only_L4-L5: valid; load cases: ")
    assert "load cases of baseline:" in err
    assert list(tmp_path.iterdir()) == []


def test_as_json(capsys):
    arguments = ["run", str(BASELINE), "--cases", "flexion", "--density", "test", "--dry-run", "--quiet", "--json"]
    assert main(arguments) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["name"], told["cases"], told["to_build"]) == ("baseline", 1, 0)
    assert told["cells"] > 10_000 and told["memory_GB"] > 0.1


def test_a_wrong_value_is_refused_as_in_a_run(capsys):
    assert main(["run", str(BASELINE), "--set", "mal.L5.left.state=type_3", "--dry-run"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_a_command_that_takes_no_scenario_says_how_one_is_checked(capsys):
    assert main(["validate", "mine.yaml"]) == 2
    assert "to check a scenario: fem-lumbar run mine.yaml --dry-run" in capsys.readouterr().err

"""``fem-lumbar needle`` from files to tables, JSON and a scenario; wrong input on one screen."""

import json
from pathlib import Path

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.scenario.loader import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
QUICK = [
    "needle",
    str(BASELINE),
    "--density",
    "test",
    "--quiet",
    "--level",
    "L5",
    "--side",
    "left",
    "--placements",
    "20",
]


def test_json_holds_rows_and_the_scenario_takes_the_branch(capsys, tmp_path):
    lesion = tmp_path / "lesion.yaml"
    asked = [*QUICK, "--approach", "notch", "--gauge", "22G,16G", "--json", "--scenario-out", str(lesion)]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["cannula"] for row in found["rows"]} == {"22G", "16G"}
    assert {row["branch"] for row in found["rows"]} == {"L4"}
    assert found["question"]["count"] == 20
    scenario = load_scenario(lesion)
    assert scenario.muscles.denervated == {"L4": {"left": 1.0}}
    assert str(tmp_path) not in lesion.read_text()


def test_tables_are_printed(capsys):
    assert main([*QUICK, "--approach", "middle_half,notch", "--recalled"]) == 0
    out = capsys.readouterr().out
    assert "Probability that at least 5 mm are interrupted" in out
    assert "recalled size: shown only" in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--gauge", "19G"], "gauge '19G' is none of"),
        (["--approach", "midle_half"], "did you mean middle_half"),
        (["--level", "L9"], "level 'L9' is none of L3, L4, L5"),
        (["--side", "lef"], "did you mean left"),
        (["--temperature-degC", "20"], "must be between 60 and 90"),
        (["--placements", "300000"], "must be at most 200000"),
        (["--seed", "-1"], "must not be negative"),
        (["--nerve-diameter-mm", "50"], "must be between"),
    ],
)
def test_wrong_input_is_told_on_one_screen(capsys, options, told):
    assert main(["needle", str(BASELINE), "--density", "test", "--quiet", *options]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) < 6


def test_a_scenario_is_not_written_over_the_one_it_extends(capsys, tmp_path):
    copy = tmp_path / "own.yaml"
    copy.write_text(f"schema_version: 1\nname: own\nextends: {BASELINE.as_posix()}\n")
    before = copy.read_text()
    asked = ["needle", str(copy), *QUICK[2:], "--approach", "notch", "--scenario-out", str(copy)]
    assert main(asked) == 2
    assert "would extend" in capsys.readouterr().err
    assert copy.read_text() == before

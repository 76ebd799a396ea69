"""``fem-lumbar adapt`` from a scenario to tables, JSON, CSV and a picture; resumed; wrong input on one screen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from fem_lumbar.adaptation.solves import is_mirror_image
from fem_lumbar.cli.main import main
from fem_lumbar.scenario.loader import load_scenario
from tests.runs.fake_engine import FAKE, FakeSimulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FLEXED = SCENARIOS / "work" / "flexed.yaml"
PER_LOSS_N = 10.0


def run_case(self, name, report):
    """A case whose left facet at L4-L5 loses 10 N with the left branch of L4, and the right one with the right."""
    result = _plain(self, name, report)
    lost = self.scenario.muscles.denervated.get("L4", {})
    for side in ("left", "right"):
        pull = {"activation": 0.1, "force_N": 5.0 * (1.0 - lost.get(side, 0.0))}
        for muscle in ("multifidus.m4s", "multifidus.m3s"):
            result.summary.setdefault("muscles", {}).setdefault(muscle, {})[side] = pull
        result.summary["facet_force_N"]["L4-L5"][side] = 100.0 - PER_LOSS_N * lost.get(side, 0.0)
    return result


_plain = FakeSimulation.run_case


@pytest.fixture
def solved(monkeypatch):
    """Names of the points that were solved, by an engine that answers at once."""
    names = []

    def counted(self, name, report):
        names.append(name)
        return run_case(self, name, report)

    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: FAKE)
    monkeypatch.setattr(FAKE.simulation, "run_case", counted)
    monkeypatch.setattr("fem_lumbar.documents.illustrate.illustrate", lambda *_, **__: [])
    return names


def adapt(out, *options):
    return main(["adapt", str(FLEXED), "--out", str(out), "--quiet", "--samples", "10", "--months", "4", *options])


def test_a_lesion_is_followed_and_kept(solved, tmp_path, capsys):
    assert adapt(tmp_path, "--lesion", "left=1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(solved) == told["solutions"] == 5, "left and right are alike, so the rest are reflections"
    kept = (tmp_path / "adaptation.json").read_text()
    assert json.loads(kept)["effects"] == told["effects"]
    assert str(tmp_path) not in kept and (tmp_path / "adaptation.png").stat().st_size > 10_000
    left, right = (told["effects"][f"facet force L4-L5 {side}"] for side in ("left", "right"))
    assert left["before"] == right["before"] == 100.0
    assert left["declared"][0] == pytest.approx(100.0 - PER_LOSS_N, abs=1e-9)
    assert left["verdict"][0] == "falls" and right["verdict"][0] == "no effect"
    rows = list(csv.DictReader((tmp_path / "adaptation.csv").read_text().splitlines()))
    assert {row["month"] for row in rows} == {f"{month:.1f}" for month in range(5)}
    assert all(float(row["low"]) <= float(row["median"]) <= float(row["high"]) for row in rows)

    assert adapt(tmp_path, "--lesion", "right=0.5", "--months", "6") == 0
    out = capsys.readouterr().out
    assert len(solved) == 5, "what is stored is not solved again"
    assert "nothing comes back and it dies out" in out and "Remodelling" in out


def test_sides_that_differ_are_solved_both():
    """A disc that is wedged to a side, and a person's bones, are not their own mirror image."""
    alike = load_scenario(FLEXED)
    wedged = load_scenario(FLEXED, ["anatomy.joints.L4-L5.lateral_wedge_deg=3"])
    person = alike.model_copy(update={"anatomy": alike.anatomy.model_copy(update={"source": "surfaces"})})
    assert [is_mirror_image(one, "flexed") for one in (alike, wedged, person)] == [True, False, False]


def test_without_a_lesion_nothing_happens(solved, tmp_path, capsys):
    assert adapt(tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {verdict for one in told["effects"].values() for verdict in one["verdict"]} == {"no effect"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--lesion", "lef=1"], "did you mean left"),
        (["--lesion", "left=1.5"], "must be a number from 0 to 1"),
        (["--lesion", "left"], "must be a number from 0 to 1"),
        (["--branch", "L9"], "supplies no fascicle in the model"),
        (["--constant", "nerve.suplied_share=1"], "did you mean nerve.supplied_share"),
        (["--constant", "nerve.supplied_share=2"], "must be a number between 0 and 1"),
        (["--months", "500"], "must be at most 240"),
        (["--samples", "50000"], "must be at most 20000"),
        (["--seed", "-1"], "must not be negative"),
        (["--nerve-diameter-mm", "50"], "must be between"),
        (["--set", "load_cases.flexed.muscle_activation=0.1"], "no load case has muscle_activation: balanced"),
        (["--set", "muscles.denervated.L4.left=0.3"], "adapt varies it"),
    ],
)
def test_wrong_input_is_told_on_one_screen(tmp_path, capsys, options, told):
    assert adapt(tmp_path, *options) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) < 6

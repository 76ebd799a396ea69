"""``fem-lumbar validate``: exit codes, table, JSON and page of the comparison with experiments."""

from __future__ import annotations

import json
import re

import pytest

from fem_lumbar.cli.main import main
from fem_lumbar.experiments.validation import protocols, targets
from fem_lumbar.experiments.validation.targets import DeclaredOutlier, shipped_targets
from tests.runs.fake_engine import FAKE

REASON = "the pressure of the fake engine is 0.35 MPa"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(protocols, "finite_elements", lambda: FAKE)


@pytest.fixture
def outlier(monkeypatch):
    """Declare a target a known miss."""

    def declare(*names):
        known = dict.fromkeys(names, DeclaredOutlier(why=REASON, low=0.3))
        changed = shipped_targets().model_copy(update={"declared_outliers": known})
        monkeypatch.setattr(targets, "shipped_targets", lambda: changed)

    return declare


def validate(folder, *arguments):
    common = ["--density", "test", "--jobs", "1", "--quiet", "--out", str(folder)]
    return main(["validate", *common, *arguments])


def test_a_miss_is_exit_1(fake, outlier, tmp_path, capsys):
    outlier()
    assert validate(tmp_path, "--only", "standing") == 1
    shown = capsys.readouterr().out
    assert "the declared set FAILS (1 scored: 0 in, 1 out, 2 shown only)" in shown
    assert re.search(r"STANDING_PRESSURE.*0\.43 to 0\.6 +0\.35 .*OUT", shown)
    assert re.search(r"WIL99_STAND.*\(out\)", shown)
    assert "standing: out of band: STANDING_PRESSURE" in shown
    assert "in vivo, one person: the load is not known: WIL99_STAND" in shown
    assert "What a pass means" in shown


def test_a_declared_miss_is_told_and_passes(fake, outlier, tmp_path, capsys):
    outlier("STANDING_PRESSURE")
    assert validate(tmp_path, "--only", "standing") == 0
    shown = capsys.readouterr().out
    assert "OUT, declared" in shown
    assert f"STANDING_PRESSURE: {REASON}" in shown


def test_a_declared_miss_that_is_none_is_told(fake, outlier, tmp_path, capsys):
    outlier("FLEXION_NEAR_ZERO@L4L5")
    validate(tmp_path, "--only", "facet_force")
    assert "now in band: remove it from the list" in " ".join(capsys.readouterr().out.split())


def test_what_did_not_converge_is_not_answered(fake, tmp_path, capsys):
    arguments = ["--only", "disc_rotation", "--set", "load_cases.flexion.moment_Nm=9"]
    assert validate(tmp_path, *arguments) == 1
    shown = capsys.readouterr().out
    assert "NOT ANSWERED" in shown
    assert "flexion stopped at 50% of the load" in shown
    assert "Runs that failed" in shown
    assert "shipped values: --only disc_rotation, --set load_cases.flexion.moment_Nm=9." in " ".join(shown.split())


def test_json(fake, tmp_path, capsys):
    assert validate(tmp_path, "--only", "standing,facet_force", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert list(data["groups"]) == ["facet_force", "standing"]
    (target, *_) = data["groups"]["standing"]["targets"]
    assert (target["id"], target["status"], target["ours"], target["interval"]) == (
        *("STANDING_PRESSURE", "out", 0.35),
        [0.43, 0.6],
    )
    assert data["counts"]["scored"] == 7


def test_the_page_is_self_contained(fake, tmp_path):
    assert validate(tmp_path) == 1
    folder = tmp_path / "validation" / "test"
    page = (folder / "validation.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert all(source.startswith(("data:image/svg+xml;base64,", "#")) for source in sources)
    assert "the declared set FAILS" in page and "Not the full set" not in page
    assert "elastic surrogate" in page
    pictures = {path.stem for path in (folder / "figures").glob("*.png")}
    assert {"moment_rotation", "rotations", "pressure_against_load", "facet_forces", "stepwise_reduction"} < pictures
    assert page.count("<img") == len(pictures)


def test_wrong_group(capsys, tmp_path):
    assert validate(tmp_path, "--only", "facets") == 2
    assert "no group 'facets'" in capsys.readouterr().err


def test_the_isolated_disc_end_to_end(monkeypatch, tmp_path, capsys):
    shipped = shipped_targets()
    group = shipped.groups["disc_rotation"]
    small = tuple(target for target in group.targets if target.measure.protocol == "disc_2.5Nm")
    groups = {"disc_rotation": group.model_copy(update={"targets": small})}
    monkeypatch.setattr(targets, "shipped_targets", lambda: shipped.model_copy(update={"groups": groups}))
    assert validate(tmp_path, "--only", "disc_rotation", "--json") in (0, 1)
    found = json.loads(capsys.readouterr().out)["groups"]["disc_rotation"]["targets"]
    assert all(target["status"] in ("in", "out") for target in found)
    assert all(0.4 < target["ours"] / target["value"] < 2.0 for target in found)

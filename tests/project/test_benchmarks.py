"""Benchmarks: the comparison runs on the smallest mesh, and says loudly when there is nothing to compare."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest

from benchmarks import cylinders
from benchmarks.baseline import REST, START, phases
from benchmarks.codes import OURS, Code, all_codes
from benchmarks.comparison import AGREEMENT, Entry, compare, verdict
from benchmarks.cylinder_calculix import read_answers, write_input
from benchmarks.problem import Answers
from benchmarks.process import Spent, measure
from benchmarks.run import main

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are measured with wait4")
TRUTH = Answers(-800.0, 50.0, -790.0, -1500.0)


def entry(code: str, seconds: float, answers: Answers | None = TRUTH, trouble: str = "") -> Entry:
    return Entry(code, "1", "tiny", 10, 30, 1, [Spent(seconds, seconds, 100.0, 0)], answers, trouble)


def off(relative: float) -> Answers:
    return dataclasses.replace(TRUTH, sheared_my=TRUTH.sheared_my * (1 + relative))


def test_codes_that_are_here_agree_and_are_stored(tmp_path, capsys):
    """The whole command on the smallest mesh: ours and every installed peer give the published answers."""
    assert main(["--meshes", "tiny", "--densities", "", "--threads", "1", "--repeat", "1", "--out", str(tmp_path)]) == 0
    (folder,) = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} == {"benchmarks.md", "benchmarks.png", "results.json"}
    rows = json.loads((folder / "results.json").read_text())["cylinder"]
    assert [row["code"] for row in rows] == [code.name for code in all_codes()]
    for row in rows:
        if row["version"]:
            assert row["from_published"] < AGREEMENT
            assert row["ratio"] > 0
            assert row["runs"][0]["peak_MB"] > 5
        else:
            assert row["note"].startswith("not installed")
            assert row["ratio"] is None


def test_every_cell_has_its_right_side_out_and_the_whole_volume_is_there():
    """CalculiX refuses inverted cells; the volume of the polygonal cylinder is that of its corners."""
    for name in ("tiny", "m5k"):
        cylinder = cylinders.make(name)
        a, b, c, d = np.moveaxis(cylinder.nodes[cylinder.cells[:, :4]], 1, 0)
        volumes = np.einsum("ei,ei->e", np.cross(b - a, c - a), d - a) / 6
        assert volumes.min() > 0
        assert 0.93 * np.pi * 20**2 * 30 < volumes.sum() < np.pi * 20**2 * 30
        edges = ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3))
        for k, ends in enumerate(edges):
            middle = cylinder.nodes[cylinder.cells[:, ends]].mean(axis=1)
            assert np.allclose(cylinder.nodes[cylinder.cells[:, 4 + k]], middle, atol=1e-9)


def test_the_large_mesh_has_about_forty_thousand_nodes():
    assert len(cylinders.make("m40k").nodes) == pytest.approx(40_000, rel=0.05)


def test_ratio_needs_agreement():
    ours = entry(OURS, 1.0)
    assert verdict(entry("peer", 4.0), [ours, entry("peer", 4.0)], None).ratio is None  # not the same entry
    for answers, published, ratio in (
        (TRUTH, TRUTH, 4.0),
        (TRUTH, None, 4.0),
        (off(0.9 * AGREEMENT), TRUTH, 4.0),
        (off(1.2 * AGREEMENT), TRUTH, None),
        (off(1.2 * AGREEMENT), None, None),
        (off(float("nan")), TRUTH, None),
    ):
        peer = entry("peer", 4.0, answers)
        said = verdict(peer, [ours, peer], published)
        assert said.ratio == ratio
        assert ("DIFFERS" in said.note) == (ratio is None)


def test_ours_being_wrong_leaves_no_ratio_at_all():
    ours, peer = entry(OURS, 1.0, off(1e-3)), entry("peer", 4.0)
    for one in (ours, peer):
        said = verdict(one, [ours, peer], TRUTH)
        assert said.ratio is None
        assert "DIFFERS" in said.note


def test_only_the_best_number_of_threads_counts():
    ours, slow, fast = entry(OURS, 1.0), entry("peer", 6.0), entry("peer", 4.0)
    both = [ours, slow, fast]
    assert verdict(slow, both, TRUTH).ratio is None
    assert verdict(fast, both, TRUTH).ratio == 4.0


def test_peers_that_are_missing_or_fail_are_named(tmp_path):
    def missing(problem, folder):
        raise AssertionError("a missing code is not run")

    def unreadable(problem, folder):
        raise ValueError("nothing there")

    cylinder = cylinders.make("tiny")
    codes = [
        Code("absent", "", "a package", missing, missing),
        Code("broken", "1", "", lambda problem, folder: ["sh", "-c", "echo no licence; exit 3"], unreadable),
    ]
    absent, broken = compare("tiny", cylinder, codes, [1], 1, lambda line: None)
    assert verdict(absent, [absent, broken], None).note == "not installed (a package)"
    assert absent.runs == []
    assert verdict(broken, [absent, broken], None).note == "FAILED with exit code 3: no licence"


def test_answers_of_calculix_are_read_only_when_complete(tmp_path):
    cylinder = cylinders.make("tiny")
    write_input(cylinder, tmp_path / "cylinder.inp")
    words = (tmp_path / "cylinder.inp").read_text().replace(",", "\n").split("\n")
    assert max(len(word.strip()) for word in words) <= 20  # it cuts off what is longer
    printed = tmp_path / "cylinder.dat"
    block = "\n forces (fx,fy,fz) for set TOP and time  0.1000000E+01\n\n"
    rows = "".join(f" {node + 1} 1.0 0.0 -2.0\n" for node in cylinder.top)
    printed.write_text(block + rows)
    with pytest.raises(ValueError, match="lacks"):
        read_answers(cylinder, printed)
    printed.write_text(block + rows + block + rows)
    found = read_answers(cylinder, printed)
    assert found.compressed_fz == pytest.approx(-2.0 * len(cylinder.top))
    assert found.sheared_fx == pytest.approx(len(cylinder.top))


def test_memory_of_a_small_program_is_not_that_of_the_one_that_starts_it(tmp_path):
    ballast = np.ones(40_000_000)  # 320 MB
    spent = measure(["sh", "-c", "exit 4"], 1, tmp_path / "log", tmp_path)
    assert spent.code == 4
    assert spent.peak_MB < 100 < ballast.nbytes / 1e6


def test_phases_add_up_to_the_whole_process():
    summary = {
        "timing_s": {"mesh": 1.0, "setup": 2.0, "solve": 10.0, "post": 3.0, "total": 16.0},
        "load_cases": {"a": {"timing_s": {"assembly": 2.0}}, "b": {"timing_s": {"assembly": 1.0, "contact": 4.0}}},
    }
    found = phases(summary, 18.0, jobs=1)
    assert sum(found.values()) == pytest.approx(18.0)
    assert found[START] == pytest.approx(2.0)
    assert found["assembly"] == pytest.approx(3.0)
    assert found[REST] == pytest.approx(3.0)
    without = phases({**summary, "load_cases": {"a": {}, "b": {}}}, 18.0, jobs=1)
    assert without["solve"] == 10.0
    assert REST not in without

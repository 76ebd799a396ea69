"""Benchmarks against an earlier commit: its own tree and environment, removed afterwards; answers before ratios."""

from __future__ import annotations

import copy
import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks import against, builds, robustness
from benchmarks.baseline import BaselineRun, Settings, measure_baseline
from benchmarks.builds import HERE, Build, Unusable, checked_out
from benchmarks.process import Spent, first_line, measure
from tests.synthetic_run import synthetic_entry

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are measured with wait4")

PROGRAM = """
import json, pathlib, sys, time
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]) / "run"
assert sys.argv[sys.argv.index("--set") + 1] == "solver.vertebrae=full"
print("standing: at full load, checks to follow", flush=True)
time.sleep(0.3)
case = {"iterations": 4, "factorisations": 3, "idp_MPa": {"L4-L5": VALUE}}
out.mkdir()
timing = {"setup": 0.1, "solve": 0.1, "total": 0.2}
(out / "summary.json").write_text(json.dumps(
    {"timing_s": timing, "model": {"dofs": 9}, "load_cases": {"standing": case}}))
"""
PROJECT = '[project]\nname = "tiny"\nversion = "1"\n'


def git(folder, *words):
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """A repository with a program that runs at the commit ``good``, and cannot be installed at ``broken``."""
    root = tmp_path / "repository"
    (root / "fem_lumbar" / "cli").mkdir(parents=True)
    git(root, "init", "-q")
    for tag, project in (("good", PROJECT), ("broken", "[project\n")):
        (root / "pyproject.toml").write_text(project)
        (root / "fem_lumbar" / "cli" / "main.py").write_text(PROGRAM.replace("VALUE", "0.5"))
        git(root, "add", "-A")
        git(root, "commit", "-qm", tag)
        git(root, "tag", tag)
    return root


@pytest.fixture
def no_installation(monkeypatch):
    """pip is not asked for anything; git is."""
    call = builds._call

    def without_pip(command, what):
        if "-m" not in command:
            call(command, what)

    monkeypatch.setattr(builds, "_call", without_pip)


def worktrees(root):
    told = subprocess.run(["git", "-C", root, "worktree", "list"], capture_output=True, text=True, check=True)
    return len(told.stdout.splitlines())


def test_commit_that_is_not_there_is_told_in_one_line(tmp_path, repository):
    with (
        pytest.raises(Unusable, match=r"^no commit 'absent' in [^\n]*$"),
        checked_out("absent", tmp_path / "folder", lambda line: None, repository),
    ):
        pass


def test_commit_that_cannot_be_installed_is_told_in_one_line_and_removed(tmp_path, repository):
    with (
        pytest.raises(Unusable, match=r"^pip failed[^\n]*$"),
        checked_out("broken", tmp_path / "folder", lambda line: None, repository),
    ):
        pass
    assert worktrees(repository) == 1


@pytest.mark.parametrize("end", [None, KeyboardInterrupt, SystemExit])
def test_worktree_is_removed_however_it_ends(tmp_path, repository, no_installation, end):
    try:
        with checked_out("good", tmp_path / "folder", lambda line: None, repository) as build:
            assert (build.root / "pyproject.toml").read_text() == PROJECT
            assert worktrees(repository) == 2
            if end is not None:
                raise end
    except (KeyboardInterrupt, SystemExit):
        pass
    assert worktrees(repository) == 1
    assert not build.root.exists()


def test_builds_take_turns_and_are_compared(tmp_path, repository, no_installation):
    """A run that fails is reported and not repeated; the first result is timed before the end of the process."""
    settings = Settings(1, 1, "", ("solver.vertebrae=full",))
    with checked_out("good", tmp_path / "folder", lambda line: None, repository) as earlier:
        earlier = dataclasses.replace(earlier, python=sys.executable)
        here = Build(HERE.name, earlier.root, sys.executable)
        lines: list[str] = []
        runs = measure_baseline(["test"], settings, [here, earlier], tmp_path / "runs", ["test"], lines.append)
        assert [run.build for run in runs] == 3 * [HERE.name, "good"]
        found = against.pairs(runs)
        assert [pair.same for pair in found] == 3 * [True]
        assert 0 < runs[-1].first_result_s < runs[-1].spent.wall_s - 0.25
        assert against.ratio_table(found).rows[-1][3] == "first result"
        assert against.effort_table(found).rows[0][1:] == ("standing", "4", "4", "3", "3")
        (earlier.root / "fem_lumbar" / "cli" / "main.py").write_text("raise SystemExit('no licence')")
        runs = measure_baseline(["test"], settings, [earlier], tmp_path / "again", [], lines.append)
    assert [run.trouble for run in runs] == ["FAILED with exit code 1: no licence"]


def run(build: str, results: dict, unknowns: int = 9, iterations: int = 4, **phases: float) -> BaselineRun:
    spent, counts = Spent(10.0 if build == HERE.name else 25.0, 10.0, 100.0, 0), {"flexion": (iterations, 3)}
    return BaselineRun("test", True, 1, 1, spent, unknowns, 1, 3, phases, build=build, results=results, counts=counts)


def test_ratio_needs_the_same_answers():
    results = {"flexion": synthetic_entry("flexion")}
    for factor, ratio in ((1 + 0.5e-5, "2.50"), (1 + 2e-5, "-")):
        other = copy.deepcopy(results)
        joint = max(other["flexion"]["idp_MPa"], key=lambda name: abs(other["flexion"]["idp_MPa"][name]))
        other["flexion"]["idp_MPa"][joint] *= factor
        (pair,) = against.pairs([run(HERE.name, results), run("good", other)])
        assert against.ratio_table([pair]).rows[0][6:8] == (ratio, "-")
        assert f"flexion.idp_MPa.{joint}" in pair.said
        assert ("DIFFER" in pair.said) == (ratio == "-")
    (nothing,) = against.pairs([run(HERE.name, results), run("good", {})])
    assert not nothing.same
    assert "flexion" in nothing.missing


def test_builds_with_meshes_of_their_own_are_compared_by_unknown_and_iteration():
    results = {"flexion": synthetic_entry("flexion")}
    (pair,) = against.pairs([run(HERE.name, results, unknowns=30, iterations=2), run("good", {}, unknowns=10)])
    assert pair.comparable and not pair.same and "MESHES DIFFER" in pair.said
    ratio, per_unknown_and_iteration, *unknowns = against.ratio_table([pair]).rows[0][6:10]
    assert (ratio, per_unknown_and_iteration, unknowns) == ("2.50", "3.75", ["30", "10"])


def test_outputs_of_one_build_only_are_named():
    results = {"flexion": synthetic_entry("flexion")}
    other = copy.deepcopy(results)
    del other["flexion"]["idp_MPa"]
    (pair,) = against.pairs([run(HERE.name, results), run("good", other)])
    assert pair.same
    assert "idp_MPa" in pair.said


def test_phases_are_summed_where_an_earlier_build_does_not_tell_them_apart():
    here, earlier = against.comparable_phases({"setup": 2.0, "compilation": 30.0, "post": 1.0}, {"setup": 40.0})
    assert here == {"setup and compilation": 32.0, "post": 1.0}
    assert earlier == {"setup and compilation": 40.0}
    results = {"flexion": synthetic_entry("flexion")}
    found = against.pairs([run(HERE.name, results, post=1.0, setup=2.0), run("good", results, setup=4.0)])
    rows = {row[1]: row[2:] for row in against.phase_ratio_table(found).rows}
    assert rows == {"post": ("1.00", "not reported", "-"), "setup and compilation": ("2.00", "4.00", "2.00")}


def test_interrupted_measurement_leaves_no_program_behind(tmp_path):
    """The alarm stands for Ctrl-C: the program sleeps in a session of its own."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            measure(["sh", "-c", f"echo $$ > {tmp_path}/id; exec sleep 60"], 1, tmp_path / "log", tmp_path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    number = int((tmp_path / "id").read_text())
    for _ in range(50):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
        if state.stdout.strip().startswith("Z"):
            return
        time.sleep(0.1)
    pytest.fail("the program still runs")


def test_time_of_a_line(tmp_path):
    measure(["sh", "-c", "echo one; sleep 0.3; echo two >&2"], 1, tmp_path / "log", tmp_path)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert first_line(tmp_path / "log", "two") > first_line(tmp_path / "log", "one") + 0.25
    assert first_line(tmp_path / "log", "three") is None


def test_outcome_of_the_robustness_study_names_what_failed():
    told = robustness.outcome(
        3, {"converged": 2, "steps": 9, "iterations": 50, "factorisations": 40}, ["3 flexion: why"]
    )
    assert told.splitlines() == [
        "2 of 3 converged (9 steps, 50 iterations, 40 factorisations in all)",
        "3 flexion: why",
    ]

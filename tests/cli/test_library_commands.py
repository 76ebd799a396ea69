"""Commands on several runs: compare more than two, run --compare, and the page on a folder of scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fem_lumbar.cli.interruption import INTERRUPTED
from fem_lumbar.cli.main import main
from fem_lumbar.cli.report_library import folder_name
from tests.runs.fake_engine import FAKE, RAISING_NM

HEADER = "".join(f"# {key}: text\n" for key in ("title", "group", "claim", "mechanism", "expectation", "source"))
BODY = "schema_version: 1\nname: {}\nload_cases: {{flexion: {{moment_Nm: 7.5}}}}\n"
SIDES = "mal: {{L5: {{left: {{state: {}}}}}}}\n"


@pytest.fixture(autouse=True)
def fake(monkeypatch, tmp_path):
    """Results at once, from no physics at all, below a folder of the test."""
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: FAKE)
    monkeypatch.setattr("fem_lumbar.questions.mal.unit_loads.unit_loads", lambda *_: None)
    monkeypatch.setattr("fem_lumbar.questions.contraction.kept.kept_contraction", lambda *_: None)
    monkeypatch.chdir(tmp_path)


def write(name, state, header=""):
    Path("lib").mkdir(exist_ok=True)
    Path(f"lib/{name}.yaml").write_text(header + BODY.format(name) + SIDES.format(state), encoding="utf-8")
    return f"lib/{name}.yaml"


def test_run_compare_runs_what_is_not_there_and_compares_all(capsys):
    files = [write("a", "fibrous"), write("b", "type_I"), write("c", "type_III")]
    common = ["--no-pictures", "--quiet", "--jobs", "1"]
    assert main(["run", files[0], "--compare", *files[1:], *common]) == 0
    shown = capsys.readouterr().out
    assert "b, c against a" in shown and "Differences side by side" in shown
    out = Path("results/comparisons/b_c_against_a")
    assert {path.name for path in out.iterdir()} == {f"comparison.{kind}" for kind in ("html", "md", "json", "png")}
    before = {name: Path(f"results/{name}/summary.json").stat().st_mtime_ns for name in "abc"}
    assert main([files[0], "--compare", files[1], *common, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ["a", "b"]
    assert {name: Path(f"results/{name}/summary.json").stat().st_mtime_ns for name in "abc"} == before


def test_run_takes_several_files_in_turn(capsys):
    files = [write("a", "fibrous"), write("b", "type_I")]
    assert main(["run", *files, "--no-pictures", "--jobs", "1"]) == 0
    shown = capsys.readouterr()
    assert shown.out.index("a: completed") < shown.out.index("b: completed")
    assert shown.err.index("load cases of b") < shown.err.index("a: flexion: converged")
    assert main([*files, "--no-pictures", "--quiet", "--jobs", "1", "--json"]) == 0
    assert [one["run"] for one in json.loads(capsys.readouterr().out)] == ["results/a", "results/b"]


def test_file_that_cannot_be_run_leaves_the_others(capsys):
    files = [write("a", "fibrous"), write("b", "type_I")]
    text = Path(files[0]).read_text(encoding="utf-8")
    Path(files[0]).write_text(text.replace("7.5", f"{RAISING_NM}"), encoding="utf-8")
    assert main(["run", *files, "--no-pictures", "--quiet", "--jobs", "1"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "error: a: the model cannot be set up\n"
    assert "b: completed" in shown.out


def test_two_scenarios_of_one_name_are_both_kept(capsys):
    files = [write("a", "fibrous"), write("b", "type_I")]
    text = Path(files[1]).read_text(encoding="utf-8")
    Path(files[1]).write_text(text.replace("name: b", "name: a"), encoding="utf-8")
    assert main(["run", *files, "--no-pictures", "--quiet", "--jobs", "1"]) == 0
    names = sorted(path.name for path in Path("results").iterdir())
    assert names[0] == "a" and names[1].startswith("a-") and len(names) == 2


def test_interruption_between_files_says_what_is_finished(capsys, monkeypatch):
    solve = FAKE.simulation.run_case

    def run_case(self, name, report):
        if self.scenario.name == "b":
            raise KeyboardInterrupt
        return solve(self, name, report)

    monkeypatch.setattr(FAKE.simulation, "run_case", run_case)
    files = [write("a", "fibrous"), write("b", "type_I")]
    assert main(["run", *files, "--no-pictures", "--quiet", "--jobs", "1"]) == INTERRUPTED
    told = "interrupted; 1 of 2 scenarios are finished; no load case finished; the log kept in results/b.partial\n"
    assert capsys.readouterr().err == told


def test_compare_takes_several_runs_in_their_order(capsys):
    for name, state in (("a", "fibrous"), ("b", "type_I"), ("c", "absent")):
        assert main([write(name, state), "--no-pictures", "--quiet", "--jobs", "1"]) == 0
    capsys.readouterr()
    assert main(["compare", "results/a", "results/b", "results/c", "--json", "--out", "here"]) == 0
    found = json.loads(capsys.readouterr().out)["comparisons"]
    assert [one["runs"] for one in found] == [["a", "b"], ["a", "c"]]
    assert "3 x error" in found[0]["rule"]
    assert Path("here/comparison.png").is_file()


def test_report_on_a_folder_runs_it_once_and_writes_the_page(capsys):
    write("twin", "fibrous", HEADER)
    write("bone", "type_III", "# against: twin\n" + HEADER)
    assert main(["report", "lib", "--quiet", "--jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "Answers, within the assumptions of the model" in shown and "results/lib/mal.html" in shown
    stamp = Path("results/lib/bone/summary.json").stat().st_mtime_ns
    assert main(["report", "lib", "--quiet", "--jobs", "1"]) == 0
    assert Path("results/lib/bone/summary.json").stat().st_mtime_ns == stamp


def test_report_of_what_is_there_runs_nothing(capsys):
    write("twin", "fibrous", HEADER)
    assert main(["report", "lib", "--no-run"]) == 0
    assert "No results: twin" in capsys.readouterr().out
    assert not Path("results/lib/twin").exists()


def test_report_on_a_folder_without_scenarios_is_a_message(capsys):
    Path("empty").mkdir()
    assert main(["report", "empty"]) == 2
    assert "contains neither scenarios" in capsys.readouterr().err


def test_changed_libraries_have_folders_of_their_own():
    names = {folder_name(Path("lib"), sets, density) for sets in ([], ["a=1"], ["a=2"]) for density in (None, "test")}
    assert len(names) == 6 and "lib" in names and "lib-test" in names

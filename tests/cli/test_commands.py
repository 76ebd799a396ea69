"""Commands as a user meets them: help, exit codes, messages without tracebacks, tables."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fem_lumbar.cli import main as program
from fem_lumbar.cli.main import COMMANDS, main
from fem_lumbar.runs.run import load_run
from tests.runs.fake_engine import FAILING_NM, FAKE, RAISING_NM

ROOT = Path(__file__).parents[2]
BASELINE = str(ROOT / "scenarios" / "baseline.yaml")
ALONE = ("--no-pictures", "--jobs", "1")
"""In this process: each worker process takes seconds to start."""


@pytest.fixture
def fake(monkeypatch):
    """Results at once, from no physics at all."""
    monkeypatch.setattr("fem_lumbar.runs.execution.finite_elements", lambda **_: FAKE)


def run_program(*arguments, cwd=ROOT):
    command = [sys.executable, str(ROOT / "run_scenario.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_help_is_instant_and_lists_every_command():
    before = os.times()
    done = run_program("--help")
    after = os.times()  # processor time: how long it takes beside other work says nothing of the program
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1.0
    assert done.returncode == 0
    assert all(f"    {name}" in done.stdout for name in COMMANDS)


def test_help_loads_no_heavy_module():
    code = "import sys; from fem_lumbar.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'numpy', 'scipy', 'skfem', 'numba', 'pyvista', 'mmgpy', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert "usage: fem-lumbar " + command in capsys.readouterr().out


WRONG = {
    "missing file": (["nowhere.yaml"], "nowhere.yaml: no such file"),
    "misspelt command": (["rum"], "did you mean run?"),
    "unknown option": (["run", BASELINE, "--densty", "test"], "unrecognized arguments"),
    "option near another": (["run", BASELINE, "--desity", "test"], "did you mean --density?"),
    "option near a required one": (["sweep", BASELINE, "--swep", "a.b=1"], "did you mean --sweep?"),
    "option near none": (["schema", "--foo"], "fem-lumbar schema: unrecognized arguments: --foo"),
    "short option": ([BASELINE, "-q"], "fem-lumbar run: unrecognized arguments: -q"),
    "option cut short": (["run", BASELINE, "--case", "flexion"], "did you mean --cases?"),
    "option of an action cut short": (
        ["params", "list", "--js"],
        "fem-lumbar params list: unrecognized arguments: --js",
    ),
    "second file missing": (["run", BASELINE, "b.yaml"], "b.yaml: no such file"),
    "two files to sweep": (
        ["sweep", BASELINE, "b.yaml", "--sweep", "a.b=1"],
        "fem-lumbar sweep: unrecognized arguments: b.yaml\n    takes: FILE",
    ),
    "sweep of text": (
        ["sweep", BASELINE, "--sweep", "mal.L5.left.fibrous_modulus_MPa=abc,20"],
        "--sweep mal.L5.left.fibrous_modulus_MPa=abc: mal.L5.left.fibrous_modulus_MPa: expected a number, got text",
    ),
    "unknown key": ([BASELINE, "--set", "mal.L5.left.stat=absent"], "did you mean state?"),
    "unknown case": ([BASELINE, "--cases", "flexoin"], "did you mean flexion?"),
    "unknown density": ([BASELINE, "--density", "tset"], "did you mean test?"),
    "no jobs": ([BASELINE, "--jobs", "0"], "must be a whole number of at least 1"),
    "sweep without values": (
        [BASELINE, "--sweep", "mal.L5.left.fibrous_modulus_MPa"],
        "not of the form key.path=a,b,c",
    ),
    "sweep of an unknown key": ([BASELINE, "--sweep", "mal.L5.left.modulus=1,2"], "modulus_MPa (MPa)?"),
    "output is a file": ([BASELINE, "--out", str(ROOT / "LICENSE")], "cannot write results into"),
    "no run": (["view", str(ROOT / "scenarios")], "is not a run folder"),
    "nothing to compare": (["compare", "nowhere", "nowhere"], "is not a run folder"),
    "nothing to report": (["report", "nowhere"], "is not a run folder"),
}


@pytest.mark.parametrize(("arguments", "expected"), WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_exit_2(arguments, expected, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        exit_code = main(arguments)
    except SystemExit as wrong:  # of argparse
        exit_code = wrong.code
    complaint = capsys.readouterr().err
    assert exit_code == 2, complaint
    assert expected in complaint
    assert len(complaint.splitlines()) < 40
    assert list(tmp_path.iterdir()) == []


def test_wrong_input_of_a_real_process_is_exit_2_and_no_traceback(tmp_path):
    arguments, expected = WRONG["unknown key"]
    done = run_program(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_schema_is_json(capsys):
    assert main(["schema"]) == 0
    assert "load_cases" in json.loads(capsys.readouterr().out)["properties"]


def test_output_into_a_closed_pipe_is_no_error():
    command = f"{sys.executable} run_scenario.py schema | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_run_prints_results_and_files(fake, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([BASELINE, "--no-pictures"]) == 0
    shown = capsys.readouterr()
    assert "baseline: completed" in shown.out
    assert "flexion" in shown.out and "3.75" in shown.out and "N" in shown.out and "°" in shown.out
    assert "results/baseline" in shown.out
    assert str(tmp_path) not in shown.out
    assert "flexion: load 0.500, step 1" in shown.err
    assert (tmp_path / "results" / "baseline" / "report.md").is_file()


def test_quiet_run_with_json_prints_json_only(fake, tmp_path, capsys):
    assert main(["run", BASELINE, *ALONE, "--quiet", "--json", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out)["summary"]["status"] == "completed"


def test_run_that_does_not_converge_is_exit_1_with_the_reason(fake, tmp_path, capsys):
    sets = ["--set", f"load_cases.flexion.moment_Nm={FAILING_NM}"]
    assert main([BASELINE, *ALONE, "--quiet", "--out", str(tmp_path), *sets]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "flexion stopped at 50.0% of the load: cut back below the smallest step" in shown
    assert load_run(tmp_path / "baseline").cases["extension"]["status"] == "converged"


def test_physics_error_is_exit_1_and_one_message(fake, tmp_path, capsys):
    sets = ["--set", f"load_cases.flexion.moment_Nm={RAISING_NM}"]
    for jobs in ("1", "2"):
        assert main([BASELINE, "--quiet", "--jobs", jobs, "--out", str(tmp_path), *sets]) == 1
        assert capsys.readouterr().err == "error: the model cannot be set up\n"


def test_warnings_are_shown(fake, tmp_path, capsys):
    sets = ["--set", "mal.L5.left.fibrous_modulus_MPa=900"]
    assert main([BASELINE, *ALONE, "--out", str(tmp_path), *sets]) == 0
    shown = capsys.readouterr()
    assert "warning: mal.L5.left.fibrous_modulus_MPa = 900 MPa is outside the usual 20 to 600 MPa" in shown.err
    assert "mal.L5.left.fibrous_modulus_MPa = 900 MPa" in shown.out


def test_interrupted_run_says_what_is_kept(fake, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    original = FAKE.simulation.run_case

    def run_case(self, name, report):
        if name == "extension":
            raise KeyboardInterrupt
        return original(self, name, report)

    monkeypatch.setattr(FAKE.simulation, "run_case", run_case)
    assert main([BASELINE, "--no-pictures", "--quiet", "--jobs", "1"]) == 130
    assert capsys.readouterr().err == "interrupted; load cases flexion kept in results/baseline.partial\n"


def test_interrupted_run_names_the_folder_it_left(fake, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    original = FAKE.simulation.run_case

    def interrupted_at(case):
        def run_case(self, name, report):
            if name == case:
                raise KeyboardInterrupt
            return original(self, name, report)

        monkeypatch.setattr(FAKE.simulation, "run_case", run_case)
        assert main([BASELINE, "--no-pictures", "--quiet", "--jobs", "1"]) == 130
        return capsys.readouterr().err

    assert interrupted_at("extension") == "interrupted; load cases flexion kept in results/baseline.partial\n"
    assert interrupted_at("flexion").endswith("no load case finished; the log kept in results/baseline.partial-2\n")


def test_full_disk_outside_a_run_is_a_message(fake, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "comparison.md"))

    for name in ("a", "b"):
        assert main([BASELINE, *ALONE, "--quiet", "--cases", "flexion", "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    monkeypatch.setattr("fem_lumbar.documents.comparison_several.write_several", full)
    runs = [str(tmp_path / name / "baseline") for name in ("a", "b")]
    assert main(["compare", *runs, "--out", str(tmp_path)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("error: comparison.md: No space left on device\n")
    assert str(tmp_path) not in complaint


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_signals_to_a_real_process_lose_nothing(tmp_path, number, jobs):
    code = (
        "import signal, sys, fem_lumbar.runs.execution as run; from tests.runs.fake_engine import FAKE, SLOW_NM\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background\n"
        "from fem_lumbar.cli.main import main\nrun.finite_elements = lambda **_: FAKE\n"
        "if __name__ == '__main__':\n"
        f"    slow = ['--set', f'load_cases.extension.moment_Nm={{SLOW_NM}}']\n"
        f"    sys.exit(main([{BASELINE!r}, *slow, '--no-pictures', '--jobs', {jobs!r}]))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = tmp_path.parent / f"interrupted_{number}_{jobs}.py"
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        if line.strip().endswith("extension: load 0.500, step 1, iteration 3, residual 1.0e-09"):
            break
    process.send_signal(number)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    if jobs == "1":
        assert complaint == "interrupted; load cases flexion kept in results/baseline.partial\n"
    else:  # the other process goes on meanwhile; mirror pairs come first, so at least one of them is finished
        kept = r"interrupted; load cases .*_left.*_right.* kept in results/baseline.partial"
        assert re.fullmatch(kept, complaint.splitlines()[-1])
        assert "Traceback" not in complaint
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["baseline.partial"]


def test_sweep_by_either_name(fake, tmp_path, capsys):
    sweep = [
        "--sweep",
        "mal.L5.left.fibrous_modulus_MPa=20,100",
        "--cases",
        "flexion",
        "--quiet",
        "--out",
        str(tmp_path),
    ]
    assert main([BASELINE, *sweep]) == 0
    shown = capsys.readouterr().out
    assert "2 points: 2 completed" in shown
    rows = [line.split() for line in shown.splitlines() if line.split()[1:3] == ["flexion", "converged"]]
    assert [row[0] for row in rows] == ["20", "100"]
    assert all("3.75" in row for row in rows)
    assert main(["sweep", BASELINE, *sweep]) == 0
    assert "2 points: 2 skipped" in capsys.readouterr().out


def test_sweep_with_a_failed_point_is_exit_1(fake, tmp_path, capsys):
    sweep = ["--sweep", f"load_cases.flexion.moment_Nm=1,{FAILING_NM}", "--quiet", "--json", "--out", str(tmp_path)]
    assert main(["sweep", BASELINE, *sweep]) == 1
    points = json.loads(capsys.readouterr().out)["points"]
    assert [point["status"] for point in points] == ["completed", "failed"]


LEFT, RIGHT, STATE = "mal.L5.left.fibrous_modulus_MPa", "mal.L5.right.fibrous_modulus_MPa", "mal.L5.left.state"


@pytest.mark.parametrize(
    ("sweeps", "told"),
    [
        ([f"{LEFT}=20,abc,30,-5"], [f"{LEFT}=abc: {LEFT}: expected a number", f"{LEFT}=-5: {LEFT}: -5 MPa is outside"]),
        ([f"{LEFT}=abc", f"{RIGHT}=20,x"], [f"{LEFT}=abc: {LEFT}: expected", f"{RIGHT}=x: {RIGHT}: expected"]),
        ([f"{STATE}=fibrous,absent", f"{LEFT}=20,30"], [f"{STATE}=absent: {LEFT}: the MAL is absent"]),
    ],
)
def test_sweep_over_values_never_valid_solves_nothing_and_names_them_all(fake, tmp_path, capsys, sweeps, told):
    options = [text for sweep in sweeps for text in ("--sweep", sweep)]
    assert main(["sweep", BASELINE, *options, "--quiet", "--out", str(tmp_path)]) == 2
    complaint = capsys.readouterr().err
    assert f"{len(told)} problem" in complaint and "--set" not in complaint
    assert all(f"\n--sweep {text}" in complaint for text in told)
    assert list(tmp_path.iterdir()) == []


def test_sweep_goes_on_beside_combinations_that_clash(fake, tmp_path, capsys):
    options = ["--sweep", f"{STATE}=fibrous,type_I", "--sweep", "mal.L5.left.ossified_fraction=0.0,0.4"]
    assert main(["sweep", BASELINE, *options, "--quiet", "--json", "--cases", "flexion", "--out", str(tmp_path)]) == 1
    points = json.loads(capsys.readouterr().out)["points"]
    assert {point["status"] for point in points} == {"completed", "failed"}
    reasons = [point["reason"] for point in points if point["status"] == "failed"]
    assert all("--sweep mal.L5.left" in reason and "--set" not in reason for reason in reasons)


def test_interrupted_sweep_says_how_to_go_on(fake, tmp_path, capsys, monkeypatch):
    def run_case(self, name, report):
        raise KeyboardInterrupt

    monkeypatch.setattr(FAKE.simulation, "run_case", run_case)
    sweep = ["--sweep", "mal.L5.left.fibrous_modulus_MPa=20,100", "--quiet", "--out", str(tmp_path)]
    assert main(["sweep", BASELINE, *sweep]) == 130
    assert "interrupted; 0 of 2 points" in capsys.readouterr().err


def test_compare_prints_differences_and_claim(fake, tmp_path, capsys):
    main([BASELINE, *ALONE, "--quiet", "--out", str(tmp_path / "a")])
    sets = ["--set", "load_cases.flexion.moment_Nm=7.0"]
    main([BASELINE, *ALONE, "--quiet", "--out", str(tmp_path / "b"), *sets])
    capsys.readouterr()
    runs = [str(tmp_path / "a" / "baseline"), str(tmp_path / "b" / "baseline")]
    assert main(["compare", *runs, "--out", str(tmp_path / "c")]) == 0
    shown = capsys.readouterr().out
    assert "Claim" in shown and "floor" in shown
    assert (tmp_path / "c" / "comparison.json").is_file()
    assert main(["compare", *runs, "--json"]) == 0
    assert "claim" in json.loads(capsys.readouterr().out)


def test_report_prints_the_whole_report(fake, tmp_path, capsys):
    main([BASELINE, *ALONE, "--quiet", "--out", str(tmp_path)])
    capsys.readouterr()
    assert main(["report", str(tmp_path / "baseline")]) == 0
    assert "Assumed values" in capsys.readouterr().out


def test_memory_error_is_exit_1_with_a_remedy(monkeypatch, capsys):
    def execute(options):
        raise MemoryError

    monkeypatch.setattr(program.schema, "execute", execute)
    assert main(["schema"]) == 1
    assert "use a coarser mesh" in capsys.readouterr().err

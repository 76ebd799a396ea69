"""What killed processes leave behind: kept where it is worth keeping, and nothing touched that may be alive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fem_lumbar.runs.execution import run_scenario
from fem_lumbar.runs.owner import OWNER, is_orphaned, record_owner
from fem_lumbar.runs.recovery import KILLED, recover
from fem_lumbar.runs.run import load_run
from fem_lumbar.runs.store import RunWriter
from fem_lumbar.scenario.loader import load_scenario
from tests.runs.fake_engine import FAKE, SLOW_NM
from tests.runs.test_store import names, writer
from tests.synthetic_run import SyntheticScenario, model_info, synthetic_mesh, synthetic_result, write_run

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "scenarios" / "baseline.yaml"
posix = pytest.mark.skipif(os.name != "posix", reason="kills a process by a signal")


def left_behind(out: Path, *cases: str, name: str = "synthetic") -> Path:
    """A folder that a process which is no more was writing, with finished load cases and a half-written one."""
    mesh = synthetic_mesh()
    left = RunWriter(out, SyntheticScenario(name), mesh, model_info(mesh))
    left.__enter__()
    for case in cases:
        left.add_case(synthetic_result(case, mesh))
    (left.folder / "fields" / "standing.vtu").write_text("half")
    (left.folder / "curves.csv.part").write_text("half")
    give_to_the_dead(left.folder)
    return left.folder


def give_to_the_dead(folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    change_owner(folder, pid=process.pid)


def change_owner(folder: Path, **changes) -> None:
    record_owner(folder)
    owner = json.loads((folder / OWNER).read_text()) | changes
    (folder / OWNER).write_text(json.dumps(owner))


def test_finished_load_cases_of_the_dead_become_partial(tmp_path):
    left_behind(tmp_path, "flexion", "extension")
    (told,) = recover(tmp_path)
    assert told == "synthetic: 2 load cases of a killed run kept in synthetic.partial (flexion, extension)"
    assert names(tmp_path) == {"synthetic.partial"}
    run = load_run(tmp_path / "synthetic.partial")
    assert list(run.cases) == ["flexion", "extension"]
    assert (run.summary["status"], run.summary["reason"]) == ("failed", KILLED)
    assert run.cases_with_fields == ["flexion", "extension"]
    assert not (run.folder / OWNER).exists()
    assert not (run.folder / "curves.csv.part").exists() and not (run.folder / "fields" / "standing.vtu").exists()
    assert recover(tmp_path) == []


def test_what_holds_no_load_case_is_removed(tmp_path):
    left_behind(tmp_path)
    assert recover(tmp_path) == ["synthetic: killed run removed; it had finished no load case"]
    assert names(tmp_path) == set()


def test_an_older_partial_with_more_is_not_replaced(tmp_path):
    left_behind(tmp_path, "flexion", "extension")
    recover(tmp_path)
    left_behind(tmp_path, "flexion")
    recover(tmp_path)
    assert names(tmp_path) == {"synthetic.partial", "synthetic.partial-2"}
    assert list(load_run(tmp_path / "synthetic.partial").cases) == ["flexion", "extension"]


def test_the_folder_of_the_living_is_not_touched(tmp_path):
    with pytest.raises(KeyboardInterrupt), writer(tmp_path) as run_writer:
        assert is_orphaned(run_writer.folder) is False
        assert recover(tmp_path) == []
        assert run_writer.folder.is_dir()
        raise KeyboardInterrupt


def test_a_process_id_in_use_again_is_not_the_owner(tmp_path):
    folder = left_behind(tmp_path, "flexion")
    record_owner(folder)
    started = json.loads((folder / OWNER).read_text())["started"]
    change_owner(folder, started={key: value - 5000.0 for key, value in started.items()})
    assert is_orphaned(folder) is True


@pytest.mark.parametrize("elsewhere", [{"host": "another"}, {"container": "pid:[1]"}])
def test_a_process_of_another_computer_or_container_may_be_alive(tmp_path, elsewhere):
    folder = left_behind(tmp_path, "flexion")
    change_owner(folder, pid=2**22 + 1, **elsewhere)
    assert is_orphaned(folder) is None
    assert recover(tmp_path) == []
    assert folder.is_dir()


def test_no_process_outlives_a_restart_of_the_computer(tmp_path):
    folder = left_behind(tmp_path, "flexion")
    change_owner(folder, boot="an earlier one")
    assert is_orphaned(folder) is True


@pytest.mark.parametrize("content", [None, "", "[]", '{"pid": "x"}'])
def test_a_folder_without_a_sound_record_is_not_touched(tmp_path, content):
    folder = left_behind(tmp_path, "flexion")
    (folder / OWNER).unlink()
    if content is not None:
        (folder / OWNER).write_text(content)
    assert is_orphaned(folder) is None
    assert recover(tmp_path) == []


def test_a_whole_run_killed_while_pictures_were_drawn_gets_its_name(tmp_path):
    folder = left_behind(tmp_path, "flexion")
    summary = json.loads((folder / "summary.json").read_text()) | {"status": "completed", "reason": None}
    (folder / "summary.json").write_text(json.dumps(summary))
    recover(tmp_path)
    assert load_run(tmp_path / "synthetic").summary["status"] == "completed"


def test_a_run_that_was_being_replaced_is_put_back(tmp_path):
    older = write_run(tmp_path)
    record_owner(older)
    give_to_the_dead(older)
    older.rename(tmp_path / ".synthetic.old-0123abcd")
    recover(tmp_path)
    assert names(tmp_path) == {"synthetic"}
    assert not (tmp_path / "synthetic" / OWNER).exists()
    give_to_the_dead(tmp_path / "synthetic")
    (tmp_path / "synthetic").rename(tmp_path / ".synthetic.old-0123abcd")
    write_run(tmp_path)
    assert recover(tmp_path) == ["synthetic: older, replaced copy removed"]
    assert names(tmp_path) == {"synthetic"}


def test_a_partial_is_removed_when_a_completed_run_has_all_of_it(tmp_path):
    left_behind(tmp_path, "flexion")
    recover(tmp_path)
    mesh = synthetic_mesh()
    with writer(tmp_path, "synthetic") as run_writer:
        run_writer.add_case(synthetic_result("extension", mesh))
        run_writer.finish({"total": 1.0})
    assert recover(tmp_path) == []  # it lacks flexion
    with writer(tmp_path, "synthetic") as run_writer:
        for case in ("flexion", "extension"):
            run_writer.add_case(synthetic_result(case, mesh))
        run_writer.finish({"total": 1.0})
    assert recover(tmp_path) == ["synthetic.partial removed: synthetic has all of its load cases"]
    assert names(tmp_path) == {"synthetic"}


def start(tmp_path: Path, out: Path, jobs: int) -> subprocess.Popen:
    """A real process that runs a quick load case and a slow one."""
    script = tmp_path / "killed.py"
    script.write_text(
        "from pathlib import Path\n"
        "from tests.runs.test_recovery import slow_scenario, run_scenario, FAKE\n"
        f"if __name__ == '__main__': run_scenario(slow_scenario(), Path({str(out)!r}), jobs={jobs}, engine=FAKE)\n"
    )
    return subprocess.Popen(
        [sys.executable, script], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True
    )


def slow_scenario():
    sets = [f"load_cases.axial_rotation_left.moment_Nm={SLOW_NM}"]
    return load_scenario(BASELINE, sets, cases=["flexion", "axial_rotation_left"])


def wait_for(condition, seconds: float = 60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


@posix
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_run_is_kept_and_its_workers_end(tmp_path, jobs):
    out = tmp_path / "results"
    process = start(tmp_path, out, jobs)
    try:

        def finished_case():
            return [
                path
                for path in out.glob(".baseline.tmp-*/summary.json")
                if "flexion" in json.loads(path.read_text())["load_cases"]
            ]

        wait_for(finished_case)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert bool(workers) == (jobs > 1)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    wait_for(lambda: not any(worker.is_running() for worker in workers), 20.0)
    told: list = []
    folder = run_scenario(load_scenario(BASELINE, cases=["standing"]), out, told.append, engine=FAKE)
    assert any(isinstance(event, str) and "of a killed run kept in baseline.partial" in event for event in told)
    assert load_run(folder).summary["status"] == "completed"
    assert load_run(out / "baseline.partial").summary["reason"] == KILLED
    assert names(out) == {"baseline", "baseline.partial"}

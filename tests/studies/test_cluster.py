"""Studies on workers: the same table, one that dies, a scheduler that is not there. Nothing is simulated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace

import pytest

from benchmarks.studies import pretended
from fem_lumbar.foundation.errors import FemLumbarError, InputError, PhysicsError
from fem_lumbar.studies import table
from fem_lumbar.studies.cluster import Cluster, _served
from fem_lumbar.studies.execution import near_one_another, run_study
from tests.studies.small_study import ROOT, STUDY, run, written


def test_workers_give_the_table_of_one_process(tmp_path):
    run(tmp_path / "one")
    run(tmp_path / "two", executor=Cluster(2, processes=False), workers=2)
    assert table.read(tmp_path / "one" / "study")[1].equals(table.read(tmp_path / "two" / "study")[1])


def test_points_of_one_mesh_come_together(tmp_path):
    gap = "{key: anatomy.joints.L4-L5.facet_gap_mm, values: [0.5, 0.6]}"
    text = STUDY.replace("{key: mal.L4.left.state, values: [absent, fibrous]}", gap)
    study = written(tmp_path, text.replace("points: 6", "points: 8"))
    ordered = [point.values["state"] for point in near_one_another(study, 1)]
    assert ordered == sorted(ordered)
    two = [point.values["state"] for point in near_one_another(study, 2)]
    assert two == [0.5, 0.6] * 4


def test_no_scheduler_is_told(monkeypatch):
    monkeypatch.setattr("fem_lumbar.studies.cluster._WAIT_S", 0.5)
    with (
        pytest.raises(InputError, match=r"--scheduler tcp://127.0.0.1:9: no scheduler"),
        Cluster(1, address="tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.skipif(os.name != "posix", reason="kills processes by a signal")
def test_scheduler_and_workers_of_their_own_of_which_one_is_killed_then_all(tmp_path):
    port = 20000 + os.getpid() % 20000
    address = f"tcp://127.0.0.1:{port}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def started(*words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *words]
        return subprocess.Popen(
            command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True
        )

    everything = [started("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")]
    everything += [started("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny") for _ in range(2)]
    try:
        study = written(tmp_path, STUDY.replace("points: 6", "points: 12"))
        with Cluster(1, address=address) as executor:
            executor._client.wait_for_workers(2, timeout=60)
            running = run_study(study, tmp_path / "study", executor, solver=partial(pretended, sleep_s=0.3))
            results = [next(running)]
            everything[1].kill()
            results += [next(running) for _ in range(5)]
            os.killpg(everything[0].pid, signal.SIGKILL)
            with pytest.raises(FemLumbarError, match="scheduler is gone"):
                results += list(running)
        assert {one.status for one in results} == {"done"}
        assert len(results) < 12
    finally:
        for process in everything:
            process.kill()
            process.wait()
    rest = run(tmp_path, STUDY.replace("points: 6", "points: 12"))
    assert len(rest) == 12 and not all(one.is_new for one in rest)
    run(tmp_path / "undisturbed", STUDY.replace("points: 6", "points: 12"))
    assert table.read(tmp_path / "study")[1].equals(table.read(tmp_path / "undisturbed" / "study")[1])


@pytest.mark.parametrize(("results", "collected"), [([0.0] * 30, 0), ([0.0, 0.7], 1)])
def test_workers_look_for_garbage_after_slow_points_alone(monkeypatch, results, collected):
    """It takes longer than thirty quick points, which are given out together."""

    class Worker:
        plugins = {"work": SimpleNamespace(work=lambda task, report: (time.sleep(0.02 + one) for one in task))}

    calls = []
    monkeypatch.setattr("fem_lumbar.studies.cluster._QUICK_S", 0.5)
    monkeypatch.setattr("fem_lumbar.studies.cluster.get_worker", Worker)
    monkeypatch.setattr("gc.collect", lambda: calls.append(1))
    assert len(_served("work", results)[0]) == len(results)
    assert len(calls) == collected


def test_worker_that_dies_again_and_again_is_a_failed_point():
    class Answer:
        def result(self):
            from distributed import KilledWorker

            raise KilledWorker("task", None, 3)

    results, error = Cluster(1)._answer(Answer())
    assert results == [] and isinstance(error, PhysicsError)

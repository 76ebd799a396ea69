"""The job script of a cluster, with stand-ins for SLURM and for the simulation: scheduler and workers are real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fem_lumbar.studies import table

ROOT = Path(__file__).parents[2]
STAND_INS = {
    "hostname": "#!/bin/sh\necho 127.0.0.1\n",
    "srun": '#!/bin/sh\n"$@" &\n"$@" &\nwait\n',
    "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n',
    "dask": f'#!/bin/sh\nexec "{sys.executable}" -m dask "$@"\n',
    "fem-lumbar": f"""#!{sys.executable}
import sys
from pathlib import Path
from benchmarks.studies import pretended
from fem_lumbar.studies.cluster import Cluster
from fem_lumbar.studies.execution import run_study
from fem_lumbar.studies.reading import load_study
study, run, file, out, folder, scheduler, address = sys.argv[1:]
assert (study, run, out, scheduler) == ("study", "run", "--out", "--scheduler")
with Cluster(1, address=address) as workers:
    print(len(list(run_study(load_study(Path(file)), Path(folder), workers, solver=pretended))), "points")
""",
}
STUDY = f"""
schema_version: 1
name: job
scenario: {ROOT / "scenarios" / "baseline.yaml"}
cases: [standing]
density: test
factors:
  modulus: {{key: mal.L5.left.fibrous_modulus_MPa, range: [20, 500]}}
design: {{kind: latin_hypercube, points: 6}}
outputs: [idp_MPa.*]
"""


@pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="a script for bash")
def test_slurm_script_runs_a_study_and_ends_what_it_started(tmp_path):
    places = tmp_path / "bin"
    places.mkdir()
    for name, text in STAND_INS.items():
        (places / name).write_text(text, encoding="utf-8")
        (places / name).chmod(0o755)
    (tmp_path / "job.yaml").write_text(STUDY, encoding="utf-8")
    environment = os.environ | {"PATH": f"{places}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = ["bash", str(ROOT / "scripts" / "study.slurm"), "job.yaml", "results/job"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "6 points" in done.stdout
    assert (table.read(tmp_path / "results" / "job")[1]["status"] == "done").all()
    assert not list((tmp_path / "results" / "job").glob(".scheduler-*"))

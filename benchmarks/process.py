"""One measured process, from its start to its end (POSIX)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_KIB_PER_MB = 1024.0  # Linux counts the resident set in KiB


@dataclass(frozen=True)
class Spent:
    """What a process took: wall-clock and processor time in s, peak resident memory in MB; its exit code."""

    wall_s: float
    cpu_s: float
    peak_MB: float
    code: int


def measure(
    command: Sequence[str | Path], threads: int, log: Path, cwd: Path, extra: Mapping[str, str] | None = None
) -> Spent:
    """Run a command with a number of threads, output to a log file.

    A program inherits the peak memory of the process that starts it. This file, run as a bare interpreter, therefore
    stands between this process, which may be large, and the program.

    Parameters
    ----------
    command : sequence
        Program and arguments.
    threads : int
        Set for every numerical library.
    log : Path
        Receives standard output and error.
    cwd : Path
        Working folder.
    extra : mapping, optional
        More environment variables.
    """
    environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads)) | dict(extra or {})
    launcher = [sys.executable, "-I", "-S", __file__, str(log), *map(str, command)]
    told = subprocess.run(launcher, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout
    return Spent(**json.loads(told))


def _launch(log: str, *command: str) -> Spent:
    with Path(log).open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # reaped here, not by the Popen object
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_MB, process.returncode)


if __name__ == "__main__":
    print(json.dumps(asdict(_launch(*sys.argv[1:]))))

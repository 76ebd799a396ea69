"""One measured process, from its start to its end (POSIX)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
TIMES = ".times"
"""Ending of the file beside a log that has the time of each line."""
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
    pipe = subprocess.PIPE
    with subprocess.Popen(
        launcher, cwd=cwd, env=environment, stdout=pipe, text=True, start_new_session=True
    ) as process:
        try:
            told, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # the program and its workers are in the launcher's group
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, launcher)
    return Spent(**json.loads(told))


def first_line(log: Path, pattern: str) -> float | None:
    """When the first line with a pattern was written, in s since the program was started; None without one."""
    for line in log.with_name(log.name + TIMES).read_text(errors="replace").splitlines():
        seconds, _, text = line.partition(" ")
        if re.search(pattern, text):
            return float(seconds)
    return None


def _launch(log: str, *command: str) -> Spent:
    with Path(log).open("wb") as output, Path(log + TIMES).open("w") as times:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdout is not None
        for line in process.stdout:
            output.write(line)
            times.write(f"{time.perf_counter() - started:.3f} {line.decode(errors='replace').rstrip()}\n")
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # reaped here, not by the Popen object
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_MB, process.returncode)


if __name__ == "__main__":
    print(json.dumps(asdict(_launch(*sys.argv[1:]))))

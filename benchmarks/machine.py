"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from benchmarks.codes import ROOT

_BUSY = 0.3
"""Load average per core above which the machine is not quiet."""


def describe() -> dict[str, str]:
    """Processor, cores, load, versions and the state of the source."""
    packages = {name: metadata.version(name) for name in ("numpy", "scipy", "numba", "scikit-fem")}
    for name in ("mkl", "pypardiso"):
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "not installed"
    return {
        "processor": _processor(),
        "cores": str(cores()),
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "system": platform.platform(),
        "Python": platform.python_version(),
        **packages,
        "source": _source(),
    }


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy() -> bool:
    """Whether something else keeps the machine from measuring well."""
    return os.getloadavg()[0] > _BUSY * cores()


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _source() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not a checkout"

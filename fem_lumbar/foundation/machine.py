"""Resources of this machine: processors, memory and how many tasks fit."""

from __future__ import annotations

import os

import psutil


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_GiB() -> float:
    """Memory of the machine."""
    return psutil.virtual_memory().total / 2**30


def at_once(tasks: int, memory_GB: float) -> int:
    """Number of tasks to run in parallel when each needs that much memory."""
    fitting = int(0.8 * psutil.virtual_memory().available / 1e9 / memory_GB)
    return max(1, min(tasks, processors(), fitting))

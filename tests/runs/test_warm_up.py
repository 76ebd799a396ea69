"""Kernels are compiled before the first load case: each once, and all that load cases call."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fem_lumbar.runs.warm_up import warm_up
from fem_lumbar.simulation.kernel_list import kernels
from fem_lumbar.solver.events import StageEvent

CHEAP = 2
"""Kernels that are compiled in a test: the last of the list."""
CHEAP_ONES = kernels()[-CHEAP:]

RUN = """
import sys
from pathlib import Path
from fem_lumbar.runs.execution import run_scenario
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.simulation.kernel_list import kernels
from numba.core.dispatcher import Dispatcher

one_joint = ["segment.bodies=[L4, L5]"]
scenario = load_scenario(Path("scenarios/baseline.yaml"), one_joint, ["flexion", "standing"], "test")
run_scenario(scenario, Path(sys.argv[1]))
listed = {(kernel.function, tuple(kernel.types)) for kernel in kernels()}
modules = [module for name, module in sys.modules.items() if name.startswith("fem_lumbar.")]
found = {one for module in modules for one in vars(module).values() if isinstance(one, Dispatcher)}
found |= {function for function, types in listed}
called = {(one, types) for one in found for types in one.overloads}
print(*sorted(f"unlisted: {one.py_func.__name__}{types}" for one, types in called - listed), sep=chr(10))
"""


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_every_kernel_is_compiled_once_and_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr("fem_lumbar.simulation.kernel_list.kernels", lambda: CHEAP_ONES)
    kept = []
    monkeypatch.setattr("fem_lumbar.runs.warm_up.is_kept", lambda function, types: kept.append(function) or False)
    told: list[StageEvent] = []
    assert warm_up(told.append, 1) > 0.0
    assert len(kept) == CHEAP
    assert [event.detail for event in told] == ["0 of 2 kernels", "1 of 2 kernels", "2 of 2 kernels", "2 kernels"]
    assert told[-1].spent_s is not None


def test_nothing_is_compiled_where_all_is_kept():
    warm_up(lambda event: None, 1)
    told: list[StageEvent] = []
    assert warm_up(told.append, 1) == 0.0
    assert told == []


def test_no_kernel_is_compiled_later(tmp_path):
    """All that load cases of the baseline call is in the list, with the types it is called with.

    What has been called is asked of the kernels themselves: caches that earlier runs have filled hide nothing.
    """
    warm_up(lambda event: None, 1)  # the kernels within kernels are compiled here and not there
    run = subprocess.run([sys.executable, "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=True)
    assert [line for line in run.stdout.splitlines() if line.startswith("unlisted")] == []

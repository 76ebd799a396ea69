"""Finite element biomechanics of the lumbar segment L3-L5 with the mamillo-accessory ligament.

>>> import fem_lumbar as fl
>>> scenario = fl.load_scenario("scenarios/baseline.yaml", {"mesh.density": "test"}, cases=["flexion"])
>>> run = fl.run(scenario)
>>> run.table()

See docs/python.md. Public names are imported lazily, on first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fem_lumbar.api.comparing import RunComparison, compare
    from fem_lumbar.api.running import load_scenario, run
    from fem_lumbar.api.sweeping import Sweep, sweep
    from fem_lumbar.foundation.errors import FemLumbarError, InputError, PhysicsError
    from fem_lumbar.runs.run import Run, load_run
    from fem_lumbar.runs.values import Value
    from fem_lumbar.scenario.model import Scenario

__version__ = "0.1.0"

__all__ = [
    "FemLumbarError",
    "InputError",
    "PhysicsError",
    "Run",
    "RunComparison",
    "Scenario",
    "Sweep",
    "Value",
    "compare",
    "load_run",
    "load_scenario",
    "run",
    "sweep",
]

_WHERE = {
    "FemLumbarError": "foundation.errors",
    "InputError": "foundation.errors",
    "PhysicsError": "foundation.errors",
    "Run": "runs.run",
    "RunComparison": "api.comparing",
    "Scenario": "scenario.model",
    "Sweep": "api.sweeping",
    "Value": "runs.values",
    "compare": "api.comparing",
    "load_run": "runs.run",
    "load_scenario": "api.running",
    "run": "api.running",
    "sweep": "api.sweeping",
}
"""Module of each public name."""

# PARDISO and the compiled kernels have separate threads on the same cores. By default idle threads spin and slow the
# others several times over; both libraries read these variables when they are first loaded.
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

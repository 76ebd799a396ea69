"""An engine that answers at once, for tests of what surrounds the simulation; importable by worker processes."""

from __future__ import annotations

import os
import signal
import time

import numpy as np

from fem_lumbar.foundation.errors import AnatomyError, PhysicsError
from fem_lumbar.meshing.mesh import SegmentMesh
from fem_lumbar.runs.execution import Engine
from fem_lumbar.simulation.case_result import CaseResult
from fem_lumbar.solver.events import StageEvent, StepEvent
from tests.synthetic_run import synthetic_entry

FAILING_NM = 9.0
"""A moment at which the fake case does not converge."""
RAISING_NM = 8.0
"""A moment at which the fake simulation cannot be set up."""
DYING_NM = 6.0
"""A moment at which the worker process is killed, as when memory runs out."""
SLOW_NM = 5.0
"""A moment at which the fake case takes long enough to be interrupted."""


def fake_mesh(scenario, say) -> SegmentMesh:
    """One tetrahedron."""
    say("fake mesh")
    if scenario.anatomy.joints["L4-L5"].facet_gap_mm == 1.5:
        raise AnatomyError("the facets of L4-L5 do not fit")
    points = np.vstack([np.zeros(3), np.eye(3)])
    return SegmentMesh(points, np.array([[0, 1, 2, 3]]), np.zeros(1, dtype=int), ("L4.cancellous",))


class FakeSimulation:
    """Rotation proportional to the moment."""

    def __init__(self, scenario, mesh, report=None) -> None:
        self.scenario, self.mesh = scenario, mesh
        if report is not None:
            report(StageEvent("", "setup", "fake equations"))
            report(StageEvent("", "setup", "fake equations", spent_s=0.0))
        self.info = {
            "nodes": 4, "cells": 1, "dofs": 12, "density": scenario.mesh.density, "symmetric_mesh": True,
            "process": os.getpid(),
        }  # fmt: skip
        self.assumptions = ["nothing is simulated"]
        self.warnings: list[str] = []
        if any(case.moment_Nm == RAISING_NM for case in scenario.load_cases.values()):
            raise PhysicsError("the model cannot be set up")

    def run_case(self, name, report) -> CaseResult:
        moment = self.scenario.load_cases[name].moment_Nm or 0.0
        if moment == DYING_NM:
            os.kill(os.getpid(), signal.SIGKILL)
        report(StepEvent(name, 1, 3, 0.5, 1e-9, "accepted"))
        if moment == SLOW_NM:
            time.sleep(60)
        failed = moment == FAILING_NM
        reason = "cut back below the smallest step" if failed else None
        summary = synthetic_entry(name) | {
            "status": "failed" if failed else "converged",
            "reason": reason,
            "load_fraction": 0.5 if failed else 1.0,
            "process": os.getpid(),
        }
        summary["rotation_deg"]["L4-L5"]["flexion"] = 0.5 * moment
        curves = [{"case": name, "step": 1, "load_fraction": 0.5, "moment_Nm": 0.5 * moment}]
        return CaseResult(name, summary["status"], reason, summary["load_fraction"], summary, curves)


FAKE = Engine(fake_mesh, FakeSimulation)

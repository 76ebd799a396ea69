"""A model with known answers, for tests of the calibration; importable by worker processes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.runs.execution import Engine
from fem_lumbar.sensitivity.parameters import Parameter
from fem_lumbar.sensitivity.table import CaseDerivatives, Derivatives
from fem_lumbar.simulation.case_result import CaseResult

SCENARIO = """\
schema_version: 1
name: synthetic
mesh: {density: test}
materials: {set: literature}
load_cases:
  flexion: {moment_Nm: 10}
  extension: {moment_Nm: 10}
  compression: {follower_N: 1000}
"""

CALIBRATION = """\
schema_version: 1
name: found
protocols:
  whole: {scenario: synthetic.yaml}
parameters:
  - {name: ground, keys: [materials.annulus.c10_MPa]}
  - {name: nucleus, keys: [materials.nucleus.c10_MPa]}
targets:
  - {id: flexion, protocol: whole, case: flexion, quantity: rotation_deg.L4-L5.flexion, target: 10.0, tolerance: 1.0}
  - {id: half, protocol: whole, case: flexion, quantity: rotation_deg.L4-L5.flexion, at_moment_Nm: 5, target: 5.0,
     tolerance: 1.0}
  - {id: pressure, protocol: whole, case: compression, quantity: idp_MPa.L4-L5, target: 0.75, tolerance: 0.1}
"""
"""Met exactly where the ground is 0.2 MPa and the nucleus 0.15 MPa."""

KNOWN = {"ground": 0.2, "nucleus": 0.15}

STIFF_MPA = 0.55
"""Ground stiffness above which the model does not converge."""


class SyntheticSimulation:
    """Rotation inverse to the ground stiffness, pressure proportional to both invariants of the nucleus together."""

    def __init__(self, scenario, mesh) -> None:
        self.scenario = scenario

    def run_case(self, name, report) -> CaseResult:
        tissue = self.scenario.materials.of_joint("L4-L5")
        if log := os.environ.get("SYNTHETIC_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{name}\n")
        if tissue.annulus.c10_MPa > STIFF_MPA:
            return CaseResult(name, "failed", "too stiff", 0.5, {}, [])
        sign = -1.0 if name == "extension" else 1.0
        full = sign * 2.0 / tissue.annulus.c10_MPa
        pressure = 5.0 * (tissue.nucleus.c10_MPa + tissue.nucleus.c01_MPa - 0.03)
        summary = {"rotation_deg": {"L4-L5": {"flexion": full}}, "idp_MPa": {"L4-L5": pressure}}
        case = self.scenario.load_cases[name]
        curve = [
            {
                "load_fraction": part,
                "moment_Nm": part * (case.moment_Nm or 0.0),
                "follower_N": part * case.follower_N,
                "rotation_deg.L4-L5.flexion": part * full,
                "idp_MPa.L4-L5": part * pressure,
            }
            for part in (0.0, 0.25, 0.6, 1.0)
        ]
        return CaseResult(name, "converged", None, 1.0, summary, curve)


class Broken(SyntheticSimulation):
    """Cannot be set up."""

    def __init__(self, scenario, mesh) -> None:
        raise PhysicsError("no equations")


class Interrupted(SyntheticSimulation):
    """Ctrl-C at the third load case."""

    cases = 0

    def run_case(self, name, report) -> CaseResult:
        Interrupted.cases += 1
        if Interrupted.cases == 3:
            raise KeyboardInterrupt
        return super().run_case(name, report)


def no_mesh(scenario, say):
    """There is nothing to mesh."""


def synthetic_derivatives(scenario, mesh, keys, report) -> Derivatives:
    """Derivatives of the same model, all loads in proportion; without those of the second nucleus invariant."""
    tissue = scenario.materials.of_joint("L4-L5")
    known = [key for key in keys if not key.endswith("c01_MPa")]
    cases = {}
    for name, case in scenario.load_cases.items():
        if log := os.environ.get("SYNTHETIC_LOG"):
            with Path(log).open("a") as file:
                file.write(f"derived {name}\n")
        turn = (-1.0 if name == "extension" else 1.0) * (case.moment_Nm or 0.0) / 10.0 * 2.0
        slopes = {
            "materials.annulus.c10_MPa": (-turn / tissue.annulus.c10_MPa**2, 0.0),
            "materials.nucleus.c10_MPa": (0.0, 5.0 * case.follower_N / 1000.0),
        }
        found = np.array([slopes[key] for key in known])
        paths = [("rotation_deg", "L4-L5", "flexion"), ("idp_MPa", "L4-L5")]
        cases[name] = CaseDerivatives(paths, np.zeros(2), found, np.zeros_like(found))
    return Derivatives(scenario.name, "test", [Parameter(key, 1.0) for key in known], cases)


SYNTHETIC = Engine(no_mesh, SyntheticSimulation)
BROKEN = Engine(no_mesh, Broken)
INTERRUPTED = Engine(no_mesh, Interrupted)


def write_files(folder: Path, calibration: str = CALIBRATION, scenario: str = SCENARIO) -> Path:
    """Write a calibration and its scenario into a folder; path of the calibration."""
    (folder / "synthetic.yaml").write_text(scenario, encoding="utf-8")
    path = folder / "calibration.yaml"
    path.write_text(calibration, encoding="utf-8")
    return path

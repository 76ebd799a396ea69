"""Jacobian of a calibration: derivatives at the equilibria, differences of runs only where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem_lumbar.experiments.calibration.evaluation import Evaluations
from fem_lumbar.experiments.calibration.fit import _Problem
from fem_lumbar.experiments.calibration.problem import Target
from fem_lumbar.experiments.calibration.reading import load_calibration
from fem_lumbar.experiments.calibration.run import run_calibration
from fem_lumbar.experiments.calibration.slopes import Level, levels
from fem_lumbar.runs.execution import finite_elements
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.sensitivity.study import sensitivities
from tests.experiments.calibration.synthetic_engine import (
    CALIBRATION,
    KNOWN,
    SCENARIO,
    SYNTHETIC,
    synthetic_derivatives,
    write_files,
)

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def calibrate(folder, text=CALIBRATION, derive=synthetic_derivatives, scenario=SCENARIO):
    calibration = load_calibration(write_files(folder, text, scenario))
    return run_calibration(calibration, folder / "out", lambda line: None, jobs=1, engine=SYNTHETIC, derive=derive)


def test_fit_by_derivatives_alone(tmp_path, monkeypatch):
    """The same numbers as by differences of runs, with fewer load cases solved; resumed without any."""
    log = tmp_path / "log"
    monkeypatch.setenv("SYNTHETIC_LOG", str(log))
    (tmp_path / "differences").mkdir()
    by_runs = calibrate(tmp_path / "differences", derive=None)
    result = calibrate(tmp_path)
    assert {p.name: n for p, n in zip(result.calibration.parameters, result.end.numbers)} == pytest.approx(
        KNOWN, rel=2e-3
    )
    assert not result.differences.any() and by_runs.differences.all()
    assert result.solved < by_runs.solved / 2
    assert "solved at the equilibria of the targets" in (tmp_path / "out" / "report.md").read_text()
    log.write_text("")
    assert calibrate(tmp_path).end.numbers == result.end.numbers
    assert log.read_text() == ""


def test_jacobian_is_that_of_differences(tmp_path):
    calibration = load_calibration(write_files(tmp_path))
    found = []
    for derive in (None, synthetic_derivatives):
        with Evaluations(tmp_path / "out", SYNTHETIC, derive=derive) as evaluations:
            found.append(_Problem(calibration, evaluations, lambda line: None).jacobian(np.array([0.5, 0.5])))
    np.testing.assert_allclose(found[1], found[0], rtol=0.05, atol=1e-9)  # forward differences bend


def test_a_key_without_derivative_is_differenced_and_told(tmp_path):
    text = CALIBRATION.replace("targets:", "  - {name: second, keys: [materials.nucleus.c01_MPa]}\ntargets:")
    result = calibrate(tmp_path, text + "prior_weight: 0.1\n")
    assert result.differences.any(axis=0).tolist() == [False, False, True]
    assert "but differences of runs for flexion (second)" in (tmp_path / "out" / "report.md").read_text()
    assert np.isfinite(result.identifiability.jacobian).all() and result.identifiability.jacobian[2, 2] > 0.0


def test_only_load_cases_without_derivative_are_run_for_differences(tmp_path, monkeypatch):
    """Follower load and moment grow together, so half of the moment has no load case that ends there."""
    log = tmp_path / "log"
    monkeypatch.setenv("SYNTHETIC_LOG", str(log))
    result = calibrate(
        tmp_path, scenario=SCENARIO.replace("flexion: {moment_Nm: 10}", "flexion: {moment_Nm: 10, follower_N: 1}")
    )
    ids = [target.id for target in result.calibration.targets]
    assert {ids[i] for i in np.flatnonzero(result.differences.any(axis=1))} == {"half"}
    runs = [line for line in log.read_text().splitlines() if not line.startswith("derived")]
    assert runs.count("compression") < runs.count("flexion")


def read(**changes):
    given = {"id": "a", "protocol": "p", "case": "flexion", "quantity": "rotation_deg.L4-L5.flexion", "target": 1.0}
    return Target(**{**given, "tolerance": 1.0, **changes})


@pytest.mark.parametrize(
    ("sets", "target", "expected"),
    [
        ([], read(), [Level(1.0)]),
        ([], read(load="moment_Nm", at=2.5), [Level(0.25)]),
        ([], read(load="moment_Nm", at=5.0, since=2.5), [Level(0.5), Level(0.25, -1.0)]),
        ([], read(load="moment_Nm", at=5.0, since=0.0), []),
        ([], read(load="axial_force_N", at=5.0), []),
        (["load_cases.flexion.follower_N=100"], read(load="moment_Nm", at=5.0), []),
        (["load_cases.flexion.follower_N=100"], read(), [Level(1.0)]),
        (
            ["load_cases.flexion.follower_N=100", "load_cases.flexion.follower_first=true"],
            read(load="moment_Nm", at=5.0),
            [Level(0.5)],
        ),
        ([], read(case="compression", load="follower_N", at=500.0), [Level(0.5)]),
    ],
)
def test_equilibria_that_targets_are_read_at(tmp_path, sets, target, expected):
    write_files(tmp_path)
    assert levels(target, load_scenario(tmp_path / "synthetic.yaml", sets)) == expected


def test_isolated_disc_against_runs(tmp_path):
    """Ground substance and bulk modulus, moment at a third and in full, pressure at half, within 1 % of runs."""
    text = f"""\
schema_version: 1
name: disc
protocols: {{disc: {{scenario: {SCENARIOS / "calibration" / "disc_protocol.yaml"}}}}}
parameters:
  - {{name: ground, keys: [materials.annulus.c10_MPa], start: 0.1, scale: linear}}
  - {{name: bulk, keys: [materials.annulus.bulk_modulus_MPa], start: 10, bounds: [8, 12], scale: linear}}
targets:
  - {{id: third, protocol: disc, case: flexion, quantity: rotation_deg.L4-L5.flexion, at_moment_Nm: 2.5, target: 6,
     tolerance: 1}}
  - {{id: whole, protocol: disc, case: flexion, quantity: rotation_deg.L4-L5.flexion, target: 10, tolerance: 1}}
  - {{id: pressure, protocol: disc, case: compression, quantity: idp_MPa.L4-L5, at_follower_N: 500, target: 0.4,
     tolerance: 0.1}}
"""
    path = tmp_path / "disc.yaml"
    path.write_text(text, encoding="utf-8")
    calibration, step = load_calibration(path, "test"), 0.02
    shares = calibration.start
    with Evaluations(tmp_path / "out", finite_elements(near_earlier_runs=False), derive=sensitivities) as evaluations:
        problem = _Problem(calibration, evaluations, lambda line: None)
        jacobian = problem.jacobian(shares)
        assert not problem.differences.any()
        for column, moved in enumerate(step * np.eye(len(shares))):
            ahead, behind = (problem.point(shares + sign * moved).misfits for sign in (1.0, -1.0))
            np.testing.assert_allclose(jacobian[:, column], (ahead - behind) / (2.0 * step), rtol=1e-2, atol=1e-3)

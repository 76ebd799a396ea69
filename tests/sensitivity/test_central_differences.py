"""Derivatives against central differences of complete runs, in complete solutions of both neighbours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from fem_lumbar.measures.quantities import numbers
from fem_lumbar.meshing.of_scenario import scenario_mesh
from fem_lumbar.scenario.loader import load_scenario, with_values
from fem_lumbar.scenario.model import Scenario
from fem_lumbar.sensitivity.budget import budgets
from fem_lumbar.sensitivity.study import sensitivities
from fem_lumbar.sensitivity.table import Derivatives
from fem_lumbar.simulation.simulation import Simulation

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASE = "compression"
RELATIVE_STEP = 5e-3
"""Of the complete runs: its square is what the difference bends by, and solutions are known to 1e-6."""
KEYS = {
    "materials.annulus.c10_MPa": 0.0,
    "materials.nucleus.c10_MPa": 0.0,
    "materials.annulus.fibre_k1_outer_anterior_MPa": 0.0,
    "load_cases.compression.follower_N": 0.0,
}
MAIN = ("rotation_deg.L4-L5.flexion", "idp_MPa.L4-L5", "disc_shortening_mm.L4-L5")
ANATOMY = "anatomy.joints.L4-L5.disc_height_anterior_mm"


@cache
def scenario() -> Scenario:
    return load_scenario(SCENARIOS / "disc_only_L4-L5.yaml", ["mesh.density=test"], [CASE])


@cache
def table() -> Derivatives:
    return sensitivities(scenario(), scenario_mesh(scenario(), str), [*KEYS, ANATOMY])


def results(key: str, value: float) -> dict[str, float]:
    """Results of a complete run with one number changed."""
    changed = with_values(scenario(), {key: value})
    found = Simulation(changed, scenario_mesh(changed, str)).run_case(CASE)
    assert found.status == "converged"
    return {".".join(path): number for path, number in numbers(found.summary).items()}


@pytest.mark.parametrize("key", KEYS)
def test_derivatives_are_differences_of_complete_runs(key):
    here = next(one for one in table().parameters if one.key == key)
    step = RELATIVE_STEP * here.value
    ahead, behind = results(key, here.value + step), results(key, here.value - step)
    found = table().of(CASE, key)
    for name in MAIN:
        difference = (ahead[name] - behind[name]) / (2.0 * step)
        assert found[name] == pytest.approx(difference, rel=1e-2), name


def test_a_measure_of_the_anatomy_moves_the_mesh():
    """The disc becomes higher in front: on the same cells, as complete runs on moved meshes say."""
    here = next(one for one in table().parameters if one.key == ANATOMY)
    ahead, behind = (results(ANATOMY, here.value + step) for step in (0.02, -0.02))
    found = table().of(CASE, ANATOMY)
    name = "disc_shortening_mm.L4-L5"
    assert found[name] == pytest.approx((ahead[name] - behind[name]) / 0.04, rel=2e-2)


def test_budget_sums_squares():
    for one in budgets(table()):
        changes = [part.change for part in one.contributions]
        assert one.standard_deviation**2 == pytest.approx(sum(change**2 for change in changes))
        assert sum(map(one.share, one.contributions)) == pytest.approx(1.0)
        assert changes == sorted(changes, key=lambda change: -abs(change))


def test_an_applied_load_is_no_unknown():
    """It has a derivative, but makes nothing uncertain."""
    key = "load_cases.compression.follower_N"
    assert table().of(CASE, key)["disc_shortening_mm.L4-L5"] > 0.0
    assert key not in {part.parameter.key for one in budgets(table()) for part in one.contributions}

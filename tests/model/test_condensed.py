"""Vertebrae condensed, full and rigid: the same answer twice, and the null test; and that the path does not matter."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.meshing.cache import CACHE_VARIABLE
from fem_lumbar.model.condensation import condensed_vertebrae
from fem_lumbar.model.loads import build_loads
from fem_lumbar.simulation.simulation import Simulation
from fem_lumbar.solver.clock import Clock
from fem_lumbar.solver.linear import PardisoSolver, ScipySolver, pardiso_problem
from fem_lumbar.solver.linearisation import Direct
from tests.model.conftest import largest_difference

FULL, RIGID = (f"solver.vertebrae={kind}" for kind in ("full", "rigid"))
"""In place of the condensed ones of the default."""
CASE = "axial_rotation_left"
ONE_JOINT = "segment.bodies=[L4, L5]"
"""A quarter of the time, with the same equations."""


@pytest.mark.parametrize(("case", "segment"), [("compression", ()), (CASE, (ONE_JOINT,)), ("standing", (ONE_JOINT,))])
def test_condensed_is_full(runs, case, segment):
    """The demand is 0.1 %; both solve the same equations, so only the tolerance of the solver is between them."""
    condensed = runs.case(case, "baseline.yaml", *segment).summary
    full = runs.case(case, "baseline.yaml", FULL, *segment).summary
    difference, where = largest_difference(full, condensed)
    assert difference < 1e-4, where


def test_rigid_vertebrae_know_no_mal(runs):
    """An arch between two points of one rigid body does nothing, whatever it is made of."""
    fibrous = runs.case(CASE, "baseline.yaml", RIGID, ONE_JOINT).summary
    bony = runs.case(CASE, "baseline.yaml", RIGID, ONE_JOINT, "mal.L5.left.state=type_III").summary
    assert not [name for name, found in bony["checks"].items() if not found["passed"]]
    difference, where = largest_difference(fibrous, bony, leave_out=("mal",))
    assert difference < 1e-6, where
    assert abs(bony["mal"]["L5"]["left"]["tension_N"]) < 1e-6
    # Rigid bone is stiffer than bone, so the null test is about another model than the elastic one.
    elastic = runs.case(CASE, "baseline.yaml", ONE_JOINT).summary
    for joint, rotation in fibrous["rotation_deg"].items():
        assert abs(rotation["axial_rotation"]) < abs(elastic["rotation_deg"][joint]["axial_rotation"])


def test_state_does_not_depend_on_the_steps(runs):
    few = runs.case(CASE, "baseline.yaml", ONE_JOINT).summary
    levels = "[0.05, 0.15, 0.3, 0.5, 0.7, 0.85]"
    many = runs.case(CASE, "baseline.yaml", ONE_JOINT, f"load_cases.{CASE}.load_levels={levels}").summary
    assert many["steps"] > few["steps"]
    difference, where = largest_difference(few, many)
    assert difference < 1e-5, where


@pytest.mark.skipif(pardiso_problem() is not None, reason="PARDISO is not usable here")
def test_unloaded_tangent_is_solved_exactly(runs):
    """Without stress the condensed linear solution is that of the whole matrix, to the accuracy asked of it."""
    simulation = runs.simulation()
    loads = build_loads(simulation.scenario, simulation.segment, "compression")
    newton = simulation.newton(loads)
    x, clock = np.zeros(simulation.segment.n_dofs), Clock()
    residual = newton.assembler.residual(x, 0.0, newton.assembler.pair(x))
    right_hand_side = newton.dof_map.gather(newton.load_forces(x))
    direct = Direct(newton.assembler, PardisoSolver())
    solutions = []
    for linearisation in (direct, newton.linearisation):
        linearisation.refresh(x, 0.0, residual, clock)
        solutions.append(linearisation.solve(right_hand_side, 1e-3, clock))
    error = np.linalg.norm(solutions[1] - solutions[0]) / np.linalg.norm(solutions[0])
    assert error < 1e-3


def test_replaced_factors_are_not_used(runs):
    """Factors are in memory once: a linearisation whose factors were replaced says so, instead of a wrong solution."""
    simulation = runs.simulation("baseline.yaml", RIGID)
    loads = build_loads(simulation.scenario, simulation.segment, "compression")
    first, second = simulation.newton(loads), simulation.newton(loads)
    x, clock = np.zeros(simulation.segment.n_dofs), Clock()
    residual = first.assembler.residual(x, 0.0, first.assembler.pair(x))
    right_hand_side = first.dof_map.gather(first.load_forces(x))
    first.linearisation.refresh(x, 0.0, residual, clock)
    found = first.linearisation.solve(right_hand_side, 1e-3, clock)
    second.linearisation.refresh(x, 0.0, residual, clock)
    assert np.array_equal(second.linearisation.solve(right_hand_side, 1e-3, clock), found)
    with pytest.raises(RuntimeError, match="refresh this one first"):
        first.linearisation.solve(right_hand_side, 1e-3, clock)


def test_earlier_run_is_a_start_not_an_answer(runs, tmp_path, monkeypatch):
    """The same scenario again repeats; another one starts near it and ends where it would have ended alone."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))

    def run(*sets: str) -> dict:
        scenario = runs.simulation("disc_only_L4-L5.yaml", *sets).scenario
        told.clear()
        return Simulation(scenario, runs.mesh(), near_earlier_runs=True).run_case("compression", told.append).summary

    told: list = []
    first, again = run(), run()
    assert (first["started_from"], again["started_from"]) == ("unloaded state", "earlier run")
    assert again["iterations"] == 0
    difference, where = largest_difference(first, again)
    assert difference < 1e-9, where
    softer = "materials.annulus.fibre_k1_outer_anterior_MPa=3.0"
    near = run(softer)
    texts = [index for index, event in enumerate(told) if isinstance(event, str)]
    assert len(texts) == 1  # the result at full load is told before the levels that lead to it
    assert f"{near['idp_MPa']['L4-L5']:.3g} MPa" in told[texts[0]]
    assert all(event.step > 0 for event in told[texts[0] + 1 :])
    alone = (
        Simulation(runs.simulation("disc_only_L4-L5.yaml", softer).scenario, runs.mesh())
        .run_case("compression")
        .summary
    )
    assert near["started_from"] == "earlier run"
    difference, where = largest_difference(alone, near)
    assert difference < 1e-5, where
    assert run("load_cases.compression.follower_N=300")["started_from"] == "unloaded state"


def test_modes_are_kept_and_stale_ones_are_not_used(runs, tmp_path, monkeypatch):
    segment = runs.simulation("disc_only_L4-L5.yaml").segment
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    solver = ScipySolver if pardiso_problem() is not None else PardisoSolver
    said: list[str] = []

    @contextmanager
    def stage(level):
        yield said.append(level)

    made = condensed_vertebrae(segment, solver, stage)
    assert len(said) == len(segment.levels)
    read = condensed_vertebrae(segment, solver, stage)
    assert len(said) == len(segment.levels)
    for before, after in zip(made, read, strict=True):
        assert np.array_equal(before.modes.shapes, after.modes.shapes)
    for path in tmp_path.rglob("*.npz"):
        with np.load(path) as file:
            np.savez(path, shapes=1.01 * file["shapes"], forces=file["forces"])
    again = condensed_vertebrae(segment, solver, stage)
    assert len(said) == 2 * len(segment.levels)
    for body in again:  # sound ones: they answer to their forces, with unit stiffness
        shapes, forces = body.modes.shapes, body.modes.forces
        assert np.allclose(shapes.T @ forces, np.eye(body.modes.count), atol=1e-8)
        assert np.allclose(body.elastic(forces[:, 0]), shapes[:, 0], atol=1e-9 * np.abs(shapes[:, 0]).max())


@pytest.mark.skipif(pardiso_problem() is not None, reason="PARDISO is not usable here")
def test_a_body_that_is_not_stable_by_itself_answers_as_at_rest(runs):
    """Shortened to half its size the bone law has lost its stiffness; the tangent of the whole may still be sound.

    Without that every step failed from then on, however short: the body was factorised in the same state each time.
    """
    simulation = Simulation(runs.simulation("baseline.yaml", "name=unstable").scenario, runs.mesh())
    body = simulation._two_level.bodies[1]
    forces = body.elastic.balanced(np.random.default_rng(0).standard_normal(3 * len(body.surroundings.positions)))
    at_rest = body.elastic(forces)
    body.elastic.renew(-0.5 * (body.surroundings.positions - body.surroundings.positions.mean(axis=0)).ravel())
    with pytest.raises(PhysicsError, match="unstable or unconstrained"):
        body.elastic._linear.factor(body.elastic._values)
    # The same matrix factorised again in single precision: unit round-off 6e-8 times the condition number of the
    # body, and the library's order of summation decides which (3e-5 of the largest answer was seen). Another matrix
    # is off by tens of per cent.
    assert body.elastic(forces) == pytest.approx(at_rest, abs=1e-3 * np.abs(at_rest).max())


@pytest.mark.skipif(pardiso_problem() is not None, reason="PARDISO is not usable here")
def test_forces_that_balance_a_floating_body_are_on_its_own_bone(runs):
    """On an arch as soft as water they would move bone by more than what they are meant to balance."""
    body = runs.simulation()._two_level.bodies[1]
    n_own = body.geometry.dofs.size
    assert body.surroundings.dofs.size > n_own
    forces = np.zeros(body.surroundings.dofs.size)
    forces[:n_own] = np.random.default_rng(1).standard_normal(n_own)
    balanced = body.elastic.balanced(forces)
    assert not balanced[n_own:].any()
    on_nodes = balanced.reshape(-1, 3)
    size = np.abs(on_nodes).sum()
    assert np.abs(on_nodes.sum(axis=0)).max() < 1e-12 * size
    assert np.abs(np.cross(body.surroundings.positions, on_nodes).sum(axis=0)).max() < 1e-10 * size

"""Prescribed motion of a reference point on an elastic bed whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.mechanics.coupling import ReferencePointCoupling
from fem_lumbar.mechanics.item import node_dofs
from fem_lumbar.mechanics.prescribed_motion import PrescribedRotation, PrescribedTranslation
from fem_lumbar.mechanics.rotation import rotation_matrix, rotation_vector
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.lagrange_multipliers import LagrangeMultipliers
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import Tolerances

PLACES = np.array([[3.0, 0, 0], [-3.0, 0, 0], [0, 4.0, 0], [0, -4.0, 0], [0, 0, 5.0], [0, 0, -5.0]])
BED_N_PER_MM = 10.0
REFERENCE = 3 * len(PLACES)
AXIS = np.array([0.36, -0.48, 0.8])


class Fixture:
    """A point on springs to six places fixed in space, and one motion of it."""

    def __init__(self, motion: PrescribedRotation | PrescribedTranslation) -> None:
        self.motion = motion
        nodes = np.arange(len(PLACES))
        bed = ReferencePointCoupling("bed", nodes, PLACES, np.full(len(PLACES), BED_N_PER_MM), np.zeros(3), REFERENCE)
        free = np.ones(REFERENCE + 7, dtype=bool)
        free[node_dofs(nodes)] = False
        free[-1] = False
        base = DofMap(len(free), free)
        inner = Assembler([bed], base).with_loads([motion])
        dof_map = base.extended(np.array([REFERENCE + 6]))
        linearisation = LagrangeMultipliers(Direct(inner, linear_solver("scipy")[0]), dof_map, [motion])
        weights = np.array([1.0, 1, 1, 0.2, 0.2, 0.2, 10.0])
        tolerances = Tolerances(residual=1e-10, iterations=60)
        assembler, still = inner.numbered(dof_map), FiniteRotation([])
        self.newton = Newton(assembler, linearisation, [motion], weights, still, tolerances)

    def at(self, load_factor: float) -> np.ndarray:
        """Translation, rotation vector and multiplier (7,)."""
        return self.newton.solve(np.zeros(REFERENCE + 7), load_factor).x[REFERENCE:]


def test_translation_takes_the_force_of_all_springs():
    motion = PrescribedTranslation("motion", AXIS, 0.5, REFERENCE + np.arange(3), REFERENCE + 6)
    found = Fixture(motion).at(0.4)
    assert found[:3] == pytest.approx(0.2 * AXIS, abs=1e-12)  # isotropic bed: no motion across
    assert found[3:6] == pytest.approx(np.zeros(3), abs=1e-12)
    assert found[6] == pytest.approx(6 * BED_N_PER_MM * 0.2, rel=1e-12)


def test_rotation_takes_the_moment_of_all_springs():
    """About z only the springs off the axis count: M = k sin(angle) sum of squared arms, at any angle."""
    motion = PrescribedRotation("motion", np.array([0, 0, 1.0]), 0.6, REFERENCE + 3 + np.arange(3), REFERENCE + 6)
    found = Fixture(motion).at(0.5)
    assert found[:6] == pytest.approx([0, 0, 0, 0, 0, 0.3], abs=1e-12)
    assert found[6] == pytest.approx(BED_N_PER_MM * np.sin(0.3) * 2 * (9 + 16), rel=1e-10)


def test_rotation_leaves_others_free():
    """About an oblique axis the bed is not isotropic: it turns about others as well, and only M along the axis acts."""
    motion = PrescribedRotation("motion", AXIS, 0.6, REFERENCE + 3 + np.arange(3), REFERENCE + 6)
    found = Fixture(motion).at(1.0)
    turn = rotation_matrix(found[3:6])
    assert AXIS @ found[3:6] == pytest.approx(0.6, abs=1e-10)
    assert np.linalg.norm(np.cross(AXIS, found[3:6])) > 0.01
    pull = BED_N_PER_MM * (PLACES - PLACES @ turn.T)
    moment = np.cross(PLACES @ turn.T, pull).sum(axis=0)
    assert moment + found[6] * AXIS == pytest.approx(np.zeros(3), abs=1e-6)


def test_motion_counts_from_where_it_begins():
    x = np.zeros(REFERENCE + 7)
    x[REFERENCE + 3 : REFERENCE + 6] = before = np.array([0.1, -0.2, 0.15])
    undeformed = PrescribedRotation("motion", AXIS, 0.6, REFERENCE + 3 + np.arange(3), REFERENCE + 6)
    motion = undeformed.starting_at(x)
    assert np.abs(undeformed.forces(x, 0.0)[1]).max() > 0.0  # it is not the one that has changed
    assert motion.forces(x, 0.0)[1] == pytest.approx(np.zeros((1, 4)), abs=1e-15)
    further = rotation_vector(rotation_matrix(0.6 * AXIS) @ rotation_matrix(before))
    after = x.copy()
    after[REFERENCE + 3 : REFERENCE + 6] = further
    assert motion.forces(after, 1.0)[1] == pytest.approx(np.zeros((1, 4)), abs=1e-14)
    assert motion.advance(x, after) == pytest.approx(0.6, abs=1e-14)

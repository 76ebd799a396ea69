"""A few overstretched nodes are brought to equilibrium by themselves; the equilibrium of the model stays what it is."""

from __future__ import annotations

import numpy as np
import pytest

from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.loads import Loads
from fem_lumbar.solver.events import silent
from fem_lumbar.solver.local_relaxation import LocalRelaxation

DISC = "disc_only_L4-L5.yaml"


@pytest.fixture(scope="module")
def resting(runs):
    """Solver, unloaded state and local relaxation of the isolated disc."""
    simulation = runs.simulation(DISC)
    newton = simulation.newton(Loads())
    x = simulation.unloaded(newton, "rest", silent).x
    return newton, x, LocalRelaxation(newton.assembler.items(newton.equilibrium.pair(x)), newton.dof_map)


def out_of_balance(newton, x):
    residual = newton.equilibrium.residual(x, 0.0, newton.equilibrium.pair(x))
    return residual.vector, newton.equilibrium.unbalanced_N(residual, x)


def overstretched(x, relaxation, by_mm=0.05):
    """The state with a node inside the annulus moved away."""
    moved = x.copy()
    moved[relaxation._dofs[len(relaxation._dofs) // 2]] += by_mm
    return moved


def test_part_of_a_solid_has_the_forces_of_its_cells(runs):
    segment = runs.simulation(DISC).segment
    x = 0.01 * np.random.default_rng(0).standard_normal(segment.n_dofs)
    kinds = set()
    for item in segment.items:
        if isinstance(item, Solid | MixedSolid) and not item.ties:
            rows = np.arange(0, len(item.nodes), 7)
            part = item.part(rows)
            assert part.forces(x, 1.0)[1] == pytest.approx(item.forces(x, 1.0)[1][rows], rel=1e-12, abs=1e-12)
            assert np.array_equal(part.tangent(x, 1.0), item.tangent(x, 1.0)[rows])
            kinds.add((type(item), item.law.stiffens))
    assert (MixedSolid, True) in kinds
    assert (MixedSolid, False) in kinds


def test_overstretched_nodes_come_back_and_nothing_else_moves(resting):
    newton, x, relaxation = resting
    moved = overstretched(x, relaxation)
    vector, unbalanced = out_of_balance(newton, moved)
    found = relaxation.relaxed(moved, vector, unbalanced)
    assert out_of_balance(newton, found)[1] < 0.02 * unbalanced
    others = np.setdiff1d(np.arange(len(x)), relaxation._dofs.ravel())
    assert np.array_equal(found[others], x[others])
    assert newton.solve(found, 0.0).x == pytest.approx(x, abs=1e-6)


def test_bone_is_never_moved(runs):
    """It may be rigid; without endplates nothing else than its own cells would tell that its nodes are there."""
    segment = runs.simulation(DISC).segment
    solids = [item for item in segment.items if isinstance(item, Solid | MixedSolid)]
    bone = np.unique(np.concatenate([item.dofs.ravel() for item in solids if isinstance(item.law, StVenantKirchhoff)]))
    annulus = next(item for item in solids if item.law.stiffens)
    assert np.isin(annulus.dofs, bone).any()
    moved = LocalRelaxation(solids, segment.dof_map)._dofs
    assert np.isin(moved, annulus.dofs).all()
    assert not np.isin(moved, bone).any()


def test_unbalance_of_the_whole_model_is_left_alone(resting):
    newton, x, relaxation = resting
    off = x.copy()
    off[relaxation._dofs] += 1e-3 * np.random.default_rng(1).standard_normal(relaxation._dofs.shape)
    assert relaxation.relaxed(off, *out_of_balance(newton, off)) is None  # on too many nodes
    turned = x.copy()
    turned[: len(turned) // 2] *= 1.05
    vector, unbalanced = out_of_balance(newton, turned)
    assert relaxation.relaxed(turned, vector, 1e3 * unbalanced) is None  # hardly any of it on these nodes


def test_fewer_iterations_to_the_same_equilibrium(resting, monkeypatch):
    newton, x, relaxation = resting
    moved = overstretched(x, relaxation)
    helped = newton.solve(moved, 0.0)
    monkeypatch.setattr("fem_lumbar.solver.newton.LOCAL_ABOVE", np.inf)
    alone = newton.solve(moved, 0.0)
    assert len(helped.history) < len(alone.history)
    assert helped.x == pytest.approx(alone.x, abs=1e-6)


def test_forces_too_large_to_be_squared_are_left_alone_in_silence(resting):
    newton, x, relaxation = resting
    vector = np.full(np.count_nonzero(newton.dof_map.number >= 0), 1e200)
    with np.errstate(over="raise", invalid="raise"):
        assert relaxation.relaxed(x, vector, np.inf) is None

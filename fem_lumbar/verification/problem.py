"""A small boundary value problem: items, supports, prescribed motions and loads, solved in load steps.

The only place of this package that knows how the solver is put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.materials.law import Law
from fem_lumbar.mechanics.item import Contact, Item, node_dofs
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.finite_rotation import Body, FiniteRotation
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.refined import refined_solver
from fem_lumbar.solver.solution import NotConverged, Tolerances

Added = TypeVar("Added", bound=Item | Contact)


@dataclass(frozen=True)
class State:
    """An equilibrium: ``x`` (n_dofs,), ``displacement`` (n_nodes, 3) mm, and ``reactions`` (n_nodes, 3) N.

    Reactions are the forces by which supports and prescribed motions act on the nodes, zero at free ones.
    """

    load_factor: float
    x: np.ndarray
    displacement: np.ndarray
    reactions: np.ndarray


class Problem:
    """A model that is put together step by step.

    Parameters
    ----------
    space : QuadraticSpace
        Displacement space; its unknowns come first in the state.
    residual : float
        Relative residual at which an equilibrium is accepted; far below what runs use, so that what is seen is
        the discretisation.
    solver : str
        Linear solver, ``auto``, ``pardiso`` or ``scipy``.
    """

    _SHORTEST_STEP = 1 / 1024

    def __init__(self, space: QuadraticSpace, residual: float = 1e-9, solver: str = "auto") -> None:
        self.space = space
        self.n_dofs = 3 * space.n_nodes
        self.items: list[Item | Contact] = []
        self._loads: list[Item] = []
        self._bodies: list[Body] = []
        self._held = np.zeros(self.n_dofs, dtype=bool)
        self._motion = np.zeros(self.n_dofs)
        self._tolerances = Tolerances(residual=residual, iterations=30)
        self._linear = refined_solver(solver)
        self._newton: Newton | None = None

    def unknowns(self, count: int) -> int:
        """Add unknowns that are not displacements of nodes; returns the number of the first."""
        first = self.n_dofs
        self.n_dofs += count
        self._held = np.append(self._held, np.zeros(count, dtype=bool))
        self._motion = np.append(self._motion, np.zeros(count))
        return first

    def add(self, item: Added) -> Added:
        """Add an item; returns it."""
        self.items.append(item)
        return item

    def add_load(self, item: Item) -> Item:
        """Add an item that carries the load factor; returns it."""
        self._loads.append(item)
        return item

    def beside(self, *items: Item) -> Problem:
        """The same problem with some more items."""
        other = copy(self)
        other.items, other._newton = [*self.items, *items], None
        return other

    def solid(self, name: str, cells: np.ndarray, law: Law) -> Solid:
        """Quadratic displacement cells."""
        return self.add(Solid.quadratic(name, self.space, cells, law))

    def mixed(self, name: str, cells: np.ndarray, law: Law, bulk_modulus: float) -> MixedSolid:
        """Cells with a pressure field (P2/P1), bulk modulus in MPa."""
        item = MixedSolid(name, self.space, cells, law, bulk_modulus, self.n_dofs)
        self.unknowns(len(item.pressure_dofs))
        return self.add(item)

    def hold(self, nodes: np.ndarray, axes: Iterable[int] = (0, 1, 2), motion: np.ndarray | float = 0.0) -> None:
        """Hold nodes (k,) along axes, or move them: ``motion`` in mm at full load, broadcast to (k, n_axes)."""
        self.hold_unknowns(3 * np.asarray(nodes)[:, None] + np.array(list(axes)), motion)

    def hold_unknowns(self, dofs: np.ndarray, motion: np.ndarray | float = 0.0) -> None:
        """Hold unknowns by number, or move them to ``motion`` at full load."""
        if not self._held[dofs].all():
            self._newton = None
        self._held[dofs] = True
        self._motion[dofs] = motion

    def turn_together(self, nodes: np.ndarray, rotation: np.ndarray | None = None) -> None:
        """Nodes (k,) of a stiff body, whose corrections turn it by a finite rotation; ``rotation`` (3,) are the
        unknowns of the rotation vector that holds it, if there is one."""
        self._bodies.append(Body(self.space.nodes[nodes], node_dofs(nodes[:, None]), rotation))

    def unloaded(self) -> np.ndarray:
        """The state (n_dofs,) in which nothing has moved."""
        return np.zeros(self.n_dofs)

    def equilibrium(self, start: np.ndarray, load_factor: float = 1.0) -> State:
        """Equilibrium at a load factor, sought from a state (n_dofs,).

        Raises
        ------
        PhysicsError
            When Newton's method does not converge.
        """
        newton = self._newton = self._newton or self._build()
        try:
            solution = newton.solve(start, load_factor)
        except NotConverged as reason:
            raise PhysicsError(f"no equilibrium at load {load_factor:.3g}: {reason}") from reason
        n = 3 * self.space.n_nodes
        forces = sum(solution.residual.item_forces.values(), np.zeros(self.n_dofs))
        return State(load_factor, solution.x, solution.x[:n].reshape(-1, 3), forces[:n].reshape(-1, 3))

    def follow(self, loads: Iterable[float], guess: np.ndarray | float = 0.0) -> list[State]:
        """Equilibria at growing load factors, each first guessed by the parabola through the three before.

        A step that fails is halved. ``guess`` (n_dofs,) is a rough state at full load: large prescribed motions need
        it for the first step, or the cells beside the moved boundary turn inside out.
        """
        known, states = [(0.0, self.unloaded())], []
        for target in loads:
            states.append(self._reach(known, target, guess))
        return states

    def _reach(self, known: list[tuple[float, np.ndarray]], target: float, guess: np.ndarray | float) -> State:
        first = self.unloaded() + target * guess if len(known) == 1 else extrapolated(known[-3:], target)
        try:
            state = self.equilibrium(first, target)
        except PhysicsError:
            middle = (known[-1][0] + target) / 2
            if target - middle < self._SHORTEST_STEP:
                raise
            self._reach(known, middle, guess)
            return self._reach(known, target, guess)
        known.append((target, state.x))
        return state

    def rough_guess(self, displacement: np.ndarray) -> np.ndarray:
        """State (n_dofs,) of nodal displacements (n_nodes, 3) mm, all other unknowns zero."""
        x = self.unloaded()
        x[: displacement.size] = displacement.ravel()
        return x

    def _build(self) -> Newton:
        dof_map = DofMap(self.n_dofs, ~self._held, prescribed=self._motion)
        per_force = (np.flatnonzero(dof_map.number >= 0) < 3 * self.space.n_nodes).astype(float)
        assembler = Assembler(self.items, dof_map).with_loads(self._loads)
        return Newton(
            assembler,
            Direct(assembler, self._linear),
            self._loads,
            per_force,
            FiniteRotation(self._bodies),
            self._tolerances,
        )


def extrapolated(known: list[tuple[float, np.ndarray]], target: float) -> np.ndarray:
    """Value at a target of the polynomial through known values (n,), by Lagrange."""
    result = np.zeros_like(known[0][1])
    for place, value in known:
        others = [other for other, _ in known if other != place]
        result += value * np.prod([(target - other) / (place - other) for other in others])
    return result


class DeadForces:
    """Nodal forces of fixed direction, grown with the load factor.

    Parameters
    ----------
    name : str
        Name of the item.
    forces : (n_nodes, 3)
        Forces at full load, N; nodes without force are left out.
    """

    def __init__(self, name: str, forces: np.ndarray) -> None:
        nodes = np.flatnonzero(np.any(forces != 0, axis=1))
        self.name = name
        self.dofs = node_dofs(nodes[:, None])
        self.ties: list = []
        self._forces = forces[nodes]

    def forces(self, x: np.ndarray, load_factor: float) -> tuple[float, np.ndarray]:
        """Potential (N·mm) and residual (k, 3) in N."""
        return -load_factor * float(np.sum(self._forces * x[self.dofs])), -load_factor * self._forces

    def tangent(self, x: np.ndarray, load_factor: float) -> np.ndarray:
        """No stiffness (k, 3, 3)."""
        return np.zeros((len(self.dofs), 3, 3))


def surface_forces(space: QuadraticSpace, triangles: np.ndarray, traction: np.ndarray) -> np.ndarray:
    """Nodal forces (n_nodes, 3) in N of a traction (3,) or (k, 3) in MPa on boundary triangles (k, 3)."""
    values, _, weights, _ = space.triangles(triangles, order=2)
    share = np.einsum("kq,qa->ka", weights, values)
    traction = np.broadcast_to(traction, (len(triangles), 3))
    forces = np.zeros((space.n_nodes, 3))
    np.add.at(forces, space.triangle_nodes(triangles), share[:, :, None] * traction[:, None])
    return forces


def volume_forces(space: QuadraticSpace, density: np.ndarray, order: int) -> np.ndarray:
    """Nodal forces (n_nodes, 3) in N of a body force (n_e, n_q, 3) in N/mm3 at the points of a quadrature order."""
    values, _, weights = space.quadratic(np.arange(len(space.cell_nodes)), order)
    forces = np.zeros((space.n_nodes, 3))
    np.add.at(forces, space.cell_nodes, np.einsum("eq,qa,eqi->eai", weights, values, density))
    return forces

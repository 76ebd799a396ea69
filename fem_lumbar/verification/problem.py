"""A small boundary value problem: items, supports, prescribed motions and loads, solved in load steps.

The only place of this package that knows how the solver is put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fem_lumbar.errors import PhysicsError
from fem_lumbar.materials.law import Law
from fem_lumbar.mechanics.item import Item, node_dofs
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.mechanics.space import QuadraticSpace
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.equations import Equations
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton, NotConverged, Tolerances


@dataclass(frozen=True)
class State:
    """An equilibrium: ``x`` (n_dofs,), ``displacement`` (n_nodes, 3) mm, and ``reactions`` (n_nodes, 3) N.

    Reactions are the forces by which supports and prescribed motions act on the nodes, zero at free ones.
    """

    load: float
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

    def __init__(self, space: QuadraticSpace, residual: float = 1e-9, solver: str = "auto") -> None:
        self.space = space
        self.n_dofs = 3 * space.n_nodes
        self._items: list[Item] = []
        self._loads: list[Item] = []
        self._held = np.zeros(self.n_dofs, dtype=bool)
        self._motion = np.zeros(self.n_dofs)
        self._tolerances = Tolerances(residual=residual, iterations=30)
        self._linear = linear_solver(solver)[0]
        self._newton: Newton | None = None

    def unknowns(self, count: int) -> int:
        """Add unknowns that are not displacements of nodes; returns the number of the first."""
        first = self.n_dofs
        self.n_dofs += count
        self._held = np.append(self._held, np.zeros(count, dtype=bool))
        self._motion = np.append(self._motion, np.zeros(count))
        return first

    def add(self, item: Item) -> Item:
        """Add an item; returns it."""
        self._items.append(item)
        return item

    def add_load(self, item: Item) -> Item:
        """Add an item that carries the load fraction; returns it."""
        self._loads.append(item)
        return item

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
        axes = list(axes)
        dofs = 3 * np.asarray(nodes)[:, None] + np.array(axes)
        if not self._held[dofs].all():
            self._newton = None
        self._held[dofs] = True
        self._motion[dofs] = motion

    def unloaded(self) -> np.ndarray:
        """The state (n_dofs,) in which nothing has moved."""
        return np.zeros(self.n_dofs)

    def equilibrium(self, start: np.ndarray, load: float = 1.0) -> State:
        """Equilibrium at a load fraction, sought from a state (n_dofs,).

        Raises
        ------
        PhysicsError
            When Newton's method does not converge.
        """
        newton = self._newton = self._newton or self._build()
        try:
            solution = newton.solve(start, load)
        except NotConverged as reason:
            raise PhysicsError(f"no equilibrium at load {load:.3g}: {reason}") from reason
        n = 3 * self.space.n_nodes
        forces = sum(solution.residual.item_forces.values())
        return State(load, solution.x, solution.x[:n].reshape(-1, 3), forces[:n].reshape(-1, 3))

    def follow(self, loads: Iterable[float], guess: np.ndarray | float = 0.0) -> list[State]:
        """Equilibria at growing load fractions, each first guessed by the line through the two before.

        ``guess`` (n_dofs,) is a rough state at full load: large prescribed motions need it for the first step, or the
        cells beside the moved boundary turn inside out.
        """
        x, load, slope = self.unloaded(), 0.0, guess
        states = []
        for target in loads:
            states.append(self.equilibrium(x + (target - load) * slope, target))
            slope = (states[-1].x - x) / (target - load)
            x, load = states[-1].x, target
        return states

    def rough_guess(self, displacement: np.ndarray) -> np.ndarray:
        """State (n_dofs,) of nodal displacements (n_nodes, 3) mm, all other unknowns zero."""
        x = self.unloaded()
        x[: displacement.size] = displacement.ravel()
        return x

    def _build(self) -> Newton:
        equations = Equations(self.n_dofs, ~self._held, prescribed=self._motion)
        is_force = np.flatnonzero(equations.number >= 0) < 3 * self.space.n_nodes
        assembler = Assembler(self._items, equations).with_loads(self._loads)
        linearisation = Direct(assembler, self._linear)
        return Newton(assembler, linearisation, self._loads, is_force, FiniteRotation([]), self._tolerances)


class DeadForces:
    """Nodal forces of fixed direction, grown with the load fraction.

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

    def forces(self, x: np.ndarray, load: float) -> tuple[float, np.ndarray]:
        """Potential (N·mm) and residual (k, 3) in N."""
        return -load * float(np.sum(self._forces * x[self.dofs])), -load * self._forces

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
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

"""The elastic solve of one body: the local part of the two-level preconditioner, also used to compute its modes."""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr
from scipy.sparse import csr_array

from fem_lumbar.foundation.errors import PhysicsError
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.multilevel.elastic_body import BodyGeometry, rigid_motions


class ElasticSolve:
    """Linear elastic response of a body to forces on its nodes, in its reference orientation: u = P^T E_s^-1 P f.

    A floating body is supported statically determinately for the solution (E_s) and its mean rigid motion is then taken
    out; of its forces, the part that balances itself counts (the coarse space takes the rest): P = 1 - W R R^T with a
    basis R of its rigid motions and W that picks its own nodes, on which R is orthonormal. What surrounds it may be
    far softer: forces spread over that too would move it by more than the bone. For other bodies P = 1.

    The stiffness is that of the body at rest until :meth:`renew` is called. It is only used for preconditioning, so it
    affects the speed of convergence but not the solution.

    Parameters
    ----------
    geometry : BodyGeometry
        The body.
    dof_map : DofMap
        Numbering of the whole model, for its ties.
    linear : LinearSolver
        Direct solver of this body.
    n_own : int or None
        How many of the nodes, the first ones, are of the body itself; all of them by default.

    Attributes
    ----------
    stiffness : (nnz,)
        Values of the stiffness matrix of the undeformed body on ``pattern``.
    """

    def __init__(self, geometry: BodyGeometry, dof_map: DofMap, linear: LinearSolver, n_own: int | None = None) -> None:
        flat = geometry.dofs.ravel()
        self._n_own = 3 * (len(geometry.dofs) if n_own is None else n_own)
        self._rigid = rigid_motions(geometry.positions, self._n_own // 3) if geometry.floats else None
        held = np.zeros(len(flat), dtype=bool)
        if self._rigid is not None:
            _, _, order = qr(self._rigid[: self._n_own].T, mode="economic", pivoting=True)
            held[order[:6]] = True
        free = np.zeros(len(dof_map.number), dtype=bool)
        free[flat[~held]] = True
        self._dof_map = dof_map
        self._dofs = flat
        own = dof_map.restricted(free)
        self._assembler = Assembler(geometry.items, own)
        self._free = own.number[flat] >= 0
        self._order = own.number[flat[self._free]]
        self._linear = linear
        self._is_analysed = False
        self.stiffness = self.renew(np.zeros(len(flat)))

    def renew(self, displacement: np.ndarray) -> np.ndarray:
        """Update the stiffness to an elastic displacement (3 k,) mm of the body; returns its values (nnz,).

        Under the pull of ligaments, bone and its shells are stressed enough to respond differently than at rest.
        """
        dof_map = self._dof_map
        x = np.zeros(len(dof_map.number))
        x[self._dofs] = displacement
        self._values = self._assembler.tangent(dof_map.state(dof_map.unknowns(x), 0.0), 0.0)
        self._is_factored = False
        return self._values

    @property
    def pattern(self) -> csr_array:
        """Pattern of the stiffness matrix."""
        return self._assembler.pattern

    def balanced(self, forces: np.ndarray) -> np.ndarray:
        """Part of forces (3 k,) that deforms the body: all of them unless it floats."""
        if self._rigid is None:
            return forces
        balanced, own = forces.copy(), self._rigid[: self._n_own]
        balanced[: self._n_own] -= own @ (self._rigid.T @ forces)
        return balanced

    def __call__(self, forces: np.ndarray) -> np.ndarray:
        """Elastic displacement (3 k,) mm under balanced forces (3 k,) N, or displacements (3 k, m) under several."""
        self._factorise()
        right_hand_side = np.empty((len(self._order), *forces.shape[1:]))
        right_hand_side[self._order] = forces[self._free]
        displacement = np.zeros(forces.shape)
        displacement[self._free] = self._linear.solve(right_hand_side)[self._order]
        if self._rigid is None:
            return displacement
        own = slice(self._n_own)
        return displacement - self._rigid @ (self._rigid[own].T @ displacement[own])

    def _factorise(self) -> None:
        """Factorise the stiffness on first use: with cached modes it may never be needed.

        A highly stressed body may be unstable on its own and stabilised only by its surroundings. The stiffness at
        rest, which is always definite, is used then, since solutions only precondition the whole tangent.
        """
        if not self._is_analysed:
            self._linear.analyse(self._assembler.pattern)
            self._is_analysed = True
        if not self._is_factored:
            try:
                self._linear.factor(self._values)
            except PhysicsError:
                if self._values is self.stiffness:
                    raise
                self._values = self.stiffness
                self._linear.factor(self._values)
            self._is_factored = True

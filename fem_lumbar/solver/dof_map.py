"""Map of the degrees of freedom: free ones are equations; the others are fixed, prescribed or tied."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array


class DofMap:
    """Map between the unknowns q (n_equations,) and the state x (n_dofs,): x = T q + load factor * prescribed.

    Forces map back by the transpose: f_q = T^T f_x.

    Parameters
    ----------
    n_dofs : int
        Length of the state vector.
    free : (n_dofs,) bool
        Degrees of freedom that are independent unknowns.
    tied : (k, 3) int
        Rows (follower, end a, end b): a degree of freedom that is the mean of two others.
    prescribed : (n_dofs,), optional
        Values at full load of the degrees of freedom that are neither free nor tied; zero where omitted.

    Attributes
    ----------
    number : (n_dofs,) int
        Equation of each degree of freedom, -1 where it has none.
    transform : csr_array (n_dofs, n_equations)
        T.
    """

    def __init__(
        self, n_dofs: int, free: np.ndarray, tied: np.ndarray | None = None, prescribed: np.ndarray | None = None
    ) -> None:
        tied = np.empty((0, 3), dtype=int) if tied is None else tied
        free = free.copy()
        free[tied[:, 0]] = False
        self._tied = tied
        self.number = np.full(n_dofs, -1)
        self.number[free] = np.arange(np.count_nonzero(free))
        rows = np.concatenate([np.flatnonzero(free), tied[:, 0], tied[:, 0]])
        columns = self.number[np.concatenate([np.flatnonzero(free), tied[:, 1], tied[:, 2]])]
        weights = np.concatenate([np.ones(np.count_nonzero(free)), np.full(2 * len(tied), 0.5)])
        kept = columns >= 0  # a fixed end contributes its prescribed value, which is zero for ties
        self.transform = csr_array((weights[kept], (rows[kept], columns[kept])), (n_dofs, np.count_nonzero(free)))
        self._transposed = self.transform.T.tocsr()
        self.prescribed = np.zeros(n_dofs) if prescribed is None else prescribed

    def restricted(self, free: np.ndarray) -> DofMap:
        """Numbering in which only the unknowns marked in ``free`` (n_dofs,) bool remain; the others are fixed."""
        return DofMap(len(self.number), free & (self.number >= 0), self._tied)

    def extended(self, more: np.ndarray) -> DofMap:
        """Numbering with the degrees of freedom ``more`` (k,) int as further unknowns."""
        free = self.number >= 0
        free[more] = True
        return DofMap(len(self.number), free, self._tied)

    @property
    def size(self) -> int:
        """Number of equations."""
        return self.transform.shape[1]

    def state(self, unknowns: np.ndarray, load_factor: float) -> np.ndarray:
        """State x (n_dofs,) of unknowns q (n_equations,) at a load factor."""
        return self.transform @ unknowns + load_factor * self.prescribed

    def unknowns(self, x: np.ndarray) -> np.ndarray:
        """Unknowns q (n_equations,) of a state x (n_dofs,)."""
        return x[self.number >= 0]

    def on_ends(self, forces: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) with those on tied degrees of freedom split between the two they follow."""
        moved = forces.copy()
        followers, first, second = self._tied.T
        moved[followers] = 0.0
        np.add.at(moved, first, 0.5 * forces[followers])
        np.add.at(moved, second, 0.5 * forces[followers])
        return moved

    def gather(self, forces: np.ndarray) -> np.ndarray:
        """Forces (n_dofs,) gathered on the equations (n_equations,)."""
        return self._transposed @ forces

"""Assembly of items into one residual and one symmetric sparse tangent."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numba
import numpy as np
from scipy.sparse import csr_array

from fem_lumbar.mechanics.item import Item, total
from fem_lumbar.solver.equations import Equations


@dataclass
class Residual:
    """Forces of a state: ``vector`` (n_equations,), per item its assembled forces (n_dofs,) and energy (N·mm)."""

    vector: np.ndarray
    item_forces: dict[str, np.ndarray]
    energies: dict[str, float]


class Assembler:
    """Sums items; keeps the sparsity pattern and where every entry goes.

    Entries of the heavy items (solids, shells, ligaments) are found once. Items with an ``update`` method (contact)
    change their rows, and loads differ from case to case: their entries are found at each evaluation, and the pattern
    grows when they need more; it never shrinks, so that the linear solver seldom has to order the unknowns anew.
    """

    def __init__(self, items: list[Item], equations: Equations) -> None:
        self.equations = equations
        self._heavy = [item for item in items if not hasattr(item, "update")]
        self._light = [item for item in items if hasattr(item, "update")]
        self._rows = {item.name: equations.number[item.dofs] for item in self._heavy}
        self._heavy_pattern = _pattern(list(self._rows.values()), equations.size)
        self._positions = {
            name: _positions(rows, self._heavy_pattern.indptr, self._heavy_pattern.indices)
            for name, rows in self._rows.items()
        }
        self._start()

    def _start(self) -> None:
        self.pattern = self._heavy_pattern
        self.pattern_version = 0
        self._heavy_entries = np.arange(self.pattern.nnz)  # of the heavy pattern in the grown one

    def with_loads(self, loads: list[Item]) -> Assembler:
        """An assembler with loads added, sharing what is known of the heavy items."""
        other = copy(self)
        other._light = [*self._light, *loads]
        other._start()
        return other

    @property
    def items(self) -> list[Item]:
        """All items."""
        return [*self._heavy, *self._light]

    def update(self, x: np.ndarray) -> float:
        """Let items that depend on the geometry of a state pair anew; returns the deepest penetration, mm."""
        depth = 0.0
        for item in self._light:
            if hasattr(item, "update"):
                item.update(x)
                depth = max(depth, item.depth)
        return depth

    def residual(self, x: np.ndarray, load: float) -> Residual:
        """Residual of a state, internal minus applied."""
        item_forces, energies = {}, {}
        summed = np.zeros(len(x))
        for item in self.items:
            energies[item.name], rows = item.forces(x, load)
            forces = total(item.dofs, rows, len(x))
            item_forces[item.name] = forces
            summed += forces
        return Residual(self.equations.gather(summed), item_forces, energies)

    def tangent(self, x: np.ndarray, load: float) -> np.ndarray:
        """Values (nnz,) of the tangent's symmetric part on ``pattern``.

        Only spatial moments have a skew part; leaving it out costs Newton's method a fraction of an iteration and
        halves every factorisation.
        """
        heavy = np.zeros(self._heavy_pattern.nnz)
        for item in self._heavy:
            values = item.tangent(x, load)
            _add_ties(values, item.ties)
            _scatter(values, self._rows[item.name], self._positions[item.name], heavy)
        light = [(self.equations.number[item.dofs], item.tangent(x, load)) for item in self._light if len(item.dofs)]
        if any(_lacking(rows, self._find(rows)) for rows, _ in light):
            near = [self.equations.number[item.neighbourhood(x)] for item in self._light if hasattr(item, "update")]
            self._grow([rows for rows, _ in light] + [rows for rows in near if len(rows)])
        data = np.zeros(self.pattern.nnz)
        data[self._heavy_entries] = heavy
        for rows, values in light:
            _scatter(values, rows, self._find(rows), data)
        return data

    def _find(self, rows: np.ndarray) -> np.ndarray:
        return _positions(rows, self.pattern.indptr, self.pattern.indices)

    def _grow(self, rows: list[np.ndarray]) -> None:
        grown = (self.pattern + _pattern(rows, self.equations.size)).tocsr()
        grown.sort_indices()
        heavy = self._heavy_pattern
        heavy_rows = np.repeat(np.arange(heavy.shape[0]), np.diff(heavy.indptr))
        self._heavy_entries = _find_entries(heavy_rows, heavy.indices, grown.indptr, grown.indices)
        self.pattern = grown
        self.pattern_version += 1


def _pattern(row_sets: list[np.ndarray], size: int) -> csr_array:
    """Upper-triangular pattern, with the whole diagonal, of rows of equation numbers (n, m), -1 for none."""
    pattern = csr_array((np.ones(size, dtype=np.int32), (np.arange(size), np.arange(size))), (size, size))
    for rows in row_sets:
        used = rows >= 0
        incidence = csr_array(
            (np.ones(np.count_nonzero(used), dtype=np.int32), (np.nonzero(used)[0], rows[used])), (len(rows), size)
        )
        product = (incidence.T @ incidence).tocoo()
        upper = product.row <= product.col
        ones = np.ones(np.count_nonzero(upper), dtype=np.int32)
        pattern = pattern + csr_array((ones, (product.row[upper], product.col[upper])), (size, size))
    pattern = pattern.tocsr()
    pattern.sort_indices()
    return pattern


@numba.njit(cache=True)
def _search(row, column, indptr, indices):
    low, high = indptr[row], indptr[row + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < column:
            low = middle + 1
        else:
            high = middle
    if low < indptr[row + 1] and indices[low] == column:
        return low
    return -1


@numba.njit(parallel=True, cache=True)
def _find_entries(rows, columns, indptr, indices):
    out = np.empty(len(rows), dtype=np.int64)
    for k in numba.prange(len(rows)):
        out[k] = _search(rows[k], columns[k], indptr, indices)
    return out


@numba.njit(parallel=True, cache=True)
def _positions(rows, indptr, indices):
    """Entry of the pattern for every pair a <= b of each row, packed; -1 where there is none."""
    n_rows, m = rows.shape
    out = np.empty((n_rows, m * (m + 1) // 2), dtype=np.int32)
    for e in numba.prange(n_rows):
        k = 0
        for a in range(m):
            for b in range(a, m):
                i, j = rows[e, a], rows[e, b]
                out[e, k] = -1 if i < 0 or j < 0 else _search(min(i, j), max(i, j), indptr, indices)
                k += 1
    return out


@numba.njit(cache=True)
def _lacking(rows, positions):
    n_rows, m = rows.shape
    for e in range(n_rows):
        k = 0
        for a in range(m):
            for b in range(a, m):
                if rows[e, a] >= 0 and rows[e, b] >= 0 and positions[e, k] < 0:
                    return True
                k += 1
    return False


@numba.njit(cache=True)
def _scatter(values, rows, positions, data):
    n_rows, m = rows.shape
    for e in range(n_rows):
        k = 0
        for a in range(m):
            for b in range(a, m):
                where = positions[e, k]
                k += 1
                if where < 0:
                    continue
                if a == b:
                    data[where] += values[e, a, a]
                elif rows[e, a] == rows[e, b]:
                    data[where] += values[e, a, b] + values[e, b, a]
                else:
                    data[where] += 0.5 * (values[e, a, b] + values[e, b, a])


def _add_ties(values: np.ndarray, ties) -> None:
    """Move rows and columns of tied mid-edge nodes onto their two ends, in place."""
    for rows, middle, a, b in ties:
        block = values[rows]
        m = slice(3 * middle, 3 * middle + 3)
        for end in (a, b):
            block[:, 3 * end : 3 * end + 3, :] += 0.5 * block[:, m, :]
        block[:, m, :] = 0.0
        for end in (a, b):
            block[:, :, 3 * end : 3 * end + 3] += 0.5 * block[:, :, m]
        block[:, :, m] = 0.0
        values[rows] = block

"""Assembly of items into one residual and one symmetric sparse tangent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numba
import numpy as np

from fem_lumbar.mechanics.item import NO_PAIRS, Contact, Item, Pairs, Ties
from fem_lumbar.mechanics.kernels import Destination, Schedule
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.schedule import one_after_the_other, schedule
from fem_lumbar.solver.sparsity import lacking, merged, moved, positions, upper_pattern


class ItemForces(Mapping[str, np.ndarray]):
    """Assembled forces (n_dofs,) of each item by name; kept on the degrees of freedom the item acts on."""

    def __init__(self, n_dofs: int) -> None:
        self._n_dofs = n_dofs
        self._parts: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def put(self, name: str, dofs: np.ndarray, forces: np.ndarray) -> None:
        """Store the forces (k,) of an item on its degrees of freedom (k,)."""
        self._parts[name] = dofs, forces

    def __getitem__(self, name: str) -> np.ndarray:
        dofs, forces = self._parts[name]
        out = np.zeros(self._n_dofs)
        out[dofs] = forces
        return out

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def largest_norm(self, counted: np.ndarray) -> float:
        """Largest norm of the forces of one item on the degrees of freedom marked in ``counted`` (n_dofs,) bool."""
        return max((float(np.linalg.norm(f[counted[dofs]])) for dofs, f in self._parts.values()), default=0.0)

    def take(self, other: ItemForces) -> None:
        """Add the forces of other items."""
        self._parts |= other._parts

    def total(self, names: Iterable[str] | None = None) -> np.ndarray:
        """Sum of the forces (n_dofs,) of the named items, or of all."""
        out = np.zeros(self._n_dofs)
        for name in self._parts if names is None else names:
            dofs, forces = self._parts[name]
            out[dofs] += forces
        return out


@dataclass
class Residual:
    """Forces of a state: ``vector`` (n_equations,), per item its assembled forces (n_dofs,) and energy (N·mm).

    ``pairs`` are the contact pairs they were evaluated with.
    """

    vector: np.ndarray
    item_forces: ItemForces
    energies: dict[str, float]
    pairs: Pairs


@dataclass(frozen=True)
class _Place:
    """Scatter map of one item: equation numbers in packing order, positions in the pattern, order of summation."""

    dofs: np.ndarray
    rows: np.ndarray
    positions: np.ndarray
    schedule: Schedule


class Assembler:
    """Sums items; residual and tangent depend only on the state, the load factor and the contact pairs.

    The only thing stored between calls is the sparsity pattern. Positions of the heavy items (solids, shells,
    ligaments) are found once. Contact pairs change with the state, and loads with the load case: their positions are
    looked up when their rows change, and the pattern grows where it lacks entries. It never shrinks, so the linear
    solver rarely has to reorder the unknowns.

    Parameters
    ----------
    items : list of Item or Contact
        Everything that carries force, except the loads of a case.
    dof_map : DofMap
        Numbering of the equations.
    """

    def __init__(self, items: Sequence[Item | Contact], dof_map: DofMap) -> None:
        self.dof_map = dof_map
        self._contacts = [item for item in items if isinstance(item, Contact)]
        self._heavy = [item for item in items if not isinstance(item, Contact)]
        self._loads: list[Item] = []
        rows = {item.name: self._rows(item) for item in self._heavy}
        self.pattern = upper_pattern(list(rows.values()), dof_map.size)
        self.pattern_version = 0
        self._places = {
            item.name: _Place(
                item.dofs, rows[item.name], positions(rows[item.name], self.pattern), schedule(rows[item.name])
            )
            for item in self._heavy
        }
        self._touched = {item.name: np.unique(item.dofs, return_inverse=True) for item in self._heavy}

    def with_loads(self, loads: list[Item]) -> Assembler:
        """The same assembler under other loads, sharing the pattern as grown so far."""
        other = copy(self)
        other._loads = loads
        other._places = self._places.copy()
        return other

    def numbered(self, dof_map: DofMap) -> Assembler:
        """The same items with residuals on another numbering; tangents stay on the original one."""
        other = copy(self)
        other.dof_map = dof_map
        return other

    def pair(self, x: np.ndarray) -> Pairs:
        """Contact pairs of a state x (n_dofs,)."""
        return Pairs(tuple(contact.pair(x) for contact in self._contacts))

    def items(self, pairs: Pairs = NO_PAIRS) -> list[Item]:
        """All items, with each contact replaced by its pairs.

        Raises
        ------
        ValueError
            If the pairs are not those of the contacts of this model.
        """
        names = [contact.name for contact in self._contacts]
        if [item.name for item in pairs.items] != names:
            raise ValueError(f"contact pairs are needed of {names}")
        return [*self._heavy, *pairs.items, *self._loads]

    def extend_pattern(self, x: np.ndarray) -> None:
        """Extend the pattern by the contact of a state x (n_dofs,) that the path will reach."""
        near = [self.dof_map.number[contact.neighbourhood(x)] for contact in self._contacts]
        if any(lacking(rows, positions(rows, self.pattern)) for rows in near):
            self._grow(near)

    def residual(self, x: np.ndarray, load_factor: float, pairs: Pairs = NO_PAIRS) -> Residual:
        """Residual of a state x (n_dofs,) at a load factor with given contact pairs: internal minus external forces."""
        item_forces, energies = ItemForces(len(x)), {}
        for item in self.items(pairs):
            energies[item.name], rows = item.forces(x, load_factor)
            dofs, local = self._touched.get(item.name) or np.unique(item.dofs, return_inverse=True)
            item_forces.put(item.name, dofs, np.bincount(local.ravel(), rows.ravel(), minlength=len(dofs)))
        return Residual(self.dof_map.gather(item_forces.total()), item_forces, energies, pairs)

    def tangent(self, x: np.ndarray, load_factor: float, pairs: Pairs = NO_PAIRS) -> np.ndarray:
        """Values (nnz,) of the symmetric part of the tangent on ``pattern``, which may have grown.

        Only moments fixed in space have a skew part. Dropping it costs Newton's method a fraction of an iteration and
        halves the cost of every factorisation.
        """
        items = self.items(pairs)
        self._place_light(x, pairs)
        values = np.zeros(self.pattern.nnz)
        for item in items:
            place = self._places[item.name]
            if hasattr(item, "add_tangent"):
                item.add_tangent(x, load_factor, Destination(place.schedule, place.positions, values))
            elif len(item.dofs):
                blocks = np.ascontiguousarray(item.tangent(x, load_factor))  # one layout, one compiled kernel
                _add_ties(blocks, item.ties)
                _add_blocks(blocks, place.rows, *place.schedule, place.positions, values)
        return values

    def _rows(self, item: Item) -> np.ndarray:
        """Equation numbers (n, m) of the rows of an item, in the order its matrices are packed."""
        packing = getattr(item, "packing", slice(None))
        return np.ascontiguousarray(self.dof_map.number[item.dofs[:, packing]])

    def _place_light(self, x: np.ndarray, pairs: Pairs) -> None:
        """Look up the positions of contact pairs and loads with new rows; extend the pattern where it lacks entries."""
        new = []
        for item in [*pairs.items, *self._loads]:
            known = self._places.get(item.name)
            if known is None or not np.array_equal(known.dofs, item.dofs):
                rows = self._rows(item)
                found = positions(rows, self.pattern)
                new.append(_Place(item.dofs, rows, found, one_after_the_other(len(rows))))
                self._places[item.name] = new[-1]
        if any(lacking(place.rows, place.positions) for place in new):
            near = [self.dof_map.number[contact.neighbourhood(x)] for contact in self._contacts]
            self._grow([place.rows for place in new] + near)

    def _grow(self, row_sets: list[np.ndarray]) -> None:
        self.pattern, entries = merged(self.pattern, upper_pattern(row_sets, self.dof_map.size))
        self.pattern_version += 1
        heavy = {item.name for item in self._heavy}
        self._places = {
            name: _Place(
                place.dofs,
                place.rows,
                moved(place.positions, entries) if name in heavy else positions(place.rows, self.pattern),
                place.schedule,
            )
            for name, place in self._places.items()
        }


@numba.njit(parallel=True, cache=True)
def _add_blocks(
    blocks: np.ndarray,
    rows: np.ndarray,
    order: np.ndarray,
    starts: np.ndarray,
    colours: np.ndarray,
    positions: np.ndarray,
    values: np.ndarray,
) -> None:
    m = rows.shape[1]
    for colour in range(len(colours) - 1):
        for block in numba.prange(colours[colour], colours[colour + 1]):
            for place in range(starts[block], starts[block + 1]):
                e = order[place]
                k = 0
                for a in range(m):
                    for b in range(a, m):
                        where = positions[e, k]
                        k += 1
                        if where < 0:
                            continue
                        if a == b:
                            values[where] += blocks[e, a, a]
                        elif rows[e, a] == rows[e, b]:
                            values[where] += blocks[e, a, b] + blocks[e, b, a]
                        else:
                            values[where] += 0.5 * (blocks[e, a, b] + blocks[e, b, a])


def _add_ties(values: np.ndarray, ties: Ties) -> None:
    """Distribute rows and columns of tied mid-edge nodes to the two end nodes, in place."""
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

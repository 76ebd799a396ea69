"""Forces of a model in a state, assembled item by item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from fem_lumbar.mechanics.item import Contact, Item
from fem_lumbar.sensitivity.variation import same
from fem_lumbar.solver.assembly import ItemForces


class Forces:
    """Assembles forces of items; the destination of the rows of an item is determined once."""

    def __init__(self, n_dofs: int) -> None:
        self._n_dofs = n_dofs
        self._places: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def of(self, items: Iterable[Item | Contact], x: np.ndarray, load_factor: float) -> ItemForces:
        """Forces (n_dofs,) of each item by name in a state x (n_dofs,); contacts with the pairs of that state."""
        found = ItemForces(self._n_dofs)
        for one in items:
            item = one.pair(x) if isinstance(one, Contact) else one
            _, rows = item.forces(x, load_factor)
            dofs, local = self._place(item)
            found.put(item.name, dofs, np.bincount(local, rows.ravel(), minlength=len(dofs)))
        return found

    def _place(self, item: Item) -> tuple[np.ndarray, np.ndarray]:
        known = self._places.get(item.name)
        if known is None or known[0].shape != item.dofs.shape or not np.array_equal(known[0], item.dofs):
            dofs, local = np.unique(item.dofs, return_inverse=True)
            known = self._places[item.name] = item.dofs, dofs, local.ravel()
        return known[1:]


def changed(
    before: Sequence[Item | Contact], after: Sequence[Item | Contact]
) -> tuple[list[Item | Contact], list[Item | Contact]]:
    """The items that differ between two models: those of the first, and those of the second."""
    old, new = ({item.name: item for item in items} for items in (before, after))
    kept = {name for name in old.keys() & new.keys() if same(old[name], new[name])}
    return [one for name, one in old.items() if name not in kept], [
        one for name, one in new.items() if name not in kept
    ]

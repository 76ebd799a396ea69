"""Contact of a CalculiX input file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fem_lumbar.export.calculix_materials import label, row
from fem_lumbar.export.inventory import Inventory
from fem_lumbar.mechanics.contact import SurfaceContact

_FACES = ((0, 1, 2), (0, 1, 3), (1, 2, 3), (0, 2, 3))
"""Corners of faces S1 to S4 of a tetrahedron."""

_DEEPEST = 10.0
"""Multiple of the hardening depth up to which the pressure-penetration curve is tabulated."""


def contact_lines(
    contact: SurfaceContact,
    triangles: tuple[np.ndarray, np.ndarray],
    cells: Sequence[tuple[int, np.ndarray]],
    inventory: Inventory,
) -> Iterator[str]:
    """Surfaces, pressure-penetration curve and contact pair of one contact.

    Parameters
    ----------
    contact : SurfaceContact
    triangles : ((k, 3), (m, 3))
        Corners of the slave triangles, and of the master triangles.
    cells : sequence of (int, (n, 4) or (n, 10))
        First element number and nodes of each block of cells.
    inventory : Inventory
    """
    name = label(contact.name)
    for end, corners in zip(("TOUCHING", "TOUCHED"), triangles):
        yield f"*SURFACE, NAME={name}_{end}, TYPE=ELEMENT"
        yield from (f"{element}, S{face}" for element, face in _faces(corners, cells))
    penalty = contact.penalty
    depth = np.linspace(-penalty.onset / 2, _DEEPEST * penalty.hardening_depth, 60)
    _, pressure, _ = penalty.response(depth)
    yield f"*SURFACE INTERACTION, NAME={name}"
    yield "*SURFACE BEHAVIOR, PRESSURE-OVERCLOSURE=TABULAR"
    yield from (row([p, d]) for p, d in zip(pressure, depth))
    yield f"*CONTACT PAIR, INTERACTION={name}, TYPE=SURFACE TO SURFACE"
    yield f"{name}_TOUCHING, {name}_TOUCHED"
    inventory.approximately(
        contact.name,
        "facets are those of the mesh, not rounded between its nodes, and pressure does not fade at the rim",
    )


def _faces(corners: np.ndarray, cells: Sequence[tuple[int, np.ndarray]]) -> Iterator[tuple[int, int]]:
    """Element number and face number of each triangle (k, 3)."""
    wanted = {tuple(sorted(triangle)) for triangle in corners.tolist()}
    for first, nodes in cells:
        for face, local in enumerate(_FACES, start=1):
            for cell, own in enumerate(np.sort(nodes[:, local], axis=1).tolist()):
                if tuple(own) in wanted:
                    yield first + cell, face

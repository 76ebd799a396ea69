"""Materials and sections of a CalculiX input file.

With NLGEOM ``*ELASTIC`` relates the second Piola-Kirchhoff stress to the Green-Lagrange strain linearly: St Venant-
Kirchhoff. ``*HYPERELASTIC`` has the volumetric part 1/D1 (J - 1)^2. User materials whose names begin with
``ELASTIC_FIBER`` add k1/(2 k2) (exp(k2 <I4 - 1>^2) - 1) per fibre family, with I4 of the isochoric deformation
(CalculiX 2.20 user's manual, these keywords and "Fiber reinforced materials").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.parts import THINNER, Block, ShellBlock
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.mixed_solid import MixedSolid

_VOLUME = (
    "its volume is kept at the integration points, as CalculiX has no pressure field: stiffer in shape than the model"
)

_SHEARED = 0.01
"""Transverse shear modulus of a shell over its in-plane shear modulus."""


def number(value: float) -> str:
    """A number in the format of CalculiX, with at most 20 characters."""
    return f"{value:.12e}"


def row(values: Iterable[float | int]) -> str:
    """Numbers in one line."""
    return ", ".join(str(value) if isinstance(value, int) else number(value) for value in values)


def label(name: str) -> str:
    """A name that is valid for a set in CalculiX."""
    return name.upper().replace(".", "_").replace("-", "_")


def solid_lines(block: Block, first_element: int, inventory: Inventory) -> Iterator[str]:
    """Material and section of a block of cells whose elements are numbered from ``first_element``."""
    law = block.item.law
    if isinstance(law, StVenantKirchhoff):
        lame, shear = law.parameters[0]
        poisson = lame / (2 * (lame + shear))
        yield from _material(label(block.name), ["*ELASTIC", row([2 * shear * (1 + poisson), poisson])])
        inventory.carried(block.name, "St Venant-Kirchhoff")
    elif isinstance(law, FibreReinforced):
        yield from _fibre_lines(block, law, first_element, inventory)
    elif isinstance(law, MooneyRivlin):
        yield from _mooney_rivlin_lines(block, law, first_element, inventory)
    else:
        raise TypeError(f"{block.name}: no CalculiX material for {type(law).__name__}")


def shell_lines(shell: ShellBlock, positions: np.ndarray, first_element: int, inventory: Inventory) -> Iterator[str]:
    """Material and sections of a membrane.

    Membrane elements of CalculiX 2.20 are not used: a flat strip of them under in-plane tension yields three times too
    much, while a strip of shells has the exact stiffness. Where shells meet at an angle, CalculiX connects their
    sections by a rigid body. Transverse shear stiffness would then stiffen a folded surface, however thin, so that it
    is made very small; and the thickness, which the rigid bodies fix, must not be coupled to in-plane strain. This
    requires an orthotropic material with individual axes for every triangle.

    Parameters
    ----------
    shell : ShellBlock
    positions : (n_nodes, 3)
        Positions of all nodes, mm.
    first_element : int
        Number of its first element.
    inventory : Inventory
    """
    name = label(shell.name)
    modulus, poisson = shell.modulus_MPa, shell.item.poisson_ratio
    shear = modulus / (2 * (1 + poisson))
    across = _SHEARED * shear
    yield f"*MATERIAL, NAME={name}"
    yield "*ELASTIC, TYPE=ENGINEERING CONSTANTS"
    yield row([modulus, modulus, modulus, poisson, 0.0, 0.0, shear, across])
    yield row([across, 0.0])
    for element, axes in enumerate(_axes_in_plane(positions[shell.nodes[:, :3]]), start=first_element):
        own = f"{name}_{element}"
        yield from (f"*ORIENTATION, NAME={own}, SYSTEM=RECTANGULAR", row(axes))
        yield from (f"*ELSET, ELSET={own}", str(element))
        yield from (f"*SHELL SECTION, ELSET={own}, MATERIAL={name}, ORIENTATION={own}", number(shell.thickness_mm))
    inventory.approximately(
        shell.name,
        f"shells with the stiffness of the membranes in their plane, {THINNER:g} times thinner and stiffer and soft in "
        "shear across it, so that they hardly resist bending",
    )


def _axes_in_plane(corners: np.ndarray) -> np.ndarray:
    """Two orthogonal unit vectors (k, 6) in the plane of each triangle (k, 3, 3)."""
    along, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    other -= np.sum(along * other, axis=1, keepdims=True) * along
    return np.hstack([along, other / np.linalg.norm(other, axis=1, keepdims=True)])


def _material(name: str, law: Iterable[str]) -> Iterator[str]:
    yield f"*MATERIAL, NAME={name}"
    yield from law
    yield f"*SOLID SECTION, ELSET={name}, MATERIAL={name}"


def _bulk(block: Block, law_bulk: float) -> float:
    return law_bulk + (block.item.bulk_modulus if isinstance(block.item, MixedSolid) else 0.0)


def _mooney_rivlin_lines(block: Block, law: MooneyRivlin, first_element: int, inventory: Inventory) -> Iterator[str]:
    different, which = np.unique(law.parameters, axis=0, return_inverse=True)
    for place, (c10, c01, bulk, *_) in enumerate(different):
        name = label(block.name)
        if len(different) > 1:
            name = f"{name}_{place + 1}"
            yield f"*ELSET, ELSET={name}"
            yield from (str(first_element + int(cell)) for cell in np.flatnonzero(which.ravel() == place))
        d1 = 2 / _bulk(block, bulk)
        kind, values = ("NEO HOOKE", [c10, d1]) if c01 == 0.0 else ("MOONEY-RIVLIN", [c10, c01, d1])
        yield from _material(name, [f"*HYPERELASTIC, {kind}", row(values)])
    if isinstance(block.item, MixedSolid):
        inventory.approximately(block.name, f"Mooney-Rivlin; {_VOLUME}")
    else:
        inventory.carried(block.name, "Mooney-Rivlin")


def _fibre_lines(block: Block, law: FibreReinforced, first_element: int, inventory: Inventory) -> Iterator[str]:
    c10, c01, bulk, _, _, k1, k2, toe = law.parameters[:, :8].T
    for cell, directions in enumerate(law.directions):
        name = f"ELASTIC_FIBER_{label(block.name)}_{cell + 1}"
        yield f"*ELSET, ELSET={name}"
        yield str(first_element + cell)
        upward = directions * np.where(directions[:, 2:] < 0, -1.0, 1.0)  # CalculiX takes the third cosine as positive
        constants = [c10[cell], 2 / _bulk(block, bulk[cell])]
        for along in upward:
            constants += [along[0], along[1], k1[cell], k2[cell]]
        yield from _material(name, ["*USER MATERIAL, CONSTANTS=10", row(constants[:8]), row(constants[8:])])
    differences = ["fibres see the isochoric deformation"]
    if np.any(c01 != 0.0):
        differences.append("c01 of the ground substance is left out")
    if np.any(law.slack != 0.0):
        differences.append("fibres are taut as built (fibre_slack: 0 in the scenario makes this exact)")
    if np.any(toe != 0.0):
        differences.append("fibres have no toe (fibre_toe_strain: 0 in the scenario makes this exact)")
    if np.any(law.dispersion != 0.0):
        differences.append("fibres are aligned (fibre_dispersion: 0 in the scenario makes this exact)")
    inventory.approximately(block.name, f"{'; '.join(differences)}; {_VOLUME}")

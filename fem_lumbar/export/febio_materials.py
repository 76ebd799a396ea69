"""Materials of a FEBio model.

Uncoupled materials of FEBio use the isochoric deformation and have the volumetric part k/2 (ln J)^2;
``Holzapfel-Gasser-Ogden`` is c/2 (I1 - 3) + k1/(2 k2) (exp(k2 <E>^2) - 1) per fibre family, E = kappa (I1 - 3) +
(1 - 3 kappa) (I4 - 1), families at ± gamma to the first material axis (FEBio User Manual 4.0, section 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.parts import THINNER, Block, ShellBlock
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.mooney_rivlin import MooneyRivlin
from fem_lumbar.materials.st_venant_kirchhoff import StVenantKirchhoff
from fem_lumbar.mechanics.mixed_solid import MixedSolid

_LOG = "its change of volume has the energy k/2 (ln J)^2, the model's is K/2 (J - 1)^2"
_THREE_FIELD = f"pressure constant in each cell (three fields) instead of continuous and linear; {_LOG}"


def text(values: Iterable[float]) -> str:
    """Numbers separated by commas."""
    return ",".join(f"{value:.9g}" for value in values)


def child(parent: Element, tag: str, content: str | float | None = None, **attributes: str) -> Element:
    """Add an element with content to another one and return it."""
    made = SubElement(parent, tag, attributes)
    if content is not None:
        made.text = content if isinstance(content, str) else f"{content:.9g}"
    return made


class Materials:
    """Sections of materials, domains and cell data.

    Parameters
    ----------
    root : Element
        Parent elements by name: ``Material``, ``MeshDomains``, ``MeshData``.
    inventory : Inventory
    """

    def __init__(self, root: dict[str, Element], inventory: Inventory) -> None:
        self._root, self._inventory = root, inventory

    def solid(self, block: Block) -> None:
        """Material and domain of a block of cells."""
        law = block.item.law
        kind = "three-field-solid" if isinstance(block.item, MixedSolid) else "elastic-solid"
        child(self._root["MeshDomains"], "SolidDomain", name=block.name, mat=block.name, type=kind)
        if isinstance(law, StVenantKirchhoff):
            lame, shear = law.parameters[0]
            poisson = lame / (2 * (lame + shear))
            self._elastic(block.name, 2 * shear * (1 + poisson), poisson)
            self._inventory.carried(block.name, "isotropic elastic: St Venant-Kirchhoff")
        elif isinstance(law, FibreReinforced):
            self._fibres(block, law)
        elif isinstance(law, MooneyRivlin):
            self._mooney_rivlin(block, law)
        else:
            raise TypeError(f"{block.name}: no FEBio material for {type(law).__name__}")

    def shell(self, shell: ShellBlock) -> None:
        """Material and domain of a membrane."""
        domain = child(self._root["MeshDomains"], "ShellDomain", name=shell.name, mat=shell.name, type="elastic-shell")
        child(domain, "shell_thickness", shell.thickness_mm)
        self._elastic(shell.name, shell.modulus_MPa, shell.item.poisson_ratio)
        self._inventory.approximately(
            shell.name,
            f"shells with the stiffness of the membranes in their plane, {THINNER:g} times thinner and stiffer so that "
            "they hardly resist bending",
        )

    def rigid(self, name: str, centre: np.ndarray) -> None:
        """A rigid body with its centre (3,), mm."""
        material = self._material(name, "rigid body")
        child(material, "density", 1.0)
        child(material, "center_of_mass", text(centre))
        child(self._root["MeshDomains"], "SolidDomain", name=name, mat=name)

    def _material(self, name: str, kind: str) -> Element:
        section = self._root["Material"]
        return child(section, "material", id=str(len(section) + 1), name=name, type=kind)

    def _elastic(self, name: str, modulus: float, poisson: float) -> None:
        material = self._material(name, "isotropic elastic")
        for key, value in (("density", 1.0), ("E", modulus), ("v", poisson)):
            child(material, key, float(value))

    def _map(self, material: Element, block: Block, key: str, values: np.ndarray) -> None:
        """A parameter that varies over cells, or one number if it is constant."""
        if np.ptp(values) == 0.0:
            child(material, key, float(values[0]))
            return
        name = f"{block.name}.{key}"
        child(material, key, name, type="map")
        data = child(self._root["MeshData"], "ElementData", name=name, elem_set=block.name, data_type="scalar")
        for cell, value in enumerate(values, start=1):
            child(data, "elem", float(value), lid=str(cell))

    def _bulk(self, block: Block, law_bulk: np.ndarray) -> np.ndarray:
        return law_bulk + (block.item.bulk_modulus if isinstance(block.item, MixedSolid) else 0.0)

    def _mooney_rivlin(self, block: Block, law: MooneyRivlin) -> None:
        c10, c01, bulk = law.parameters[:, :3].T
        material = self._material(block.name, "Mooney-Rivlin")
        child(material, "density", 1.0)
        for key, values in (("c1", c10), ("c2", c01), ("k", self._bulk(block, bulk))):
            self._map(material, block, key, values)
        self._inventory.approximately(block.name, _THREE_FIELD if isinstance(block.item, MixedSolid) else _LOG)

    def _fibres(self, block: Block, law: FibreReinforced) -> None:
        c10, c01, bulk, _, _, k1, k2, toe = law.parameters[:, :8].T
        first, second = law.directions[:, 0], law.directions[:, 1]
        between, across = first + second, first - second
        angle = np.degrees(np.arctan2(np.linalg.norm(across, axis=1), np.linalg.norm(between, axis=1)))
        material = self._material(block.name, "Holzapfel-Gasser-Ogden")
        child(material, "density", 1.0)
        values = {"c": 2 * c10, "k1": k1, "k2": k2, "gamma": angle, "kappa": law.dispersion}
        for key, one in (values | {"k": self._bulk(block, bulk)}).items():
            self._map(material, block, key, one)
        axes = child(self._root["MeshData"], "ElementData", type="mat_axis", elem_set=block.name)
        for cell, (a, d) in enumerate(zip(between, across), start=1):
            both = child(axes, "elem", lid=str(cell))
            child(both, "a", text(a / np.linalg.norm(a)))
            child(both, "d", text(d / np.linalg.norm(d)))
        differences = ["fibres see the isochoric deformation", _THREE_FIELD]
        if np.any(c01 != 0.0):
            differences.append("c01 of the ground substance is left out")
        if np.any(law.slack != 0.0):
            differences.append("fibres are taut as built (fibre_slack: 0 in the scenario makes this exact)")
        if np.any(toe != 0.0):
            differences.append("fibres have no toe (fibre_toe_strain: 0 in the scenario makes this exact)")
        self._inventory.approximately(block.name, "; ".join(differences))

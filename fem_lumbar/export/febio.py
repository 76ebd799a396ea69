"""A load case as a FEBio 4 model (``.feb``).

Written with the XML module of the standard library: pyfebio needs Python 3.11 and all readers of meshio, and supports
neither linear constraints, nor material axes per cell, nor tabulated springs, which this model needs.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Comment, Element, ElementTree, indent

import numpy as np

from fem_lumbar.export.febio_boundary import constrain, hold
from fem_lumbar.export.febio_loads import FebioLoads
from fem_lumbar.export.febio_materials import Materials, child, text
from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.numbering import Numbering
from fem_lumbar.export.parts import blocks, contact_faces, followers, shells, springs
from fem_lumbar.export.source import Source
from fem_lumbar.foundation.atomic_files import replacing
from fem_lumbar.mechanics.contact import SurfaceContact

_SECTIONS = (
    "Module", "Globals", "Control", "Material", "Mesh", "MeshDomains", "MeshData", "Discrete", "LoadData", "Loads",
    "Rigid", "Boundary", "Contact", "Output",
)  # fmt: skip
_ORDER = {
    "Mesh": ("Nodes", "Elements", "Surface", "NodeSet", "DiscreteSet", "SurfacePair"),
    "MeshDomains": ("SolidDomain", "ShellDomain"),
    "Rigid": ("rigid_bc", "rigid_load"),
}
"""First elements of a section."""
_TYPES = {4: "tet4", 10: "tet10"}
_PLOTTED = ("displacement", "stress", "Lagrange strain", "contact pressure", "contact force", "discrete element force")
_STEPS = 20


def write_febio(source: Source, path: Path) -> Inventory:
    """Write the model; returns an inventory of the parts in it."""
    inventory = Inventory()
    root = Element("febio_spec", version="4.0")
    sections = {name: child(root, name) for name in _SECTIONS}
    numbering = Numbering(source.segment)
    nodes = child(sections["Mesh"], "Nodes", name="all")
    materials = Materials(sections, inventory)
    _cells(source, sections, numbering, materials)
    _supports(source, sections, numbering, inventory)
    loads = FebioLoads(source, sections, numbering, materials, inventory)
    loads.fixture()
    loads.springs(springs(source.segment))
    loads.act()
    for contact in source.segment.all_contacts:
        _contact(source, sections, numbering, contact, inventory)
    for number, place in numbering.nodes():
        child(nodes, "node", text(place), id=str(number))
    _settings(sections, loads.duration)
    for name, order in _ORDER.items():
        sections[name][:] = sorted(sections[name], key=lambda one, order=order: order.index(one.tag))  # type: ignore[misc]
    for name in ("MeshData", "Contact", "Discrete", "Loads"):
        if not len(sections[name]):
            root.remove(sections[name])
    told = [f"{source.scenario.name}, load case {source.case}: lengths mm, forces N, stresses MPa", *inventory.lines()]
    root.insert(0, Comment("\n" + "\n".join(told).replace("--", "- -") + "\n"))
    indent(root, " ")
    with replacing(path) as part:
        ElementTree(root).write(part, encoding="utf-8", xml_declaration=True)
    return inventory


def _cells(source: Source, sections: dict[str, Element], numbering: Numbering, materials: Materials) -> None:
    mesh = sections["Mesh"]
    for block in blocks(source.segment):
        _elements(mesh, block.name, _TYPES[block.nodes.shape[1]], numbering, block.nodes)
        materials.solid(block)
    for shell in shells(source.segment):
        _elements(mesh, shell.name, "tri6", numbering, shell.nodes)
        materials.shell(shell)


def _elements(mesh: Element, name: str, kind: str, numbering: Numbering, nodes: np.ndarray) -> None:
    block = child(mesh, "Elements", name=name, type=kind)
    first = numbering.elements(len(nodes))
    for number, own in enumerate(numbering.of(nodes).tolist(), start=first):
        child(block, "elem", ",".join(map(str, own)), id=str(number))


def _supports(source: Source, sections: dict[str, Element], numbering: Numbering, inventory: Inventory) -> None:
    held = numbering.of(np.intersect1d(source.segment.fixed_nodes, numbering.used))
    child(sections["Mesh"], "NodeSet", ",".join(map(str, held.tolist())), name="fixed")
    hold(sections["Boundary"], "fixed")
    inventory.carried("support", "nodes of the lowermost support held")
    tied = followers(source.segment)
    for node, ends in tied.items():
        one, *two = numbering.of(np.array([node, *ends])).tolist()
        constrain(sections["Boundary"], one, two, np.array([0.5, 0.5]))
    if tied:
        inventory.carried("linear bone", f"{len(tied)} mid-edge nodes follow their corners")


def _contact(
    source: Source, sections: dict[str, Element], numbering: Numbering, contact: SurfaceContact, inventory: Inventory
) -> None:
    mesh, name = sections["Mesh"], contact.name
    for end, corners in zip(("touching", "touched"), contact_faces(contact)):
        surface = child(mesh, "Surface", name=f"{name}.{end}")
        linear = contact.points_on.own == 3
        facets = corners if linear else source.segment.space.triangle_nodes(corners)
        for number, facet in enumerate(numbering.of(facets).tolist(), start=1):
            child(surface, "tri3" if linear else "tri6", ",".join(map(str, facet)), id=str(number))
    pair = child(mesh, "SurfacePair", name=name)
    child(pair, "primary", f"{name}.touching")
    child(pair, "secondary", f"{name}.touched")
    made = child(sections["Contact"], "contact", name=name, type="sliding-facet-on-facet", surface_pair=name)
    child(made, "laugon", "PENALTY")
    child(made, "penalty", contact.penalty.stiffness)
    inventory.approximately(
        name, "penalty without rounded onset and hardening, facets of the mesh not rounded, no fading at the rim"
    )


def _settings(sections: dict[str, Element], duration: int) -> None:
    sections["Module"].set("type", "solid")
    control = sections["Control"]
    child(control, "analysis", "STATIC")
    child(control, "time_steps", str(_STEPS * duration))
    child(control, "step_size", 1 / _STEPS)
    stepper = child(control, "time_stepper", type="default")
    for key, value in (("max_retries", "20"), ("opt_iter", "15"), ("dtmin", 1e-4), ("dtmax", 1 / _STEPS)):
        child(stepper, key, value)
    solver = child(control, "solver", type="solid")
    child(solver, "symmetric_stiffness", "non-symmetric")
    for key, value in (("dtol", 1e-4), ("etol", 1e-3), ("rtol", 0.0)):
        child(solver, key, value)
    constants = child(sections["Globals"], "Constants")
    for key, value in (("T", 298.0), ("P", 0.0), ("R", 8.314e-6), ("Fc", 96485e-9)):
        child(constants, key, value)
    plot = child(sections["Output"], "plotfile", type="febio")
    for name in _PLOTTED:
        child(plot, "var", type=name)

"""A load case as a CalculiX input file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fem_lumbar.export.calculix_contact import contact_lines
from fem_lumbar.export.calculix_loads import Loading
from fem_lumbar.export.calculix_materials import label, row, shell_lines, solid_lines
from fem_lumbar.export.inventory import Inventory
from fem_lumbar.export.numbering import Numbering
from fem_lumbar.export.parts import blocks, contact_faces, followers, shells, springs
from fem_lumbar.export.source import Source
from fem_lumbar.foundation.atomic_files import write_text

_TYPES = {4: "C3D4", 10: "C3D10"}
_PER_LINE = 8


def write_calculix(source: Source, path: Path) -> Inventory:
    """Write the input file; returns an inventory of the parts of the model in it."""
    inventory = Inventory()
    numbering = Numbering(source.segment)
    body = list(_body(source, numbering, inventory))
    nodes = ["*NODE, NSET=ALL", *(row([int(node), *map(float, place)]) for node, place in numbering.nodes())]
    head = [
        f"** {source.scenario.name}, load case {source.case}: lengths mm, forces N, stresses MPa",
        "** Axes: x anterior, y left, z cranial.",
        *(f"** {line}" for line in inventory.lines()),
    ]
    write_text(path, "\n".join([*head, *nodes, *body]) + "\n")
    return inventory


def _body(source: Source, numbering: Numbering, inventory: Inventory) -> Iterator[str]:
    segment = source.segment
    sections: list[str] = []
    faces: list[tuple[int, np.ndarray]] = []
    for block in blocks(segment):
        first = numbering.elements(len(block.nodes))
        faces.append((first, block.nodes))
        yield from _elements(_TYPES[block.nodes.shape[1]], label(block.name), first, numbering.of(block.nodes))
        sections += solid_lines(block, first, inventory)
    for shell in shells(segment):
        first = numbering.elements(len(shell.nodes))
        yield from _elements("S6", label(shell.name), first, numbering.of(shell.nodes))
        sections += shell_lines(shell, segment.space.nodes, first, inventory)
    yield from sections
    yield from _set("FIXED", numbering.of(np.intersect1d(segment.fixed_nodes, numbering.used)))
    yield from ("*BOUNDARY", "FIXED, 1, 3")
    inventory.carried("support", "nodes of the lowermost support held")
    yield from _ties(source, numbering, inventory)
    loading = Loading(source, numbering, inventory)
    yield from loading.fixture_lines()
    yield from loading.spring_lines(springs(segment))
    yield from loading.pull_lines()
    for contact in segment.all_contacts:
        yield from contact_lines(contact, contact_faces(contact), faces, inventory)
    yield from ("*INITIAL CONDITIONS, TYPE=TEMPERATURE", "ALL, 0.")
    yield from loading.step_lines()


def _elements(kind: str, name: str, first: int, nodes: np.ndarray) -> Iterator[str]:
    yield f"*ELEMENT, TYPE={kind}, ELSET={name}"
    for element, own in enumerate(nodes.tolist(), start=first):
        yield ", ".join(map(str, [element, *own]))


def _set(name: str, nodes: np.ndarray) -> Iterator[str]:
    yield f"*NSET, NSET={name}"
    for start in range(0, len(nodes), _PER_LINE):
        yield ", ".join(map(str, nodes[start : start + _PER_LINE].tolist()))


def _ties(source: Source, numbering: Numbering, inventory: Inventory) -> Iterator[str]:
    """Constraints of mid-edge nodes between linear bone and quadratic cells to the mean of their corners."""
    tied = followers(source.segment)
    for node, ends in tied.items():
        one, a, b = (int(numbering.of(np.array(n))) for n in (node, *ends))
        for axis in (1, 2, 3):
            yield from ("*EQUATION", "3", f"{one}, {axis}, 1., {a}, {axis}, -.5, {b}, {axis}, -.5")
    if tied:
        inventory.carried("linear bone", f"{len(tied)} mid-edge nodes follow their corners")

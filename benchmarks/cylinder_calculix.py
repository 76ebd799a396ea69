"""The benchmark cylinder in CalculiX: its input file, and the answers from the reactions it prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.problem import Answers, Cylinder

# With NLGEOM, *ELASTIC relates the second Piola-Kirchhoff stress linearly to the Green-Lagrange strain: St Venant-
# Kirchhoff. The volumetric part of *HYPERELASTIC is 1/D1 (J - 1)^2 (CalculiX 2.20 user's manual, both keywords).
_MODEL = """\
*MATERIAL, NAME=BONE
*ELASTIC
{young}, {poisson}
*MATERIAL, NAME=DISC
*HYPERELASTIC, MOONEY-RIVLIN
{c10}, {c01}, {d1}
*SOLID SECTION, ELSET=BONE, MATERIAL=BONE
*SOLID SECTION, ELSET=DISC, MATERIAL=DISC
*BOUNDARY
BOTTOM, 1, 3
TOP, 1, 2
"""
_STEP = """\
*STEP, NLGEOM
*STATIC, DIRECT
{increment}, 1.0
*BOUNDARY
TOP, {axis}, {axis}, {value}
*NODE PRINT, NSET=TOP, FREQUENCY={steps}
RF
*END STEP
"""


def write_input(cylinder: Cylinder, path: Path) -> None:
    """Write the input file of one run; what is not in it is CalculiX's default, convergence criteria included."""
    with path.open("w") as file:
        file.write("*NODE\n")
        numbered = np.column_stack([np.arange(1, len(cylinder.nodes) + 1), cylinder.nodes])
        np.savetxt(file, numbered, fmt="%d, %.12e, %.12e, %.12e")  # it reads 20 characters of a number at most
        for name, chosen in (("BONE", ~cylinder.disc), ("DISC", cylinder.disc)):
            file.write(f"*ELEMENT, TYPE=C3D10, ELSET={name}\n")
            rows = np.column_stack([np.flatnonzero(chosen), cylinder.cells[chosen]]) + 1
            np.savetxt(file, rows, fmt="%d", delimiter=", ")
        for name, nodes in (("BOTTOM", cylinder.bottom), ("TOP", cylinder.top)):
            file.write(f"*NSET, NSET={name}\n")
            np.savetxt(file, nodes + 1, fmt="%d")
        file.write(
            _MODEL.format(
                young=cylinder.young,
                poisson=cylinder.poisson,
                c10=cylinder.c10,
                c01=cylinder.c01,
                d1=2 / cylinder.bulk,
            )
        )
        for axis, value in ((3, -cylinder.down), (1, cylinder.along)):
            file.write(_STEP.format(increment=1 / cylinder.steps, axis=axis, value=value, steps=cylinder.steps))


def read_answers(cylinder: Cylinder, path: Path) -> Answers:
    """Answers from the ``.dat`` file of a finished run.

    Raises
    ------
    ValueError
        If it does not hold the reactions of the top at the end of both halves of the load.
    """
    blocks: list[list[list[float]]] = []
    for line in path.read_text().splitlines():
        if line.strip().startswith("forces"):
            blocks.append([])
        elif line.strip():
            blocks[-1].append([float(word) for word in line.split()])
    tables = [np.array(sorted(block)) for block in blocks]
    if len(tables) != 2 or any(not np.array_equal(table[:, 0], cylinder.top + 1) for table in tables):
        raise ValueError(f"{path.name} lacks the reactions of the top after compression or after shear")
    return cylinder.answers(*(table[:, 1:] for table in tables))

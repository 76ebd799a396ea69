"""Exported models in CalculiX beside this program: ``python -m benchmarks.exported FILE [CASE] [KEY=VALUE ...]``.

CalculiX has no pressure field and no toe or dispersion of fibres, and its fibres see the isochoric deformation. It is
therefore compared with two models of this program: the exportable variant of the scenario (fibre_toe_strain and
fibre_dispersion 0), and the same in the form that CalculiX has (volume kept at the integration points, isochoric
fibres). The second tells whether the file is right, the difference of both what the form of CalculiX changes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from fem_lumbar.export.calculix import write_calculix
from fem_lumbar.export.source import Source, source_of
from fem_lumbar.materials.fibre_reinforced import FibreReinforced
from fem_lumbar.materials.isochoric_fibres import IsochoricFibres
from fem_lumbar.measures.disc import disc_shortening_mm
from fem_lumbar.measures.kinematics import joint_rotations_deg
from fem_lumbar.mechanics.membrane import Membrane
from fem_lumbar.mechanics.mixed_solid import MixedSolid
from fem_lumbar.mechanics.solid import Solid
from fem_lumbar.model.segment import numbered, tied_nodes
from fem_lumbar.scenario.loader import load_scenario
from fem_lumbar.solver.assembly import Assembler
from fem_lumbar.solver.events import silent
from fem_lumbar.solver.finite_rotation import FiniteRotation
from fem_lumbar.solver.linear import linear_solver
from fem_lumbar.solver.linearisation import Direct
from fem_lumbar.solver.newton import Newton
from fem_lumbar.solver.solution import Tolerances
from fem_lumbar.solver.stepping import Stepping, follow_load

EXPORTABLE = ("materials.annulus.fibre_toe_strain=0", "materials.annulus.fibre_dispersion=0")
"""What makes a scenario one that other codes can carry."""


def exportable(file: Path, case: str, sets: list[str], density: str = "test") -> Source:
    """The exportable variant of a scenario."""
    return source_of(load_scenario(file, [*EXPORTABLE, *sets], [case], density), case)


def without_membranes(source: Source) -> None:
    """Leave out cortex and endplates, the only parts of an isolated disc that CalculiX has otherwise."""
    source.segment.others = [item for item in source.segment.others if not isinstance(item, Membrane)]


def in_displacement_form(source: Source) -> None:
    """Give a model the form of CalculiX: no pressure field, fibres that see the isochoric deformation."""
    segment, mesh = source.segment, source.segment.mesh
    for region, items in segment.solids.items():
        (item, *_) = items
        if isinstance(item, MixedSolid):
            law = item.law
            law.parameters = law.parameters.copy()
            law.parameters[:, 2] += item.bulk_modulus
            law.parameters[:, 3] = 0.0  # CalculiX has no volume that stiffens
            if isinstance(law, FibreReinforced):
                law.number = IsochoricFibres.number
            segment.solids[region] = [Solid.quadratic(region, segment.space, mesh.region_cells(region), law)]
    tied = tied_nodes(mesh, segment.space) if source.scenario.mesh.linear_bone else None
    segment.dof_map = numbered(segment, tied)


def solved(source: Source) -> np.ndarray:
    """State (n_dofs,) at full load."""
    segment, loads = source.segment, source.loads.items
    assembler = Assembler(segment.items, segment.dof_map).with_loads(loads)
    solver, _ = linear_solver("auto", single=False)
    free = segment.dof_map.number >= 0
    motion = FiniteRotation(segment.moving_bodies())
    newton = Newton(assembler, Direct(assembler, solver), loads, segment.per_force()[free], motion, Tolerances())
    start = newton.solve(np.zeros(segment.n_dofs), 0.0)
    path = follow_load(newton, start, Stepping(), lambda load, solution: None, silent, source.case)
    if path.reason is not None:
        raise RuntimeError(f"stopped at {path.load_factor:.3f} of the load: {path.reason}")
    return path.solution.x


def run_calculix(source: Source, folder: Path, one_increment: bool = False) -> np.ndarray:
    """State (n_dofs,) at full load in CalculiX, displacements of nodes alone; its files go into a folder.

    With ``one_increment`` every step is one.
    """
    path = folder / "model.inp"
    write_calculix(source, path)
    if one_increment:
        path.write_text(re.sub(r"(?<=\*STATIC\n).*", "1., 1.", path.read_text()))
    with (folder / "model.log").open("w") as log:
        subprocess.run([str(shutil.which("ccx")), "model"], cwd=folder, stdout=log, check=True, env=_one_thread())
    return read_displacements(folder / "model.dat", source.segment.n_dofs, source.segment.space.n_nodes)


def _one_thread() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def read_displacements(path: Path, n_dofs: int, n_nodes: int) -> np.ndarray:
    """State (n_dofs,) from the last displacements of a ``.dat`` file."""
    rows: list[list[float]] = []
    for line in path.read_text().splitlines():
        if line.strip().startswith("displacements"):
            rows = []
        elif line.strip():
            rows.append([float(word) for word in line.split()])
    table = np.array(rows)
    table = table[table[:, 0] <= n_nodes]
    x = np.zeros(n_dofs)
    x[3 * (table[:, :1].astype(int) - 1) + np.arange(3)] = table[:, 1:]
    return x


def answers(source: Source, x: np.ndarray) -> dict[str, float]:
    """Rotations (deg), shortening (mm) and pressure (MPa) of each disc in a state (n_dofs,)."""
    segment, found = source.segment, {}
    turned = joint_rotations_deg(segment, x)
    for joint in segment.joints:
        found |= {f"{joint} {axis} (deg)": angle for axis, angle in turned[joint].items()}
        found[f"{joint} shortening (mm)"] = disc_shortening_mm(segment, x, joint)
        (nucleus,) = segment.solids[f"{joint}.nucleus"]
        lost = 1.0 - nucleus.volume_ratio(x)
        pressure = nucleus.law.parameters[:, 2:3] * lost
        if isinstance(nucleus, MixedSolid):
            has_field = np.any(x[nucleus.pressure_dofs])
            pressure = pressure + (-nucleus.pressure(x) if has_field else nucleus.bulk_modulus * lost)
        found[f"{joint} pressure (MPa)"] = float(np.sum(nucleus.weights * pressure) / nucleus.weights.sum())
    return found


def main(file: str, case: str = "compression", *sets: str) -> None:
    """Solve three times and print the answers."""
    source = exportable(Path(file), case, list(sets))
    with tempfile.TemporaryDirectory() as folder:
        calculix = answers(source, run_calculix(source, Path(folder)))
    variant = answers(source, solved(source))
    in_displacement_form(source)
    same = answers(source, solved(source))
    print(f"{'':32}{'CalculiX':>12}{'same form':>12}{'variant':>12}")
    for name, value in calculix.items():
        print(f"{name:32}{value:12.5f}{same[name]:12.5f}{variant[name]:12.5f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

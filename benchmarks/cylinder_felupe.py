"""The benchmark cylinder in FElupe with PARDISO: ``python -m benchmarks.cylinder_felupe CYLINDER.npz ANSWERS.json``."""

from __future__ import annotations

import os
import sys

import felupe
import felupe.constitution.tensortrax as mat
import numpy as np
import pypardiso

from benchmarks.problem import Cylinder

RESIDUAL = 1e-6
"""Unbalanced force over reaction at which a step is accepted, ours too; its default, 1.5e-8, costs five iterations."""


def main(problem_file: str, answers_file: str) -> None:
    """Solve and store the answers."""
    cylinder = Cylinder.read(problem_file)
    parallel = int(os.environ["OMP_NUM_THREADS"]) > 1
    lame = cylinder.young * cylinder.poisson / ((1 + cylinder.poisson) * (1 - 2 * cylinder.poisson))
    shear = cylinder.young / (2 * (1 + cylinder.poisson))
    hyperelastic = mat.models.hyperelastic
    bone = mat.Hyperelastic(hyperelastic.saint_venant_kirchhoff, mu=shear, lmbda=lame, parallel=parallel)
    isochoric = mat.Hyperelastic(hyperelastic.mooney_rivlin, C10=cylinder.c10, C01=cylinder.c01, parallel=parallel)
    disc = isochoric & felupe.Volumetric(bulk=cylinder.bulk, parallel=parallel)
    solids = [
        felupe.SolidBody(bone, _displacement(cylinder.nodes, cylinder.cells[~cylinder.disc])),
        felupe.SolidBody(disc, _displacement(cylinder.nodes, cylinder.cells[cylinder.disc])),
    ]
    field = _displacement(cylinder.nodes, cylinder.cells)
    bottom, top = (np.isin(np.arange(len(cylinder.nodes)), face) for face in (cylinder.bottom, cylinder.top))
    boundaries = {
        "fixed": felupe.Boundary(field[0], mask=bottom),
        "x": felupe.Boundary(field[0], mask=top, skip=(False, True, True)),
        "y": felupe.Boundary(field[0], mask=top, skip=(True, False, True)),
        "z": felupe.Boundary(field[0], mask=top, skip=(True, True, False)),
    }
    rise, rest = np.arange(1, cylinder.steps + 1) / cylinder.steps, np.ones(cylinder.steps)
    ramp = {
        boundaries["z"]: -cylinder.down * np.concatenate([rise, rest]),
        boundaries["x"]: cylinder.along * np.concatenate([0 * rest, rise]),
    }
    step = felupe.Step(solids, ramp, boundaries)
    settings = {"solver": pypardiso.spsolve, "tol": RESIDUAL, "kwargs": {"parallel": parallel}, "verbose": 0}
    forces = [result.fun.reshape(-1, 3)[cylinder.top] for result in step.generate(x0=field, **settings)]
    cylinder.answers(forces[cylinder.steps - 1], forces[-1]).write(answers_file)


def _displacement(nodes: np.ndarray, cells: np.ndarray) -> felupe.FieldContainer:
    """Displacement of all nodes, integrated over some cells; FElupe orders the nodes of a cell as the file does."""
    region = felupe.RegionQuadraticTetra(felupe.Mesh(nodes, cells, cell_type="tetra10"))
    return felupe.FieldContainer([felupe.Field(region, dim=3)])


if __name__ == "__main__":
    main(*sys.argv[1:])

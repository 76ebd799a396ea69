"""The benchmark cylinder in this program: ``python -m benchmarks.cylinder_ours CYLINDER.npz ANSWERS.json``."""

from __future__ import annotations

import sys

from benchmarks.problem import Answers, Cylinder
from fem_lumbar.verification.cylinder import Mesh, reactions


def main(problem_file: str, answers_file: str) -> None:
    """Solve in displacement form and store the answers."""
    cylinder = Cylinder.read(problem_file)
    four, _ = reactions(Mesh(cylinder.points, cylinder.corner_cells, cylinder.disc.astype(int)), mixed=False)
    Answers(*map(float, four)).write(answers_file)


if __name__ == "__main__":
    main(*sys.argv[1:])

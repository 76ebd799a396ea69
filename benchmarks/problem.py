"""The benchmark cylinder as every code reads it: one file with mesh, materials and load, and the answers asked for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Cylinder:
    """Two blocks of bone with a disc between them; the bottom is fixed, the top pushed down and then sideways.

    Attributes
    ----------
    nodes : (n, 3)
        mm.
    cells : (m, 10)
        Straight-sided tetrahedra with 4 integration points: four corners, then the edges 01 12 20 03 13 23.
    disc : (m,) bool
        Cells of the disc.
    bottom, top : (k,)
        Nodes of the two faces.
    points, corner_cells : (p, 3), (m, 4)
        The same tetrahedra by their corners alone.
    young, poisson : float
        Bone, St Venant-Kirchhoff: MPa, -.
    c10, c01, bulk : float
        Disc, c10 (I1bar - 3) + c01 (I2bar - 3) + K/2 (J - 1)^2: MPa.
    steps : int
        Load steps of each half of the load.
    down, along : float
        Motion of the top along -z in the first half and along x in the second, mm.
    """

    nodes: np.ndarray
    cells: np.ndarray
    disc: np.ndarray
    bottom: np.ndarray
    top: np.ndarray
    points: np.ndarray
    corner_cells: np.ndarray
    young: float
    poisson: float
    c10: float
    c01: float
    bulk: float
    steps: int
    down: float
    along: float

    def write(self, path: Path) -> None:
        """Store as npz."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def read(cls, path: str | Path) -> Cylinder:
        """Cylinder stored by :meth:`write`."""
        with np.load(path) as stored:
            return cls(**{name: stored[name] if stored[name].ndim else stored[name].item() for name in stored.files})

    def answers(self, compressed: np.ndarray, sheared: np.ndarray) -> Answers:
        """Answers from the forces (k, 3) in N on the top nodes after compression and after shear."""
        arms = self.nodes[self.top] - [0.0, 0.0, self.nodes[self.top[0], 2]]  # the face moves without deforming
        force, moment = sheared.sum(axis=0), np.cross(arms, sheared).sum(axis=0)
        return Answers(*map(float, (compressed[:, 2].sum(), force[0], force[2], moment[1])))


@dataclass(frozen=True)
class Answers:
    """Force on the top face (N) and moment about its moved centre (N·mm) after compression and after shear."""

    compressed_fz: float
    sheared_fx: float
    sheared_fz: float
    sheared_my: float

    def deviation(self, other: Answers) -> float:
        """Largest relative difference to other answers."""
        mine, theirs = np.array(list(asdict(self).values())), np.array(list(asdict(other).values()))
        return float(np.max(np.abs(mine / theirs - 1)))

    def write(self, path: str | Path) -> None:
        """Store as JSON."""
        Path(path).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Answers:
        """Answers stored by :meth:`write`."""
        return cls(**json.loads(path.read_text()))

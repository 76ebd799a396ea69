"""The right half of a ball, cut out of a lattice."""

from __future__ import annotations

import numpy as np

from fem_lumbar.cutting.cutter import Cut, Cutter
from fem_lumbar.cutting.lattice import lattice
from fem_lumbar.cutting.remesh import Meshed, without_outside
from fem_lumbar.shape.jet import Jet, coordinate


def ball(points):
    arms = points - np.array([0.1, 0.0, 0.3])
    length = np.linalg.norm(arms, axis=1)
    return Jet(length - 4.0, arms / length[:, None])


def midplane(points):
    return coordinate(points, np.array([0.0, 1.0, 0.0]), np.zeros(3))


def half_ball(**snap: float) -> Meshed:
    def everywhere(points):
        return np.ones(len(points), dtype=bool)

    cutter = Cutter(*lattice(np.full(3, -6.0), np.full(3, 6.0), 1.5, ()))
    cutter.cut(Cut("midplane", midplane, everywhere, **snap))
    cutter.cut(Cut("ball", ball, everywhere, **snap))
    region = (cutter.inside("midplane") & cutter.inside("ball")).astype(np.int64)
    return without_outside(Meshed(cutter.points, cutter.cells, region, cutter.on))

"""Decomposition of the model into soft tissue and bodies, and the assignment of equations to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem_lumbar.mechanics.item import total
from fem_lumbar.solver.dof_map import DofMap
from fem_lumbar.solver.multilevel.elastic_body import BodyGeometry
from fem_lumbar.solver.multilevel.elastic_solve import ElasticSolve
from fem_lumbar.solver.multilevel.modes import Modes


@dataclass(frozen=True)
class Subdomain:
    """A body with its part in the preconditioner; ``modes`` and ``elastic`` are None for a rigid one.

    The elastic solve includes ``surroundings``: the body, its nodes first, and parts that may be as stiff and belong
    only to it. Without them the local solve would ignore stiff parts that resist every deformation of the body.
    """

    geometry: BodyGeometry
    modes: Modes | None
    surroundings: BodyGeometry
    elastic: ElasticSolve | None


class Decomposition:
    """Bodies within a model.

    Parameters
    ----------
    dof_map : DofMap
        Numbering of the whole model.
    soft_map : DofMap
        Numbering of soft tissue and the body nodes it touches.
    bodies : list of Subdomain
        The bodies.

    Attributes
    ----------
    soft_dofs : (n_soft,) int
        Degree of freedom of each equation of ``soft_map``.
    body_of : (n_soft,) int
        Body of each of these equations, -1 for soft tissue.
    flat_row : (n_soft,) int
        Which of the body's displacements, counted flat, each of them is, those of its fixture last; -1 for soft tissue.
    """

    def __init__(self, dof_map: DofMap, soft_map: DofMap, bodies: list[Subdomain]) -> None:
        self.dof_map, self.bodies = dof_map, bodies
        number = soft_map.number
        self.soft_dofs = np.flatnonzero(number >= 0)
        body_of_dof, flat_row = np.full(len(number), -1), np.full(len(number), -1)
        for k, body in enumerate(bodies):
            dofs = body.geometry.dofs.ravel()
            if body.geometry.fixture is not None:  # what hangs on a fixture moves with the frame of its body
                dofs = np.append(dofs, body.geometry.fixture)
            body_of_dof[dofs], flat_row[dofs] = k, np.arange(len(dofs))
        self._items = [
            (item, *np.unique(item.dofs, return_inverse=True)) for body in bodies for item in body.geometry.items
        ]
        self.body_of = body_of_dof[self.soft_dofs]
        self.flat_row = flat_row[self.soft_dofs]

    @property
    def is_rigid(self) -> bool:
        """Whether all bodies are rigid."""
        return all(body.elastic is None for body in self.bodies)

    def body_forces(self, x: np.ndarray) -> np.ndarray:
        """Internal forces (n_dofs,) of all bodies in a state x (n_dofs,), those of tied nodes split to their ends."""
        forces = np.zeros(len(x))
        for item, dofs, local in self._items:
            forces[dofs] += total(local, item.forces(x, 0.0)[1], len(dofs))
        return self.dof_map.on_ends(forces)

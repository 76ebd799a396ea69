"""Attachment modes: the deformations of a body under forces of attached soft tissue and muscles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from fem_lumbar.solver.multilevel.elastic_solve import ElasticSolve


@dataclass(frozen=True)
class Modes:
    """The most compliant deformations of a body: ``shapes`` (3 k, m) mm and the ``forces`` (3 k, m) N that cause them.

    They are scaled to unit stiffness: shapes^T forces = 1.
    """

    shapes: np.ndarray
    forces: np.ndarray

    @property
    def count(self) -> int:
        """Number of modes."""
        return self.shapes.shape[1]


def attachment_modes(elastic: ElasticSolve, patterns: csc_array, smallest: float) -> Modes:
    """Responses to load patterns, made orthogonal in energy, the compliant ones first.

    Attachment modes in the sense of component mode synthesis (Craig 1981, Structural Dynamics, ch. 19): the response
    to each pattern is contained exactly as long as none is dropped.

    Parameters
    ----------
    elastic : ElasticSolve
        The body at rest.
    patterns : csc_array (3 k, p)
        Nodal forces, N.
    smallest : float
        Smallest compliance of the modes that are kept, relative to the largest.
    """
    dense = patterns.toarray()
    loads = elastic.balanced(dense / np.linalg.norm(dense, axis=0))
    responses = elastic(loads)
    work = loads.T @ responses
    value, vector = np.linalg.eigh(0.5 * (work + work.T))
    kept = value > smallest * value[-1]
    scale = vector[:, kept][:, ::-1] / np.sqrt(value[kept][::-1])
    return Modes(responses @ scale, loads @ scale)

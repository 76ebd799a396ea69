"""The vertebrae as subdomains of the two-level solver: elastic solves, and modes cached on disk between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from scipy.sparse import csc_array

from fem_lumbar.anatomy.part_name import PartName
from fem_lumbar.meshing.cache import keep_arrays, kept_arrays
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.vertebrae import bodies, load_patterns, with_bone_on_it
from fem_lumbar.solver.linear import LinearSolver
from fem_lumbar.solver.multilevel.decomposition import Subdomain
from fem_lumbar.solver.multilevel.elastic_solve import ElasticSolve
from fem_lumbar.solver.multilevel.modes import Modes, attachment_modes

_VERSION = 1
"""Raise whenever the computation of modes changes: it invalidates cached ones."""

_SMALLEST_COMPLIANCE = 1e-1
_STALE = 1e-6
_FOLDER, _KEPT_FILES = "modes", 300
"""Where modes are kept, and how many vertebrae of them: a hundred anatomies, 3-10 MB each."""


def rigid_vertebrae(segment: Segment) -> list[Subdomain]:
    """Vertebrae as rigid bodies."""
    return [Subdomain(geometry, None, geometry, None) for geometry in bodies(segment)]


def condensed_vertebrae(
    segment: Segment, new_solver: Callable[[], LinearSolver], stage: Callable[[str], AbstractContextManager]
) -> list[Subdomain]:
    """Elastic vertebrae with their modes, from disk where the same bone has been condensed before.

    Parameters
    ----------
    segment : Segment
        Model.
    new_solver : callable
        Makes a direct solver for each vertebra.
    stage : callable
        Context manager, by level, that is entered while the modes of a vertebra are computed.
    """
    found = []
    for geometry in bodies(segment):
        elastic = ElasticSolve(geometry, segment.dof_map, new_solver())
        patterns = load_patterns(segment, geometry)
        name = _fingerprint(elastic, patterns)
        modes = _kept_modes(name)
        if modes is None:
            with stage(PartName(geometry.name).place):
                modes = attachment_modes(elastic, patterns, _SMALLEST_COMPLIANCE)
            keep_arrays(_FOLDER, name, _KEPT_FILES, shapes=modes.shapes, forces=modes.forces)
        surroundings = with_bone_on_it(segment, geometry)
        local = ElasticSolve(surroundings, segment.dof_map, new_solver(), n_own=len(geometry.dofs))
        found.append(Subdomain(geometry, modes, surroundings, local))
    return found


def _fingerprint(elastic: ElasticSolve, patterns: csc_array) -> str:
    """Hash of everything the modes depend on: the stiffness matrix, the load patterns and the version of the method."""
    digest = hashlib.sha256(f"{_VERSION} {_SMALLEST_COMPLIANCE}".encode())
    for matrix, values in ((elastic.pattern, elastic.stiffness), (patterns, patterns.data)):
        for array in (matrix.indptr, matrix.indices, values.astype(np.float32)):  # single: no last bits
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _kept_modes(name: str) -> Modes | None:
    """Cached modes of a name; None where there are none, or the file is damaged (modes must have unit stiffness)."""
    kept = kept_arrays(_FOLDER, name)
    if kept is None or not {"shapes", "forces"} <= kept.keys():
        return None
    modes = Modes(kept["shapes"], kept["forces"])
    stiffness = modes.shapes.T @ modes.forces
    return modes if np.allclose(0.5 * (stiffness + stiffness.T), np.eye(modes.count), atol=_STALE) else None

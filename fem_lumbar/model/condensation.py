"""The vertebrae condensed: their responses, and the modes kept on disk between runs."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse import csc_array

from fem_lumbar.meshing.cache import cache_folder
from fem_lumbar.model.segment import Segment
from fem_lumbar.model.vertebrae import load_patterns, vertebra
from fem_lumbar.solver.condensed import CondensedBody
from fem_lumbar.solver.elastic_body import Compliance, Modes, attachment_modes
from fem_lumbar.solver.linear import LinearSolver

_VERSION = 1
"""Raise whenever modes are computed in another way: it makes kept ones stale."""

_SMALLEST_COMPLIANCE = 1e-1
_STALE = 1e-2


def rigid_vertebrae(segment: Segment) -> list[CondensedBody]:
    """Vertebrae that only move."""
    return [CondensedBody(vertebra(segment, level), None, None) for level in segment.levels]


def condensed_vertebrae(
    segment: Segment, new_solver: Callable[[], LinearSolver], report: Callable[[str], None]
) -> list[CondensedBody]:
    """Elastic vertebrae with their modes, from disk where the same bone has been condensed before.

    Parameters
    ----------
    segment : Segment
        Model.
    new_solver : callable
        Makes a direct solver for each vertebra.
    report : callable
        Receives the level of every vertebra condensed anew.
    """
    bodies = []
    for level in segment.levels:
        geometry = vertebra(segment, level)
        compliance = Compliance(geometry, segment.equations, new_solver())
        patterns = load_patterns(segment, geometry)
        path = cache_folder() / "modes" / f"{_fingerprint(compliance, patterns)}.npz"
        modes = _kept_modes(path, compliance)
        if modes is None:
            report(level)
            modes = attachment_modes(compliance, patterns, _SMALLEST_COMPLIANCE)
            _keep(path, modes)
        bodies.append(CondensedBody(geometry, compliance, modes))
    return bodies


def _fingerprint(compliance: Compliance, patterns: csc_array) -> str:
    """Hash of everything the modes depend on: the stiffness matrix, the load patterns and how modes are made."""
    digest = hashlib.sha256(f"{_VERSION} {_SMALLEST_COMPLIANCE}".encode())
    for matrix, values in ((compliance.pattern, compliance.stiffness), (patterns, patterns.data)):
        for array in (matrix.indptr, matrix.indices, values.astype(np.float32)):  # single: no last bits
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _kept_modes(path: Path, compliance: Compliance) -> Modes | None:
    """Modes from a file, or None when there is no sound one whose modes still answer to their forces."""
    try:
        with np.load(path, allow_pickle=False) as file:
            modes = Modes(file["shapes"], file["forces"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    mix = np.ones(modes.count) / modes.count
    wanted = modes.shapes @ mix
    answer = compliance(modes.forces @ mix)
    return modes if np.abs(answer - wanted).max() <= _STALE * np.abs(wanted).max() else None


def _keep(path: Path, modes: Modes) -> None:
    """Write modes whole or not at all; a disk that does not take them costs only time."""
    partial = path.with_name(f"{path.stem}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez(file, shapes=modes.shapes, forces=modes.forces)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)

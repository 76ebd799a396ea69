"""Where a run starts from: the states of the last run on the same mesh under the same loads, kept on disk."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np

from fem_lumbar.meshing.cache import cache_folder
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment
from fem_lumbar.solver.stepping import KnownState

_KEPT_FILES = 32
"""Newest files that stay in the folder: four meshes with eight load cases, 10-20 MB each on ``coarse``."""


class Neighbours:
    """Load paths of earlier runs that may be near those of this one.

    Runs that differ in the MAL, tissue values or muscle forces have nearly the same states. Nothing is taken over
    unchecked: each state must be an equilibrium of the case that starts from it, or lead to one.

    Parameters
    ----------
    segment : Segment
        Model; only paths of the same nodes and unknowns fit.
    """

    def __init__(self, segment: Segment) -> None:
        digest = hashlib.sha256()
        for array in (segment.space.nodes, segment.mesh.cells, segment.equations.number):
            digest.update(np.ascontiguousarray(array).data)
        self._model = digest

    def path(self, case: str, loads: Loads) -> list[KnownState]:
        """States of a load case by rising load, the unloaded one first; empty when none are kept."""
        try:
            with np.load(self._file(case, loads), allow_pickle=False) as file:
                kept = zip(file["loads"], file["states"], file["rates"], strict=True)
                return [KnownState(float(load), x, rate) for load, x, rate in kept]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return []

    def keep(self, case: str, loads: Loads, path: list[KnownState]) -> None:
        """Keep the states of a path in place of older ones; a disk that does not take them costs only time."""
        file = self._file(case, loads)
        partial = file.with_name(f"{file.stem}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as stream:
                np.savez(
                    stream,
                    loads=[state.load for state in path],
                    states=[state.x for state in path],
                    rates=[state.rate for state in path],
                )
            partial.replace(file)
            for old in sorted(file.parent.glob("*.npz"), key=lambda kept: kept.stat().st_mtime)[:-_KEPT_FILES]:
                old.unlink(missing_ok=True)
        except OSError:
            partial.unlink(missing_ok=True)

    def _file(self, case: str, loads: Loads) -> Path:
        digest = self._model.copy()
        follower = () if loads.follower is None else loads.follower.force
        for values in (loads.moment_Nmm, follower):
            digest.update(np.ascontiguousarray(values, dtype=float).data)
        return cache_folder() / "states" / f"{case}-{digest.hexdigest()[:24]}.npz"

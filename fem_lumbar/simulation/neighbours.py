"""Warm starts from disk: the states of the last run on the same mesh under the same loads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem_lumbar.meshing.cache import keep_arrays, kept_arrays
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.muscles import Muscle
from fem_lumbar.model.segment import Segment
from fem_lumbar.solver.stepping import KnownState

_FOLDER, _KEPT_FILES = "states", 32
"""Where paths are kept, and how many: four meshes with eight load cases, 10-20 MB each on ``coarse``."""

_BALANCES = "balances"
"""Where balanced postures are kept, as many as paths."""


@dataclass(frozen=True)
class HeldState:
    """The equilibrium x (n_dofs,) at full load of balanced muscles, and their activations by fascicle and side."""

    activations: Mapping[Muscle, float]
    x: np.ndarray


class Neighbours:
    """Load paths of earlier runs from which load cases are warm-started.

    Runs that differ in the MAL, tissue values or muscle forces have nearly the same states. No state is reused
    unchecked: it must be an equilibrium of the new case, or converge to one.

    Parameters
    ----------
    segment : Segment
        Model; only paths with the same nodes and unknowns are used.
    """

    def __init__(self, segment: Segment) -> None:
        digest = hashlib.sha256()
        for array in (segment.space.nodes, segment.mesh.cells, segment.dof_map.number):
            digest.update(np.ascontiguousarray(array).data)
        self._model = digest

    def path(self, case: str, loads: Loads) -> list[KnownState]:
        """States of a load case by ascending load, from the unloaded one; empty when none are stored."""
        kept = kept_arrays(_FOLDER, self._name(case, loads))
        if kept is None or not {"loads", "states", "rates"} <= kept.keys():
            return []
        states = zip(kept["loads"], kept["states"], kept["rates"], strict=True)
        return [KnownState(float(load), x, rate) for load, x, rate in states]

    def keep(self, case: str, loads: Loads, path: list[KnownState]) -> None:
        """Store the states of a path, replacing older ones."""
        keep_arrays(
            _FOLDER,
            self._name(case, loads),
            _KEPT_FILES,
            loads=np.array([state.load_factor for state in path]),
            states=np.array([state.x for state in path]),
            rates=np.array([state.rate for state in path]),
        )

    def balance(self, case: str, loads: Loads) -> HeldState | None:
        """Muscles last balanced against the other loads of a case; None when nothing is stored."""
        kept = kept_arrays(_BALANCES, self._name(case, loads))
        if kept is None or not {"fascicles", "sides", "activations", "x"} <= kept.keys():
            return None
        muscles = zip(kept["fascicles"].tolist(), kept["sides"].tolist(), strict=True)
        return HeldState(dict(zip(muscles, kept["activations"].tolist(), strict=True)), kept["x"])

    def keep_balance(self, case: str, loads: Loads, held: HeldState) -> None:
        """Store a balanced posture, replacing an older one."""
        fascicles, sides = zip(*held.activations, strict=True)
        keep_arrays(
            _BALANCES,
            self._name(case, loads),
            _KEPT_FILES,
            fascicles=np.array(fascicles),
            sides=np.array(sides),
            activations=np.array([*held.activations.values()]),
            x=held.x,
        )

    def _name(self, case: str, loads: Loads) -> str:
        digest = self._model.copy()
        for one in loads.acting:
            for item in one.items:
                full = np.outer(one.magnitude(item), (item.history.start, item.history.end))
                digest.update(np.ascontiguousarray(full, dtype=float).data)
        return f"{case}-{digest.hexdigest()[:24]}"

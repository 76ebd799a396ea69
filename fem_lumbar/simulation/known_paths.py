"""Load paths for warm starts: from the search for the loads of a case, from its mirror image, or from earlier runs."""

from __future__ import annotations

from fem_lumbar.measures.quantities import mirrored_name
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.mirror import state_mirror
from fem_lumbar.model.segment import Segment
from fem_lumbar.simulation.neighbours import HeldState, Neighbours
from fem_lumbar.solver.stepping import KnownState

UNLOADED, BALANCE = "unloaded state", "muscle balance"
MIRROR_IMAGE, EARLIER_RUN = "mirror image", "earlier run"
"""Values of ``started_from`` of a load case; the last two are warm starts."""


class KnownPaths:
    """Known load paths, by case and stage, from which load cases are warm-started.

    No state is reused unchecked: it must be an equilibrium of the new case, or converge to one.

    Parameters
    ----------
    segment : Segment
        Model.
    near_earlier_runs : bool
        Whether paths of earlier runs are used, and those of this run stored for later ones.
    """

    def __init__(self, segment: Segment, near_earlier_runs: bool) -> None:
        self._mirror = state_mirror(segment)
        self._neighbours = Neighbours(segment) if near_earlier_runs else None
        self._paths: dict[tuple[str, int], list[KnownState]] = {}
        self._balanced: dict[str, list[KnownState]] = {}

    def balance(self, case: str, loads: Loads) -> HeldState | None:
        """Muscles balanced against the other loads of a case in an earlier run; None where unknown."""
        return None if self._neighbours is None else self._neighbours.balance(case, loads)

    def keep_balance(self, case: str, loads: Loads, held: HeldState, path: list[KnownState]) -> None:
        """Keep the path from the muscle balance of a case, and store the balance for later runs."""
        self._balanced[case] = path
        if self._neighbours is not None:
            self._neighbours.keep_balance(case, loads, held)

    def find(self, case: str, stage: int, loads: Loads) -> tuple[list[KnownState], str]:
        """States by ascending load, from the unloaded one, and where they come from."""
        if case in self._balanced:
            return self._balanced[case], BALANCE
        other = self._paths.get((mirrored_name(case), stage))
        if other is not None and self._mirror is not None:
            image = self._mirror.image
            return [KnownState(state.load_factor, image(state.x), image(state.rate)) for state in other], MIRROR_IMAGE
        path = [] if self._neighbours is None else self._neighbours.path(case, loads)
        return (path, EARLIER_RUN) if path else ([], UNLOADED)

    def keep(self, case: str, stage: int, loads: Loads, path: list[KnownState]) -> None:
        """Keep a path, and store it for later runs if it reached the end of its stage."""
        self._paths[case, stage] = path
        if self._neighbours is not None and path[-1].load_factor == 1.0:
            self._neighbours.keep(case, loads, path)

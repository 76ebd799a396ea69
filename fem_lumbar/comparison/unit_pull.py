"""Effect of ossification on the distribution of a unit load between both processes, with its error."""

from __future__ import annotations

from collections.abc import Iterable

from fem_lumbar.comparison.compare import NEGLIGIBLE
from fem_lumbar.comparison.differences import RESOLVED_AT, Difference, MeshGround, Verdict
from fem_lumbar.comparison.effects import Effect, effect_of
from fem_lumbar.measures.insertion_stiffness import Stiffness

CASE = "unit_pull"
"""Used in place of a load case."""
FIBROUS = "fibrous"


def split_effect(here: Iterable[Stiffness], coarser: Iterable[Stiffness], state: str) -> Effect | None:
    """Largest change of the share of a unit load at the mammillary process, from the fibrous to another state.

    The scale is the load itself. The error is the difference to the change on the next coarser mesh: with cells about
    half as large and an order of convergence of at least 1, the remaining error is no larger. Without a coarser mesh it
    is the change itself, so that nothing is resolved.

    Parameters
    ----------
    here, coarser : iterable of Stiffness
        Unit loads on this mesh and on the next coarser one (empty if there is none).
    state : str
        State to compare with the fibrous one.

    Returns
    -------
    Effect or None
        None if the unit loads lack one of the states.
    """
    now, then = (_changes(rows, state) for rows in (here, coarser))
    items, bounds = [], []
    for (level, side), (before, share) in now.items():
        change = share - before
        other = then.get((level, side))
        error = abs(change if other is None else change - (other[1] - other[0]))
        verdict = Verdict.NOT_RESOLVED
        if abs(change) > RESOLVED_AT * error:
            verdict = Verdict.RESOLVED if abs(change) >= NEGLIGIBLE else Verdict.NEGLIGIBLE
        items.append(
            Difference(
                case=CASE,
                path=("mal", level, side, "unit_pull", "share_mammillary"),
                a=before,
                b=share,
                algebraic=0.0,
                error=error,
                scale=1.0,
                verdict=verdict,
                mesh_error=error,
                mesh_ground=MeshGround.NONE if other is None else MeshGround.MEASURED,
            )
        )
        bounds.append(abs(change) + RESOLVED_AT * error)
    return effect_of(items, bounds) if items else None


def _changes(rows: Iterable[Stiffness], state: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Share of the load at the mammillary process in the fibrous and in another state, by level and side."""
    shares = {(one.level, one.side, one.state): one.share_mammillary for one in rows}
    places = {
        (level, side): (shares.get((level, side, FIBROUS)), shares.get((level, side, state)))
        for level, side, _ in shares
    }
    return {
        place: (before, share) for place, (before, share) in places.items() if before is not None and share is not None
    }

"""Responses of known form, for tests of the loop without finite elements."""

from __future__ import annotations

from collections.abc import Callable

from fem_lumbar.adaptation.response import HELD_OUT, SOLVED, Loss, Response, response
from fem_lumbar.adaptation.solves import Solved

BASE_N = 100.0


def linear_values(own: float, other: float) -> Callable[[Loss], dict[str, float]]:
    """Facet forces that rise with the loss on the own and on the other side, newtons per whole loss."""

    def at(loss: Loss) -> dict[str, float]:
        left, right = loss
        return {
            "facet force L4-L5 left N": BASE_N + own * left + other * right,
            "facet force L4-L5 right N": BASE_N + own * right + other * left,
            "disc pressure L4-L5 MPa": 0.5 + 0.01 * (left + right),
            "branch force left N": 30.0 * (1.0 - left),
            "branch force right N": 30.0 * (1.0 - right),
            "other multifidus activation left": 0.1 + 0.02 * left,
            "other multifidus activation right": 0.1 + 0.02 * right,
        }

    return at


def synthetic_solved(at: Callable[[Loss], dict[str, float]]) -> Solved:
    """Solutions of a function of the loss on both sides."""
    found = {loss: at(loss) for loss in (*SOLVED, HELD_OUT)}
    floors = {loss: dict.fromkeys(values, 1e-6) for loss, values in found.items()}
    made: Response = response(found, floors)
    return Solved(made, found[HELD_OUT], len(found), False, "test")

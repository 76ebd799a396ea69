"""Lines that pull in a state: ligament strands, muscle fascicles and the follower path, for pictures and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fem_lumbar.anatomy.spine import joint_name
from fem_lumbar.foundation.conventions import SIDE_SIGN, SIDES
from fem_lumbar.mechanics.lines import Lines
from fem_lumbar.model.load_kinds.kinds import LOADS
from fem_lumbar.model.load_kinds.line_load import LineLoad
from fem_lumbar.model.loads import Loads
from fem_lumbar.model.segment import Segment

_FIRST = ("ligament", "muscle", "follower")
LINE_KINDS = (
    *_FIRST,
    *(kind.line_kind for kind in LOADS if issubclass(kind, LineLoad) and kind.line_kind not in _FIRST),
)
"""Kinds of lines; a line holds the place of its kind here."""


@dataclass(frozen=True)
class LineFields:
    """Straight lines in a state, one row each, from their lower to their upper end.

    Attributes
    ----------
    lower, upper : (k, 3) float
        Ends, mm.
    kind : (k,) int
        Index into ``LINE_KINDS``.
    side : (k,) int
        +1 left, -1 right, 0 in the middle.
    name : (k,) str
        Ligament (``ALL``, ``CL``), fascicle (``multifidus.m3s``) or the load (``follower``).
    span : (k,) str
        The levels it joins, upper and lower.
    tension : (k,) float
        N.
    strain : (k,) float
        Of ligaments, from their rest length, negative where they are slack; NaN for other lines.
    activation : (k,) float
        Of muscles; NaN where a force was given and for other lines.
    """

    lower: np.ndarray
    upper: np.ndarray
    kind: np.ndarray
    side: np.ndarray
    name: np.ndarray
    span: np.ndarray
    tension: np.ndarray
    strain: np.ndarray
    activation: np.ndarray


def line_fields(segment: Segment, loads: Loads, x: np.ndarray, load_factor: float) -> LineFields | None:
    """Lines of a state x (n_dofs,) under loads at a load factor; None where nothing pulls along lines."""
    parts = []
    for joint, strands in segment.ligaments.items():
        names, sides = _split(segment.strand_names[joint])
        tension, strain = strands.tension(x), strands.strain(x)
        parts.append(_lines(strands, x, "ligament", sides, names, [joint] * len(names), tension, strain))
    for one in sorted(loads.line_loads, key=lambda one: LINE_KINDS.index(one.line_kind)):
        spans = [joint_name(span.upper, span.lower) for span in one.spans]
        for item in one.items:
            lines = (one.line_kind, one.line_sides, one.line_names, spans, item.tension(x, load_factor))
            parts.append(_lines(item, x, *lines, activation=one.activation(load_factor)))
    if not parts:
        return None
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return LineFields(*(np.concatenate(column) for column in columns))


def _lines(
    item: Lines,
    x: np.ndarray,
    kind: str,
    sides: Sequence[str],
    names: Sequence[str],
    spans: Sequence[str],
    tension: np.ndarray,
    strain: np.ndarray | None = None,
    activation: np.ndarray | None = None,
) -> LineFields:
    upper, none = item.upper_ends(x), np.full(len(names), np.nan)
    return LineFields(
        upper - item.vectors(x),
        upper,
        np.full(len(names), LINE_KINDS.index(kind)),
        np.array([int(SIDE_SIGN.get(side, 0)) for side in sides]),
        np.array(names),
        np.array(spans),
        tension,
        none if strain is None else strain,
        none if activation is None else activation,
    )


def _split(strands: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ligament and side of names such as ``CL_left``; no side for ``ALL``."""
    parts = [name.rpartition("_") if name.endswith(SIDES) else (name, "", "") for name in strands]
    return [name for name, _, _ in parts], [side for _, _, side in parts]

"""A self-check of a run: its value, limit and direction, and the margin to the limit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fem_lumbar.measures.entries import CheckEntry, Direction


def margin(value: float | None, limit: float, direction: Direction) -> float | None:
    """Distance of a value from its limit relative to the limit, negative out of tolerance.

    Where the limit is zero it is the distance itself, in the unit of the check. None without a value.
    """
    if value is None or not math.isfinite(value):
        return None
    return (value - limit if direction == "lower" else limit - value) / (abs(limit) or 1.0)


def check(
    value: float, limit: float, unit: str, direction: Direction = "upper", where: str | None = None
) -> CheckEntry:
    """The summary entry of a check: value, limit, unit, direction and margin, and whether it passed.

    Parameters
    ----------
    value, limit : float
        What was found, and what it may be.
    unit : str
        Unit of both.
    direction : {"upper", "lower"}
        Whether the value must not exceed the limit, or must exceed it.
    where : str, optional
        Tissue, place or joint that it was found at.
    """
    lower = direction == "lower"
    entry: CheckEntry = {
        "value": value,
        "limit": limit,
        "unit": unit,
        "direction": direction,
        "margin": margin(value, limit, direction),
        "passed": bool(value > limit if lower else value <= limit),
    }
    if lower:
        entry["at_least"] = True  # how version 1 of the contract said it first
    if where:
        entry["where"] = where
    return entry


@dataclass(frozen=True)
class Check:
    """A check of one load case, as read from its summary entry.

    Attributes
    ----------
    case, name : str
        Load case, and what is checked.
    value : float or None
        What was found; None where it was not a finite number.
    limit : float
        What it may be, in the same unit.
    unit : str
        Unit of both; ``-`` without one.
    direction : {"upper", "lower"}
        Kind of limit.
    passed : bool
        Whether it is within tolerance.
    where : str
        Tissue, place or joint it was found at; empty where the name says it.
    """

    case: str
    name: str
    value: float | None
    limit: float
    unit: str
    direction: Direction
    passed: bool
    where: str = ""

    @classmethod
    def read(cls, case: str, name: str, entry: Mapping[str, Any]) -> Check:
        """The check of a summary entry."""
        given = (entry["value"], entry["limit"], entry["unit"], _direction(entry), entry["passed"])
        return cls(case, name, *given, entry.get("where", ""))

    @property
    def margin(self) -> float | None:
        """Relative distance from the limit (see :func:`margin`)."""
        return margin(self.value, self.limit, self.direction)

    @property
    def limit_words(self) -> str:
        """The limit in words, without its unit."""
        return f"{'at least' if self.direction == 'lower' else 'at most'} {self.limit:.4g}"

    def told(self) -> str:
        """A check out of tolerance in one line: what, how much, the limit, where."""
        return f"{self.name} = {self._measured()} is out of tolerance ({self._limit()})"

    def closest(self) -> str:
        """The check as the one that is closest to its limit, in one line."""
        room = "" if self.margin is None or self.limit == 0.0 else f": margin {100 * self.margin:.3g} %"
        state = "Closest to its limit" if self.passed else "Furthest out of tolerance"
        name, case = (text.replace("_", " ") for text in (self.name, self.case))
        return f"{state}: {name} in {case}, {self._measured()} ({self._limit()}){room}."

    def _measured(self) -> str:
        return "no number" if self.value is None else f"{self.value:.4g}{self._unit()}"

    def _limit(self) -> str:
        return f"{self.limit_words}{self._unit()}" + (f"; {self.where}" if self.where else "")

    def _unit(self) -> str:
        return "" if self.unit == "-" else f" {self.unit}"


def worst_check(checks: Iterable[Check]) -> Check | None:
    """The check with the smallest margin, those out of tolerance first; None without checks.

    Pages, tables and terminal all use this function. Of equal ones the first counts.
    """
    return min(checks, key=_room, default=None)


def worst_of_each(checks: Iterable[Check]) -> dict[str, Check]:
    """Every check in the load case in which it has the smallest margin."""
    by_name: dict[str, list[Check]] = {}
    for one in checks:
        by_name.setdefault(one.name, []).append(one)
    return {name: min(group, key=_room) for name, group in by_name.items()}


def _room(one: Check) -> tuple[bool, float]:
    room = one.margin
    return one.passed, float("-inf") if room is None else room


def _direction(entry: Mapping[str, Any]) -> Direction:
    """Direction of a stored check; entries of older versions tell by ``at_least``, or by having passed or not."""
    if "direction" in entry:
        return "lower" if entry["direction"] == "lower" else "upper"
    value, limit = entry["value"], entry["limit"]
    lower = entry.get("at_least", value is not None and entry["passed"] == (value > limit))
    return "lower" if lower else "upper"

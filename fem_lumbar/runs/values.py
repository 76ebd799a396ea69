"""The numbers of a run as records: place, unit, kind, and meaning of the sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fem_lumbar.measures.quantities import Path, kind, mirrored_path, numbers, unit
from fem_lumbar.runs.outputs import Definition, definition


@dataclass(frozen=True)
class Value:
    """One result of a load case.

    Attributes
    ----------
    case : str
        Load case.
    path : tuple of str
        Keys from the summary entry of the case down to the number; components of vectors are ``"0"``, ``"1"``, ``"2"``.
    value : float
        The number, in `unit`.
    floor : float or None
        Its algebraic error due to the solver tolerance, in the same unit, without the discretisation error; None if
        unknown.
    """

    case: str
    path: Path
    value: float
    floor: float | None = None

    @property
    def quantity(self) -> str:
        """The path as dotted name: ``rotation_deg.L4-L5.flexion``."""
        return ".".join(self.path)

    @property
    def unit(self) -> str:
        """Unit of the number; ``-`` if it has none."""
        return unit(self.path)

    @property
    def kind(self) -> tuple[str, ...]:
        """Kind of the number, independent of its place; magnitudes are compared within a kind."""
        return kind(self.path)

    @property
    def sign(self) -> str:
        """Meaning of its sign; empty if there is none."""
        return _definition(self.path).sign

    @property
    def definition(self) -> str:
        """Its definition in a sentence."""
        return _definition(self.path).what

    @property
    def mirrored(self) -> tuple[Path, float]:
        """Path of its mirror image, and the sign it has there."""
        return mirrored_path(self.path)


def values(cases: Mapping[str, Mapping[str, Any]]) -> Iterator[Value]:
    """All results of the summary entries of some load cases; missing numbers are left out."""
    for case, entry in cases.items():
        floor = numbers(entry.get("numerical_floor", {}))
        for path, value in numbers(entry).items():
            yield Value(case, path, value, floor.get(path))


@cache
def _definition(path: Path) -> Definition:
    return definition(("load_cases", "<case>", *path)) or Definition(what="not defined")

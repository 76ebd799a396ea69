"""Inventory of an export: each part of the model is exact, approximate, or missing; nothing is omitted silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kept = Literal["carried", "approximately", "not carried"]
KEPT: tuple[Kept, ...] = ("carried", "approximately", "not carried")


@dataclass(frozen=True)
class Part:
    """A part of the model, and how it is represented in the file."""

    name: str
    kept: Kept
    how: str


@dataclass
class Inventory:
    """All parts of a model, in the order of writing."""

    parts: list[Part] = field(default_factory=list)

    def carried(self, name: str, how: str) -> None:
        """Record a part that is represented exactly."""
        self.parts.append(Part(name, "carried", how))

    def approximately(self, name: str, how: str) -> None:
        """Record a part that is represented approximately; ``how`` says what differs."""
        self.parts.append(Part(name, "approximately", how))

    def missing(self, name: str, why: str) -> None:
        """Record a part that is missing in the file."""
        self.parts.append(Part(name, "not carried", why))

    def of(self, kept: Kept) -> list[Part]:
        """Parts with a given kind of representation."""
        return [part for part in self.parts if part.kept == kept]

    def lines(self) -> Iterator[str]:
        """The inventory as text, missing parts first; parts with the same text share a line."""
        for kept in reversed(KEPT):
            if parts := self.of(kept):
                yield f"{kept}:"
                hows: dict[str, list[str]] = {}
                for part in parts:
                    hows.setdefault(part.how, []).append(part.name)
                yield from (f"  {', '.join(names)}: {how}" for how, names in hows.items())

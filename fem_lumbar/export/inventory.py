"""What of a model a file carries: each part as it is, nearly, or not at all; nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kept = Literal["carried", "approximately", "not carried"]
KEPT: tuple[Kept, ...] = ("carried", "approximately", "not carried")


@dataclass(frozen=True)
class Part:
    """A part of the model, and what became of it in the file."""

    name: str
    kept: Kept
    how: str


@dataclass
class Inventory:
    """All parts of a model, in the order in which they were written."""

    parts: list[Part] = field(default_factory=list)

    def carried(self, name: str, how: str) -> None:
        """A part is in the file as the model has it."""
        self.parts.append(Part(name, "carried", how))

    def approximately(self, name: str, how: str) -> None:
        """A part is in the file, but not exactly; ``how`` says what is different."""
        self.parts.append(Part(name, "approximately", how))

    def missing(self, name: str, why: str) -> None:
        """A part is not in the file."""
        self.parts.append(Part(name, "not carried", why))

    def of(self, kept: Kept) -> list[Part]:
        """Parts that were kept so."""
        return [part for part in self.parts if part.kept == kept]

    def lines(self) -> Iterator[str]:
        """The inventory as text, what is lacking first, parts that share a fate on one line."""
        for kept in reversed(KEPT):
            if parts := self.of(kept):
                yield f"{kept}:"
                hows: dict[str, list[str]] = {}
                for part in parts:
                    hows.setdefault(part.how, []).append(part.name)
                yield from (f"  {', '.join(names)}: {how}" for how, names in hows.items())

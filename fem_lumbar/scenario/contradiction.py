"""One clash between choices of a scenario whose single values are valid."""

from __future__ import annotations

from typing import NamedTuple

from fem_lumbar.scenario.problems import KeyPath


class Contradiction(NamedTuple):
    """Key path, what clashes, what would be allowed, what was probably meant."""

    key: KeyPath
    message: str
    allowed: str | None = None
    nearest: str | None = None

"""One contradiction between settings of a scenario that are valid by themselves."""

from __future__ import annotations

from typing import NamedTuple

from fem_lumbar.scenario.problems import KeyPath


class Contradiction(NamedTuple):
    """Key path, message, allowed values, and the value probably meant."""

    key: KeyPath
    message: str
    allowed: str | None = None
    nearest: str | None = None

"""Message after Ctrl-C: what is stored, and how to continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""Exit code after Ctrl-C, as in shells."""


@contextmanager
def saying_what_is_kept(kept: Callable[[], str]) -> Iterator[None]:
    """Context that adds to a KeyboardInterrupt what is stored; ``kept`` is called after cleaning up."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(kept()) from None


def told(error: KeyboardInterrupt) -> str:
    """An interruption as text."""
    return "; ".join(["interrupted", *map(str, error.args)])

"""What is said after Ctrl-C: what is kept, and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@contextmanager
def saying_what_is_kept(kept: Callable[[], str]) -> Iterator[None]:
    """Let an interruption of a ``with`` block say what is kept; ``kept`` is asked once it has been put away."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(kept()) from None


def told(error: KeyboardInterrupt) -> str:
    """An interruption in words."""
    return "; ".join(["interrupted", *map(str, error.args)])

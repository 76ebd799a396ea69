"""Ctrl-C that compiled libraries hand on as an error of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic_core import PydanticSerializationError


@contextmanager
def interruptions_as_such() -> Iterator[None]:
    """Let an interruption of a ``with`` block be a KeyboardInterrupt wherever it came.

    Within a function called from compiled code it arrives as that library's complaint: numba's dispatcher raises
    SystemError ("returned a result with an exception set"), pydantic an error of serialisation.
    """
    try:
        yield
    except (SystemError, PydanticSerializationError) as error:
        if "KeyboardInterrupt" in str(error) or any(isinstance(one, KeyboardInterrupt) for one in _causes(error)):
            raise KeyboardInterrupt from None
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What an error came from, and what that came from: numba wraps an interruption once for every call it passes."""
    while error.__cause__ is not None:
        error = error.__cause__
        yield error

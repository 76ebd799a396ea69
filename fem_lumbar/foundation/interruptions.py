"""Ctrl-C that compiled libraries convert to an error of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic_core import PydanticSerializationError


@contextmanager
def interruptions_as_such() -> Iterator[None]:
    """Raise a KeyboardInterrupt for every interruption of a ``with`` block.

    In a function called from compiled code it arrives as an error of that library: numba's dispatcher raises
    SystemError ("returned a result with an exception set"), pydantic a serialisation error.
    """
    try:
        yield
    except (SystemError, PydanticSerializationError) as error:
        if "KeyboardInterrupt" in str(error) or any(isinstance(one, KeyboardInterrupt) for one in _causes(error)):
            raise KeyboardInterrupt from None
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Chain of causes of an error: numba wraps an interruption once for every call it passes through."""
    while error.__cause__ is not None:
        error = error.__cause__
        yield error

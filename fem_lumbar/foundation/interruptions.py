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
        if isinstance(error.__cause__, KeyboardInterrupt) or "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt from None
        raise

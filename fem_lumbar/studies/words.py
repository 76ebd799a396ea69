"""Non-numeric factor values as text, their distinction from numbers, and counted nouns."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from fem_lumbar.runs.points import one_line


def is_number(value: Any) -> bool:
    """Whether a value is a number (not true or false)."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def as_word(value: Any) -> str:
    """A value as text, as stored in the table for a factor with non-numeric values."""
    return value if isinstance(value, str) else one_line(value)


def reads_as_number(word: str) -> bool:
    """Whether a text can be parsed as a finite number."""
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def counted(count: int, thing: str) -> str:
    """A number with a noun in singular or plural."""
    return f"{count} {thing}{'' if count == 1 else 's'}"

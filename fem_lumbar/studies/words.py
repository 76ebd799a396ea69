"""Values of factors that are no numbers: how they are written, and told from numbers; things by their number."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from fem_lumbar.runs.points import one_line


def is_number(value: Any) -> bool:
    """Whether a value is a number (true and false are none)."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def as_word(value: Any) -> str:
    """A value as text: what stands in the table for a factor whose values are not all numbers."""
    return value if isinstance(value, str) else one_line(value)


def reads_as_number(word: str) -> bool:
    """Whether a text is that of a finite number."""
    try:
        return isfinite(float(word))
    except ValueError:
        return False


def counted(count: int, thing: str) -> str:
    """So many of a thing."""
    return f"{count} {thing}{'' if count == 1 else 's'}"

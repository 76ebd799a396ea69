"""Problems of an input: collected, then reported together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem_lumbar.foundation.errors import InputError
from fem_lumbar.scenario.spelling import shown

KeyPath = tuple[str, ...]
"""Keys from the top of a scenario down to a value; items of a list by their index."""

MAX_SHOWN = 12


@dataclass(frozen=True)
class Origin:
    """Origin of a value: a file and line, or an option of the command line."""

    file: Path | None = None
    line: int | None = None
    option: str | None = None

    def __str__(self) -> str:
        if self.option is not None:
            return self.option
        if self.file is None:
            return "default"
        return f"{self.file}:{self.line}" if self.line is not None else str(self.file)


@dataclass(frozen=True)
class Problem:
    """One problem of the input: origin, key, message, what is allowed, what was probably meant."""

    origin: Origin
    key: KeyPath
    message: str
    allowed: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        lines = [f"{self.origin}: {dotted(self.key)}: {self.message}" if self.key else f"{self.origin}: {self.message}"]
        if self.allowed:
            lines.append(f"    allowed: {self.allowed}")
        if self.nearest:
            lines.append(f"    did you mean {self.nearest}?")
        return "\n".join(lines)


class ScenarioError(InputError):
    """A scenario (or another kind of file, ``what``) that cannot be used, with its problems."""

    def __init__(self, path: Path, problems: Sequence[Problem], what: str = "scenario"):
        self.problems = tuple(problems)
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        shown = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(problems) > MAX_SHOWN:
            shown.append(f"... and {len(problems) - MAX_SHOWN} more")
        super().__init__("\n".join([f"{path}: {count} in the {what}", *shown]))


def in_reading_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by file and line."""
    return sorted(problems, key=lambda problem: (str(problem.origin.file or "~"), problem.origin.line or 0))


def dotted(key: KeyPath) -> str:
    """A key path as for ``--set``, e.g. ``mal.L5.left.state``; list items as ``[0]``."""
    text = ""
    for part in key:
        text += f"[{part}]" if part.isdecimal() and part.isascii() else f".{shown(part)}"
    return text.removeprefix(".")


def listed(names: Iterable[object], most: int = 8) -> str:
    """Names joined by commas, shortened when there are many."""
    texts = [str(name) for name in names]
    more = f" ... ({len(texts)} in all)" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def unknown_name(given: str, valid: Iterable[str]) -> str:
    """One line: what was given, what is allowed, and the nearest name if there is one."""
    valid = list(valid)
    near = nearest_names(given, valid)
    return f"{given!r} is none of {', '.join(valid)}" + (f"; did you mean {near}?" if near else "")


def place_of(
    location: Sequence[Any],
    is_missing: bool,
    data: Any,
    is_mark: Callable[[Any, Mapping[str, Any]], bool] = lambda part, data: False,
) -> tuple[KeyPath, Any]:
    """Key path of a pydantic error, without the parts that pydantic adds for members of unions, and the value there.

    Parameters
    ----------
    location : sequence
        ``loc`` of the error.
    is_missing : bool
        Whether the error is a missing value.
    data : Any
        The validated values.
    is_mark : callable
        Whether a part of the location was added by pydantic although the map there has a key of that name.
    """
    key: KeyPath = ()
    for i, part in enumerate(location):
        is_index = isinstance(part, int) and isinstance(data, list) and part < len(data)
        if is_index or (isinstance(data, dict) and part in data and not is_mark(part, data)):
            data = data[part]
        elif i == len(location) - 1 and is_missing:
            data = None
        else:
            continue
        key = (*key, str(part))
    return key, data


def nearest_names(given: str, valid: Iterable[str]) -> str | None:
    """The valid names closest in spelling to ``given``, joined by 'or'; None when nothing is near.

    A name with its parts reversed, ``L4-L3`` for ``L3-L4``, is returned alone.
    """
    by_folded = {name.lower(): name for name in valid}
    turned = "-".join(reversed(given.lower().split("-")))
    if "-" in given and turned in by_folded:
        return by_folded[turned]
    close = difflib.get_close_matches(given.lower(), by_folded, n=2, cutoff=0.6)
    return " or ".join(by_folded[name] for name in close) or None

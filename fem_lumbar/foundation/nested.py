"""Values in nested maps, as in YAML and JSON: merged, looked up by key path, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


def _above(key: tuple[str, ...], below: Any, above: Any) -> Any:
    return above


def merged(
    below: Any,
    above: Any,
    replace: Callable[[tuple[str, ...], Any, Any], Any] = _above,
    key: tuple[str, ...] = (),
) -> Any:
    """``below`` with the values of ``above``: maps are merged, everything else (lists too) is replaced.

    Parameters
    ----------
    below, above : nested maps
        Neither is changed.
    replace : callable, optional
        Called with the key path and both values where they are not both maps; returns the merged value.
    key : tuple of str
        Key path of both.
    """
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return replace(key, below, above)
    result = dict(below)
    for name, value in above.items():
        result[name] = merged(below[name], value, replace, (*key, name)) if name in below else value
    return result


def value_at(data: Any, key: Sequence[str]) -> Any:
    """The value at a key path of nested maps; None where the path does not exist."""
    for name in key:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def put(data: dict[str, Any], key: Sequence[str], value: Any) -> None:
    """Set the value at a key path, creating missing maps above it."""
    for name in key[:-1]:
        data = data.setdefault(name, {})
    data[key[-1]] = value


def leaves(data: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of nested maps with its key path; a list is one value."""
    if not isinstance(data, Mapping):
        yield key, data
        return
    for name, item in data.items():
        yield from leaves(item, (*key, str(name)))


def elements(data: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value of nested maps and lists with its key path; the key of a list item is its place, from 0."""
    if isinstance(data, list):
        data = dict(enumerate(data))
    if not isinstance(data, Mapping):
        yield key, data
        return
    for name, item in data.items():
        yield from elements(item, (*key, str(name)))

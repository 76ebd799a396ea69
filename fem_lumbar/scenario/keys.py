"""Keys and choices that a scenario may have at a key path, from the typed model."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from fem_lumbar.anatomy.spine import OneOf
from fem_lumbar.scenario.problems import KeyPath, dotted, nearest_names

UNITS = {
    "Nm": "N·m", "Nmm": "N·mm", "kNm": "kN·m", "N": "N", "kN": "kN", "mm": "mm", "cm": "cm", "m": "m", "um": "µm",
    "mm2": "mm²", "cm2": "cm²", "m2": "m²", "mm3": "mm³", "MPa": "MPa", "GPa": "GPa", "kPa": "kPa", "Pa": "Pa",
    "deg": "degrees", "rad": "radians", "percent": "%", "N_per_mm": "N/mm", "N_per_m": "N/m", "N_per_cm2": "N/cm²",
    "N_per_mm2": "N/mm²", "MPa_per_mm": "MPa/mm", "Nm_per_deg": "N·m/degree", "s": "s", "kg": "kg",
}  # fmt: skip
"""Unit suffixes of keys, with the unit as written in text."""


def type_at(annotation: Any, key: KeyPath) -> Any | None:
    """Type of the value at a key path below ``annotation``; None if the model has no such path."""
    for part in key:
        annotation = next((t for t in (_child(a, part) for a in _alternatives(annotation)) if t is not None), None)
        if annotation is None:
            return None
    return annotation


def keys_at(annotation: Any, key: KeyPath = ()) -> tuple[str, ...]:
    """Keys allowed at a key path; empty where names are free or the value is not a map."""
    for alternative in _alternatives(type_at(annotation, key)):
        if _is_model(alternative):
            return tuple(_fields(alternative))
        if get_origin(alternative) is dict:
            return _names(get_args(alternative)[0])
    return ()


def choices_at(annotation: Any, key: KeyPath) -> tuple[Any, ...]:
    """Values allowed at a key path when it is a choice; for a list of choices those of its items."""
    for alternative in _alternatives(type_at(annotation, key)):
        if names := _names(alternative):
            return names
    return ()


def in_another_unit(given: str, allowed: Iterable[str]) -> tuple[str, str] | None:
    """The allowed key that differs from an unknown one only in its unit suffix, and that unit."""
    stem, _ = split_unit(given)
    for name in allowed:
        name_stem, unit = split_unit(name)
        if unit and name_stem.lower() == stem.lower():
            return name, UNITS[unit]
    return None


def suggestion(model: type[BaseModel], key: KeyPath) -> str | None:
    """The key probably meant by an unknown one: a similar spelling, or the same name elsewhere; None if no guess."""
    given, allowed = key[-1], keys_at(model, key[:-1])
    if near := nearest_names(given, allowed):
        return near
    elsewhere = [path for path in _every_key(model) if path[-1] == given]
    return dotted(min(elsewhere, key=len)) if elsewhere else None


def split_unit(name: str) -> tuple[str, str | None]:
    """A key without its unit suffix, and the suffix: ``moment_Nm`` gives ``("moment", "Nm")``."""
    for unit in sorted(UNITS, key=len, reverse=True):
        if name.endswith("_" + unit):
            return name.removesuffix("_" + unit), unit
    return name, None


def _every_key(annotation: Any, above: KeyPath = ()) -> Iterator[KeyPath]:
    for alternative in _alternatives(annotation):
        if _is_model(alternative):
            for name, info in _fields(alternative).items():
                yield (*above, name)
                yield from _every_key(info.annotation, (*above, name))
        elif get_origin(alternative) is dict:
            yield from _every_key(get_args(alternative)[1], (*above, "<name>"))


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return (annotation,) if _names(annotation) else _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(a for arg in get_args(annotation) for a in _alternatives(arg) if a is not type(None))
    return () if annotation is None else (annotation,)


def _names(annotation: Any) -> tuple[Any, ...]:
    """Values of a choice, from the model or from data; empty for any other type."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) is Annotated:
        return next((mark.names for mark in get_args(annotation)[1:] if isinstance(mark, OneOf)), ())
    return ()


def _child(annotation: Any, part: str) -> Any | None:
    if _is_model(annotation):
        info = _fields(annotation).get(part)
        return None if info is None else info.annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return arguments[1]
    if origin in (list, tuple) and part.isdigit():
        return arguments[0]
    return None


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """Fields by their keys in a scenario (aliases)."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)

"""Overrides: a record with optional values, and its merge into a complete record."""

from __future__ import annotations

from types import GenericAlias
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import create_model

from fem_lumbar.foundation.parameters import StrictModel

Record = TypeVar("Record", bound=StrictModel)


def overrides_of(record: type[StrictModel]) -> type[StrictModel]:
    """The record with every value optional, recursively in nested records and maps of records.

    Bounds are those of the record. Omitted values are None.
    """
    values: dict[str, Any] = {
        name: (_bounded(_optional_inside(info.annotation), info.metadata) | None, None)
        for name, info in record.model_fields.items()
    }
    return create_model(f"{record.__name__}Overrides", __base__=StrictModel, __doc__=record.__doc__, **values)


def laid_over(whole: Record, own: StrictModel | None) -> Record:
    """``whole`` with the values given by its overrides; omitted ones are unchanged."""
    if own is None:
        return whole
    changed = {name: _value(getattr(whole, name), getattr(own, name)) for name in type(own).model_fields}
    return whole.model_copy(update=changed)


def given(overrides: Any) -> Any:
    """Plain nested values, without omitted values and empty maps."""
    if not isinstance(overrides, dict):
        return overrides
    kept = {name: given(item) for name, item in overrides.items() if item is not None}
    return {name: item for name, item in kept.items() if item != {}}


def _value(whole: Any, own: Any) -> Any:
    if own is None:
        return whole
    if isinstance(whole, dict):
        return {name: _value(item, own.get(name)) for name, item in whole.items()}
    return laid_over(whole, own) if isinstance(whole, StrictModel) else own


def _optional_inside(annotation: Any) -> Any:
    """Type of a value with overrides in place of the records in it."""
    if get_origin(annotation) is dict:
        name, item = get_args(annotation)
        return GenericAlias(dict, (name, _optional_inside(item)))
    if isinstance(annotation, type) and issubclass(annotation, StrictModel):
        return overrides_of(annotation)
    return annotation


def _bounded(annotation: Any, bounds: list[Any]) -> Any:
    if not bounds:
        return annotation
    form: Any = Annotated
    bounded = (annotation, *bounds)
    return form[bounded]
